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
  /** `ret` of the end of the answer: the number that a counting command asked for. */
  readonly ret: string | undefined;
}

/** Why a session could not be opened or has ended. */
export type SessionFault =
  | 'refused'
  | 'timeout'
  | 'auth'
  | 'permission'
  | 'closed'
  | 'protocol'
  | 'tls'
  | 'unreachable'
  | 'max-sessions';

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

/**
 * How a router proves over TLS who it is, before the login is sent. `authority`: its certificate is signed by `ca` (PEM) and
 * is for `serverName`, or for the host. `pin`: its certificate is this one, by the SHA-256 of its DER form in lower-case
 * hexadecimal; dates and names do not count. `anonymous`: it proves nothing (anonymous Diffie-Hellman).
 */
export type RouterTls =
  | { readonly kind: 'authority'; readonly ca: string; readonly serverName: string | undefined }
  | { readonly kind: 'pin'; readonly sha256: string }
  | { readonly kind: 'anonymous' };

/** Single-byte encodings of texts on routers. */
export const CODE_PAGES = [
  'latin1',
  'iso-8859-2',
  'iso-8859-5',
  'iso-8859-15',
  'koi8-r',
  'koi8-u',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-1258',
] as const;
export type CodePage = (typeof CODE_PAGES)[number];

/** Where a router is and how to log in. */
export interface RouterAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Permits the MD5 login of RouterOS before 6.43, which the router asks for. */
  readonly allowMd5Login: boolean;
  /** Undefined: plain TCP. */
  readonly tls: RouterTls | undefined;
  /** How a word that is not UTF-8 is read. */
  readonly codePage: CodePage;
}

/** host:port, with brackets around an IPv6 address. */
export function addressText(address: Pick<RouterAddress, 'host' | 'port'>): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

export interface SessionDeadlines {
  /** From the first packet to the accepted login, TLS included, milliseconds. */
  readonly connectMs: number;
  /** From sending a command to the end of its answer, milliseconds. */
  readonly commandMs: number;
}

/** Opens a session. Rejects with SessionError within `connectMs`; holds nothing afterwards. The deadlines bound every wait. */
export type DialRouter = (address: RouterAddress, deadlines: SessionDeadlines) => Promise<RouterClient>;
