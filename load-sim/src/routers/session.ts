/** One API session of a simulated router: bytes in, bytes out. Knows no sockets. */
import { spoilCommand } from '../faults/command.ts';
import { NO_FAULTS } from '../faults/plan.ts';
import { createSentenceParser, ProtocolFault } from './codec.ts';
import { type Command, parseCommand } from './command.ts';
import { createLastingCommands } from './lasting.ts';
import { createLogin, type LoginAnswer } from './login.ts';
import { createReplyWriter } from './reply-writer.ts';
import type { ServedRouter } from './served-router.ts';

/** What a session needs from its surroundings. */
export interface SessionDeps {
  /** Wall clock, Unix milliseconds. */
  readonly nowMs: () => number;
  /** 16 random bytes for an MD5 challenge. */
  readonly challengeBytes: () => Buffer;
  send(bytes: Buffer): void;
  /** Calls back, later, when the connection can take more. */
  whenWritable(resume: () => void): void;
  /** Ends the connection after what was sent. */
  end(): void;
  /** Resets the connection, as a reboot does. */
  cut(): void;
}

export interface Session {
  /** Handles received bytes; everything that they cause at once leaves in one send. */
  receive(chunk: Uint8Array): void;
  /** Stops running commands. Idempotent. */
  close(): void;
}

type Sentence = string[];

const FAILED_LOGINS_MAX = 4;

export function createSession(router: ServedRouter, deps: SessionDeps): Session {
  const { dialect, plan, faults = NO_FAULTS } = router;
  const parser = createSentenceParser();
  const login = createLogin(dialect.login, plan, deps.challengeBytes);
  const writer = createReplyWriter(router.codePage, deliver);
  const { reply, fail } = writer;
  const lasting = createLastingCommands({
    writer,
    whenWritable: (resume) => deps.whenWritable(resume),
    alive,
    cancelsNothingQuietly: dialect.login !== 'plain',
  });
  const answer = router.openSession({ nowMs: deps.nowMs, writer, lasting, fatal });
  let loggedInAtBoot: number | undefined;
  let failedLogins = 0;
  let open = true;
  /** How the connection ends after half of the next answer. */
  let halved: 'reset' | 'end' | undefined;

  function deliver(bytes: Buffer): void {
    if (halved === undefined) return deps.send(bytes);
    deps.send(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    close();
    if (halved === 'reset') deps.cut();
    else deps.end();
  }

  function fatal(reason: string): void {
    writer.fatal(reason);
    close();
    deps.end();
  }

  function close(): void {
    open = false;
    lasting.close();
  }

  /** A reboot since the login has ended this session; the router only notices when something is to be done. */
  function alive(): boolean {
    if (!open) return false;
    if (loggedInAtBoot === undefined || router.bootAt(deps.nowMs()).number === loggedInAtBoot) return true;
    close();
    deps.cut();
    return false;
  }

  function loginAnswer(command: Command): LoginAnswer {
    const answer = login.answer(command.attributes);
    const changed = faults.at(deps.nowMs())?.kind === 'wrong_password';
    return answer.kind === 'accepted' && changed ? { kind: 'refused' } : answer;
  }

  function handleLogin(command: Command): void {
    const answer = loginAnswer(command);
    switch (answer.kind) {
      case 'accepted':
        loggedInAtBoot = router.bootAt(deps.nowMs()).number;
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
    const fault = faults.at(deps.nowMs());
    if (fault !== undefined) {
      const fate = spoilCommand(fault, command, { writer, loggedIn: loggedInAtBoot !== undefined, fatal });
      if (fate === 'handled') return;
      if (fate !== 'served') halved = fate.halved;
    }
    if (command.path === '/login') return handleLogin(command);
    if (loggedInAtBoot === undefined) return fatal('not logged in');
    if (command.path === '/quit') return fatal('session terminated on request');
    if (command.path === '/cancel') return lasting.cancel(command.attributes.get('tag'), command.tag);
    return answer(command);
  }

  return {
    receive(chunk) {
      if (!alive()) return;
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
      writer.flush();
    },
    close,
  };
}
