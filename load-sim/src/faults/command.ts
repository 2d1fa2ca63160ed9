/** What a router with a fault does with the commands of a session, instead of answering them. */
import { type Command, menuPath } from '../routers/command.ts';
import type { ReplyWriter } from '../routers/reply-writer.ts';
import { type Fault, TRAPPED_MENU } from './source.ts';

/**
 * `served`: it is answered as ever. `handled`: that was all. `halved`: it is answered, but only half of the answer is sent, and
 * then the connection ends, with a reset or in order.
 */
export type CommandFate = 'served' | 'handled' | { readonly halved: 'reset' | 'end' };

export interface FaultTools {
  readonly writer: ReplyWriter;
  readonly loggedIn: boolean;
  /** Ends the session with `!fatal` and this reason. */
  readonly fatal: (reason: string) => void;
}

/** Does to a command what the fault has it suffer. */
export function spoilCommand(fault: Fault, command: Command, { writer, loggedIn, fatal }: FaultTools): CommandFate {
  const { path, tag } = command;
  if (fault.kind === 'mute') return 'handled';
  if (fault.kind === 'max_sessions_fatal' && path === '/login') {
    fatal('max-sessions limit reached');
    return 'handled';
  }
  // Only the login is served before it.
  if (!loggedIn || path === '/login') return 'served';
  switch (fault.kind) {
    case 'silence':
      return 'handled';
    case 'cut':
      return { halved: 'reset' };
    case 'hang_up':
      return { halved: 'end' };
    case 'trap_all':
      writer.fail(tag, 'failure: internal error', 4);
      return 'handled';
    case 'trap_menu':
      if (menuPath(path) !== (fault.settings.menu ?? TRAPPED_MENU)) return 'served';
      writer.fail(tag, 'failure: internal error', 4);
      return 'handled';
    case 'permission':
      writer.fail(tag, 'not enough permissions (9)');
      return 'handled';
    case 'fatal':
      writer.reply('!re', tag, [['.id', '*1']]);
      fatal('session terminated');
      return 'handled';
    case 'refuse':
    case 'drip':
    case 'mild_drip':
    case 'wrong_password':
    case 'max_sessions':
    case 'max_sessions_fatal':
    case 'garbage':
    case 'odd_empty':
    case 'tls_failure':
    case 'reboot':
    case 'clock_jump':
    case 'counters_32bit':
    case 'duplicate_macs':
    case 'no_clients':
    case 'huge_tables':
      return 'served';
  }
}
