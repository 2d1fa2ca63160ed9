/** One API session of a simulated router: bytes in, bytes out. Knows no sockets. */
import type { Row } from '../dialects/forms.ts';
import type { RouterModel } from '../traffic/world.ts';
import { createSentenceParser, encodeSentences, ProtocolFault } from './codec.ts';
import { type Command, durationMs, parseCommand } from './command.ts';
import type { TruthJournal } from './journal.ts';
import { createLogin } from './login.ts';
import { firstUnknownPart, type Menu, menuOf } from './menus.ts';
import { createRowFilter } from './query.ts';

/** What a session needs from its surroundings. */
export interface SessionDeps {
  /** Wall clock, Unix milliseconds. */
  readonly nowMs: () => number;
  /** 16 random bytes for an MD5 challenge. */
  readonly challengeBytes: () => Buffer;
  /** Undefined: nothing is recorded. */
  readonly journal: TruthJournal | undefined;
  send(bytes: Buffer): void;
  /** Ends the connection after what was sent. */
  end(): void;
  /** Cuts the connection, as a reboot does. */
  cut(): void;
}

export interface Session {
  /** Handles received bytes; everything that they cause at once leaves in one send. */
  receive(chunk: Uint8Array): void;
  /** Stops running commands. Idempotent. */
  close(): void;
}

/** A command that goes on until it is cancelled or its time is over. */
interface Running {
  readonly tag: string | undefined;
  readonly timer: NodeJS.Timeout;
}

type Sentence = string[];

const FAILED_LOGINS_MAX = 4;
const REFRESH_MS = 1_000;
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

