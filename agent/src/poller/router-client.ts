/** The port between the poller and whatever speaks the RouterOS API. The adapter is in ../routeros/. */

/** One `!re` sentence. */
export interface ReplyRow {
  /**
   * An attribute's value as the router wrote it, undefined when it did not. The values of a repeated attribute are joined
   * with commas, as RouterOS writes lists.
   */
  get(name: string): string | undefined;
  /** The names of the attributes, in the router's order. A repeated attribute may be named again. */
  keys(): Iterable<string>;
}

/**
 * What a trap means to a poller. `absent`: the router has no such menu. `permission`: the user may not use it.
 * `other`: anything else, in the router's words.
 */
export type TrapKind = 'absent' | 'permission' | 'other';

export interface Trap {
  readonly kind: TrapKind;
  /** The router's own words. */
  readonly message: string;
}

/** A complete answer. A command failed when `traps` is not empty; rows sent before the trap are kept. */
export interface Reply {
  readonly rows: readonly ReplyRow[];
  readonly traps: readonly Trap[];
}

/** Why a session could not be opened or has ended. */
export type SessionFault = 'refused' | 'timeout' | 'auth' | 'permission' | 'closed' | 'protocol' | 'tls' | 'unreachable';

/** A session that failed. Texts are for operators and never hold a password. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly fault: SessionFault;
  /** The cause alone, the same text for every router with the same trouble. */
  readonly reason: string;

  /** `task` completes "Cannot …". */
  constructor(fault: SessionFault, task: string, reason: string, options?: ErrorOptions) {
    super(`Cannot ${task}: ${reason}`, options);
    this.fault = fault;
    this.reason = reason;
  }
}

/** One logged-in session with one router. */
export interface RouterClient {
  /**
   * Sends one command and resolves with the router's whole answer. `words` are the command and its attributes, without a
   * tag. Rejects with SessionError, and then the session is over: at the command's deadline (`deadlineMs` where that is
   * shorter than the session's), when the connection ends, when the bytes are not the RouterOS API. Never stays pending.
   */
  command(words: readonly string[], deadlineMs?: number): Promise<Reply>;
  /** Set once the session is over; commands are then rejected with it. */
  readonly ended: SessionError | undefined;
  /** Ends the session at once. Idempotent; commands in flight are rejected. */
  close(): void;
}

/** Where a router is and how to log in. */
export interface RouterAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Permits the MD5 login of RouterOS before 6.43, which the router asks for. */
  readonly allowMd5Login: boolean;
}

/** host:port, with brackets around an IPv6 address. */
export function addressText(address: Pick<RouterAddress, 'host' | 'port'>): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

export interface SessionDeadlines {
  /** From the first packet to the accepted login, milliseconds. */
  readonly connectMs: number;
  /** From sending a command to the end of its answer, milliseconds. */
  readonly commandMs: number;
}

/** Opens a session. Rejects with SessionError within `connectMs`; holds nothing afterwards. The deadlines bound every wait. */
export type DialRouter = (address: RouterAddress, deadlines: SessionDeadlines) => Promise<RouterClient>;
