/** A simulated router as its sessions see it: its menus, and RouterOS' words for what it does not have. */
import type { RouterModel } from '../traffic/world.ts';
import type { Command } from './command.ts';
import type { TruthJournal } from './journal.ts';
import { firstUnknownPart, menuOf } from './menus/menus.ts';
import { createReading } from './reading.ts';
import type { ServedRouter, SessionTools } from './served-router.ts';

const WRITE_COMMANDS = new Set([
  'set',
  'add',
  'remove',
  'enable',
  'disable',
  'reset-counters',
  'move',
  'unset',
  'comment',
  'reboot',
  'shutdown',
]);

/** `journal` is told what is served; undefined: nothing is recorded. */
export function simulatedRouter(model: RouterModel, journal: TruthJournal | undefined): ServedRouter {
  const { plan, dialect, codePage } = model;
  return {
    plan,
    dialect,
    codePage,
    bootAt: (atMs) => model.bootAt(atMs),
    openSession: (tools) => answerCommands(model, journal, tools),
  };
}

function answerCommands(model: RouterModel, journal: TruthJournal | undefined, tools: SessionTools): (command: Command) => void {
  const { writer } = tools;
  const reading = createReading(model, { ...tools, journal });

  /** What a missing menu or package is answered with: two traps and one end. */
  function missing(tag: string | undefined, part: string): void {
    writer.trap(tag, `no such command or directory (${part})`, 0);
    writer.fail(tag, 'no such command prefix');
  }

  return (command) => {
    const slash = command.path.lastIndexOf('/');
    const verb = command.path.slice(slash + 1);
    const menu = command.path.startsWith('/') ? menuOf(model, command.path.slice(0, slash)) : undefined;
    if (menu === undefined) return missing(command.tag, firstUnknownPart(model, command.path.slice(0, Math.max(0, slash))));
    if (reading.handle(command, verb, menu)) return;
    if (WRITE_COMMANDS.has(verb)) return writer.fail(command.tag, 'not enough permissions (9)');
    return missing(command.tag, verb);
  };
}