export function createSession(model: RouterModel, deps: SessionDeps): Session {
  const { dialect, plan } = model;
  const parser = createSentenceParser();
  const login = createLogin(dialect.login, plan, deps.challengeBytes);
  const running = new Set<Running>();
  let out: Sentence[] = [];
  let loggedInAtBoot: number | undefined;
  let failedLogins = 0;
  let open = true;

  function flush(): void {
    if (out.length === 0) return;
    deps.send(encodeSentences(out));
    out = [];
  }

  function reply(word: string, tag: string | undefined, attributes: Iterable<readonly [string, string]> = []): void {
    const sentence = tag === undefined ? [word] : [word, `.tag=${tag}`];
    for (const [name, value] of attributes) sentence.push(`=${name}=${value}`);
    out.push(sentence);
  }

  function trap(tag: string | undefined, message: string, category?: number): void {
    reply(
      '!trap',
      tag,
      category === undefined
        ? [['message', message]]
        : [
            ['category', String(category)],
            ['message', message],
          ],
    );
  }

  function fail(tag: string | undefined, message: string, category?: number): void {
    trap(tag, message, category);
    reply('!done', tag);
  }

  /** Never tagged, always with a reason; the connection ends. */
  function fatal(reason: string): void {
    out.push(['!fatal', reason]);
    flush();
    close();
    deps.end();
  }

  function close(): void {
    open = false;
    for (const one of running) clearInterval(one.timer);
    running.clear();
  }

  function handleLogin(command: Command): void {
    const answer = login.answer(command.attributes);
    switch (answer.kind) {
      case 'accepted':
        loggedInAtBoot = model.bootAt(deps.nowMs()).number;
        reply('!done', command.tag);
        return;
      case 'challenge':
        reply('!done', command.tag, [['ret', answer.challenge]]);
        return;
      case 'refused':
        failedLogins++;
        if (failedLogins > FAILED_LOGINS_MAX) fatal('too many commands before login');
        else fail(command.tag, dialect.loginRefused);
        return;
    }
  }

  function handle(words: Sentence): void {
    const command = parseCommand(words);
    if (command.path === '/login') return handleLogin(command);
    if (loggedInAtBoot === undefined) return fatal('not logged in');
    if (command.path === '/quit') return fatal('session terminated on request');
    if (command.path === '/cancel') return cancel(command);
    const slash = command.path.lastIndexOf('/');
    const verb = command.path.slice(slash + 1);
    const menu = command.path.startsWith('/') ? menuOf(model, command.path.slice(0, slash)) : undefined;
    if (menu === undefined) return missing(command.tag, firstUnknownPart(model, command.path.slice(0, Math.max(0, slash))));
    if (verb === 'print' && menu.print !== undefined) return print(command, menu.print);
    if (verb === 'monitor' && menu.monitor !== undefined) return monitor(command, menu.monitor);
    if (WRITE_COMMANDS.has(verb)) return fail(command.tag, 'not enough permissions (9)');
    return missing(command.tag, verb);
  }

  /** What a missing menu or package is answered with: two traps and one end. */
  function missing(tag: string | undefined, part: string): void {
    trap(tag, `no such command or directory (${part})`, 0);
    trap(tag, 'no such command prefix');
    reply('!done', tag);
  }

  function print(command: Command, rowsAt: NonNullable<Menu['print']>): void {
    const { tag, attributes, queries } = command;
    const filter = queries.length === 0 ? undefined : createRowFilter(queries);
    const proplist = attributes.get('.proplist')?.split(',');
    const intervalMs = attributes.has('interval') ? durationMs(attributes.get('interval') ?? '') : undefined;
    if (attributes.has('interval') && (intervalMs === undefined || intervalMs <= 0))
      return fail(tag, 'invalid value for argument interval', 1);

    const emit = (): number => {
      const atMs = deps.nowMs();
      const all = rowsAt(model, atMs);
      const rows = filter === undefined ? all : all.filter(filter);
      if (attributes.has('count-only')) return rows.length;
      for (const row of rows) reply('!re', tag, proplist === undefined ? row : only(row, proplist));
      if (filter === undefined) deps.journal?.served(atMs, plan.index, command.path.slice(0, -'/print'.length), rows.length);
      return rows.length;
    };

    if (intervalMs !== undefined) return repeat(command, intervalMs, emit);
    const rows = emit();
    if (attributes.has('count-only')) return reply('!done', tag, [['ret', String(rows)]]);
    if (rows === 0 && dialect.emptySentence) reply('!empty', tag);
    reply('!done', tag);
  }

  function monitor(command: Command, rowOf: NonNullable<Menu['monitor']>): void {
    const { tag, attributes } = command;
    const names = (attributes.get('numbers') ?? attributes.get('.id') ?? '').split(',').filter((name) => name !== '');
    if (names.length === 0) return fail(tag, 'missing argument numbers', 1);
    const proplist = attributes.get('.proplist')?.split(',');
    const unknown = names.some((name) => rowOf(model, name, deps.nowMs()) === undefined);
    if (unknown) return fail(tag, 'no such item', 0);
    const emit = (): void => {
      const atMs = deps.nowMs();
      for (const name of names) {
        const row = rowOf(model, name, atMs);
        if (row !== undefined) reply('!re', tag, proplist === undefined ? row : only(row, proplist));
      }
    };
    if (attributes.has('once')) {
      emit();
      return reply('!done', tag);
    }
    return repeat(command, durationMs(attributes.get('interval') ?? '') || REFRESH_MS, emit);
  }

  /** Answers now and at every interval, until `=duration=` is over or the command is cancelled. */
  function repeat(command: Command, everyMs: number, emit: () => void): void {
    const lastsMs = durationMs(command.attributes.get('duration') ?? '');
    const untilMs = lastsMs === undefined ? Number.POSITIVE_INFINITY : deps.nowMs() + lastsMs;
    const entry: Running = {
      tag: command.tag,
      timer: setInterval(() => {
        if (deps.nowMs() < untilMs) emit();
        else {
          running.delete(entry);
          clearInterval(entry.timer);
          reply('!done', command.tag);
        }
        flush();
      }, everyMs),
    };
    running.add(entry);
    emit();
  }

  /** Order as captured on 7.23: the trap of the cancelled command, the end of the cancel, the end of the cancelled one. */
  function cancel(command: Command): void {
    const wanted = command.attributes.get('tag');
    const victims = [...running].filter(({ tag }) => wanted === undefined || tag === wanted);
    for (const victim of victims) {
      running.delete(victim);
      clearInterval(victim.timer);
      trap(victim.tag, 'interrupted', 2);
    }
    if (victims.length === 0 && wanted !== undefined) trap(command.tag, 'no such item', 0);
    reply('!done', command.tag);
    for (const victim of victims) reply('!done', victim.tag);
  }

  return {
    receive(chunk) {
      if (!open) return;
      // A reboot since the login has ended this session; the router only notices when something arrives.
      if (loggedInAtBoot !== undefined && model.bootAt(deps.nowMs()).number !== loggedInAtBoot) {
        close();
        deps.cut();
        return;
      }
      let sentences: Sentence[];
      try {
        sentences = parser.push(chunk);
      } catch (error) {
        if (!(error instanceof ProtocolFault)) throw error;
        close();
        deps.cut();
        return;
      }
      for (const sentence of sentences) {
        handle(sentence);
        if (!open) return;
      }
      flush();
    },
    close,
  };
}

function only(row: Row, names: readonly string[]): Row {
  return row.filter(([name]) => names.includes(name));
}
