/** The catalogue of faults: what each does to a router, on which routers it can happen, and how a visit to such a router ends. */
import type { Board } from '../boards/board.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Transport } from '../router-plan.ts';

/** Outcomes of polls, as they are stored. */
export type Outcome =
  | 'ok'
  | 'partial'
  | 'refused'
  | 'timeout'
  | 'auth'
  | 'closed'
  | 'protocol'
  | 'permission'
  | 'tls'
  | 'overrun'
  | 'max_sessions';

/** What decides whether a fault can happen on a router. */
export interface FaultSite {
  readonly board: Board;
  readonly dialect: Dialect;
  readonly transport: Transport;
}

/**
 * What becomes of the sessions that are open when a fault begins or ends. `kept`: they live on. `cut`: they are closed, as by
 * an operator or a crash.
 */
export type SessionFate = 'kept' | 'cut';

export interface FaultSpec {
  /** What it looks like from outside, for the documentation. */
  readonly does: string;
  /** Every outcome that a visit within the fault may have: over TCP alone, and over TLS. */
  readonly outcomes: { readonly plain: readonly Outcome[]; readonly tls: readonly Outcome[] };
  readonly atStart: SessionFate;
  readonly atEnd: SessionFate;
  /** False: nothing listens on the router's port. */
  readonly listens: boolean;
  /** True: a visit lasts until the poller's deadline, so that its next slot may pass meanwhile. */
  readonly slow: boolean;
  /** True: the state of the router changes with it, and the stored values must show it. */
  readonly changesData: boolean;
  readonly possibleOn: (site: FaultSite) => boolean;
  /** Said where it is not possible: completes "router r1 …". */
  readonly impossible: string;
}

const anywhere = { possibleOn: () => true, impossible: '' } as const;

const wireFault = {
  ...anywhere,
  atStart: 'kept',
  atEnd: 'kept',
  listens: true,
  slow: false,
  changesData: false,
} as const;

/** The router answers as ever; what it answers is strange. */
const oddState = { ...wireFault, outcomes: { plain: ['ok'], tls: ['ok'] }, changesData: true } as const;

const always = (...outcomes: readonly Outcome[]): FaultSpec['outcomes'] => ({ plain: outcomes, tls: outcomes });

const SPECS = {
  refuse: {
    ...wireFault,
    does: 'nothing listens: open sessions are cut and the port is closed until the end',
    outcomes: always('refused'),
    atStart: 'cut',
    listens: false,
  },
  mute: {
    ...wireFault,
    does: 'connections are accepted and never answered, open sessions fall silent; all of them are cut at the end',
    outcomes: { plain: ['timeout'], tls: ['tls', 'timeout'] },
    atEnd: 'cut',
    slow: true,
  },
  silence: {
    ...wireFault,
    does: 'the login is answered, no command is; sessions are cut at the end',
    outcomes: always('timeout'),
    atEnd: 'cut',
    slow: true,
  },
  drip: {
    ...wireFault,
    does: 'answers trickle at `bytes_per_s` (20), so that a command misses its deadline; sessions are cut at the end',
    outcomes: always('timeout'),
    atStart: 'cut',
    atEnd: 'cut',
    slow: true,
  },
  mild_drip: {
    ...wireFault,
    does: 'answers trickle at `bytes_per_s` (100000), slow but in time',
    outcomes: always('ok'),
  },
  cut: {
    ...wireFault,
    does: 'half of the answer to the first command, then a reset (RST)',
    outcomes: always('closed'),
  },
  hang_up: {
    ...wireFault,
    does: 'half of the answer to the first command, then the end of the connection (FIN)',
    outcomes: always('closed'),
  },
  wrong_password: {
    ...wireFault,
    does: 'the password has been changed: open sessions are cut, every login is refused',
    outcomes: always('auth'),
    atStart: 'cut',
  },
  max_sessions: {
    ...wireFault,
    does: 'open sessions are cut; every connection is accepted and closed without a word, as when the session limit is reached',
    outcomes: { plain: ['max_sessions'], tls: ['tls'] },
    atStart: 'cut',
  },
  max_sessions_fatal: {
    ...wireFault,
    does: 'open sessions are cut; the login is answered with `!fatal` and the words for the session limit',
    outcomes: always('max_sessions'),
    atStart: 'cut',
  },
  garbage: {
    ...wireFault,
    does: 'open sessions are cut; whoever connects is sent bytes that are neither the API nor TLS',
    outcomes: { plain: ['protocol'], tls: ['tls'] },
    atStart: 'cut',
    atEnd: 'cut',
  },
  trap_all: {
    ...wireFault,
    does: 'every command is answered with a `!trap`',
    outcomes: always('partial'),
  },
  trap_menu: {
    ...wireFault,
    does: 'the commands of one `menu` (/system/resource) are answered with a `!trap`; where that is another menu, polls that do not ask for it are `ok`',
    outcomes: always('partial'),
  },
  permission: {
    ...wireFault,
    does: 'every command is answered with `not enough permissions (9)`',
    outcomes: always('permission'),
  },
  fatal: {
    ...wireFault,
    does: 'the first command is answered with a row, then `!fatal`, then the end of the connection',
    outcomes: always('closed'),
  },
  odd_empty: {
    ...wireFault,
    does: '`!empty` before the rows of an answer, and twice where there are none',
    outcomes: always('ok'),
    possibleOn: ({ dialect }) => dialect.emptySentence,
    impossible: 'never sends !empty: it is older than RouterOS 7.18',
  },
  tls_failure: {
    ...wireFault,
    does: 'open sessions are cut; every TLS handshake ends with the alert handshake_failure',
    outcomes: always('tls'),
    atStart: 'cut',
    possibleOn: ({ transport }) => transport !== 'plain',
    impossible: 'does not speak TLS',
  },
  reboot: {
    ...wireFault,
    does: 'sessions are cut, nothing listens until the end; uptime and counters start at its beginning',
    outcomes: always('refused'),
    atStart: 'cut',
    listens: false,
    changesData: true,
  },
  clock_jump: {
    ...oddState,
    does: "the router's clock is wrong by `by_s` (86400): the dates that it tells move, its uptime does not",
  },
  counters_32bit: {
    ...oddState,
    does: 'the counters of interfaces wrap at 2^32',
  },
  duplicate_macs: {
    ...oddState,
    does: 'two interfaces share a MAC; an access point tells one client twice, some at its other radio too, and some that are at its neighbour',
  },
  no_clients: {
    ...oddState,
    does: 'an access point without a client; they come back at the end, as new associations',
    possibleOn: ({ board }) => board.radios.length > 0,
    impossible: 'has no radios',
  },
  huge_tables: {
    ...oddState,
    does: 'routes, connections, leases and queues are as many as in `rows` ({ routes: 300000, connections: 100000, leases: 4000, queues: 1000 })',
  },
} as const satisfies Record<string, FaultSpec>;

export type FaultKind = keyof typeof SPECS;

export const FAULT_KINDS = Object.keys(SPECS).filter((name): name is FaultKind => name in SPECS);

export function faultSpec(kind: FaultKind): FaultSpec {
  return SPECS[kind];
}

/** Kinds that a poller meets on the wire, rather than in the values. */
export const WIRE_FAULTS: readonly FaultKind[] = FAULT_KINDS.filter((kind) => !SPECS[kind].changesData || kind === 'reboot');
