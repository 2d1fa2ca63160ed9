/** A simulated router as its sessions see it: its menus, and RouterOS' words for what it does not have. */
import type { RouterModel } from '../traffic/world.ts';
import { type Command, menuPath } from './command.ts';
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
  const { plan, dialect, codePage, faults } = model;
  return {
    plan,
    dialect,
    codePage,
    faults,
    bootAt: (atMs) => model.bootAt(atMs),
    openSession: (tools) => answerCommands(model, journal, tools),
  };
}

function answerCommands(model: RouterModel, journal: TruthJournal | undefined, tools: SessionTools): (command: Command) => void {
  const { writer } = tools;
  const reading = createReading(model, { ...tools, journal });

  return (command) => {
    const { path, tag } = command;
    const parent = menuPath(path);
    const verb = path.slice(path.lastIndexOf('/') + 1);
    const menu = path.startsWith('/') ? menuOf(model, parent) : undefined;
    if (menu === undefined) return writer.missing(tag, firstUnknownPart(model, parent));
    if (reading.handle(command, verb, menu)) return;
    if (WRITE_COMMANDS.has(verb)) return writer.fail(tag, 'not enough permissions (9)');
    return writer.missing(tag, verb);
  };
}
