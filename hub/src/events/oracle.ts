/** What events must be, worked out from the rows one by one: for tests, and in another way than the statements do it. */
import { type RecentPoll, routerState, silenceAfterMs } from '../api/state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface SeenPoll {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly rank: bigint;
  readonly epoch: bigint;
  readonly ts: number;
  readonly outcome: string;
  readonly error: string;
  readonly interval_ms: number;
}

export interface SeenDevice {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly rank: bigint;
  readonly ts: number;
  readonly uptime_ms: number | null;
  readonly version: string;
}

export interface SeenBoard {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly rank: bigint;
  readonly ts: number;
  readonly serial: string;
  readonly model: string;
  readonly current_firmware: string;
}

export interface SeenInterface {
  readonly site: string;
  readonly router: string;
  readonly interface: string;
  readonly agent: string;
  readonly rank: bigint;
  readonly ts: number;
  readonly running: number | null;
  readonly disabled: number | null;
  readonly link_downs: number | null;
}

export interface Seen {
  readonly polls: readonly SeenPoll[];
  readonly devices: readonly SeenDevice[];
  readonly boards: readonly SeenBoard[];
  readonly interfaces: readonly SeenInterface[];
}

export interface ExpectedEvent {
  readonly ts: number;
  readonly site: string;
  readonly kind: string;
  readonly router: string;
  readonly object: string;
  readonly old: string;
  readonly new: string;
  readonly cause: string;
  readonly lasted_ms: number | null;
}

/** All events of the rows, in order of time, site, router, kind and object. */
export function expectedEvents({ polls, devices, boards, interfaces }: Seen): ExpectedEvent[] {
  const keyOf = (event: ExpectedEvent): string => `${event.site} ${event.router} ${event.kind} ${event.object}`;
  return [
    ...histories(polls, ({ site, router }) => `${site} ${router}`).flatMap(stateEvents),
    ...histories(polls, ({ site, agent }) => `${site} ${agent}`).flatMap(startEvents),
    ...histories(devices, ({ site, router }) => `${site} ${router}`).flatMap(deviceEvents),
    ...histories(boards, ({ site, router }) => `${site} ${router}`).flatMap(boardEvents),
    ...histories(interfaces, (row) => `${row.site} ${row.router} ${row.interface}`).flatMap(interfaceEvents),
  ].sort((a, b) => a.ts - b.ts || (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Rows by what they are about, each history in order of time, then agent; of rows with one identity the highest rank. */
function histories<Row extends SeenPoll | SeenDevice | SeenBoard | SeenInterface>(
  rows: readonly Row[],
  about: (row: Row) => string,
): Row[][] {
  const byIdentity = new Map<string, Row>();
  for (const row of rows) {
    const identity = `${row.site} ${row.router} ${row.agent} ${row.ts} ${'interface' in row ? row.interface : ''}`;
    const known = byIdentity.get(identity);
    if (known === undefined || known.rank < row.rank) byIdentity.set(identity, row);
  }
  const sorted = [...byIdentity.values()].sort((a, b) => a.ts - b.ts || (a.agent < b.agent ? -1 : 1));
  return [...Map.groupBy(sorted, about).values()];
}

const GOOD = new Set(['ok', 'partial']);

function stateEvents(polls: readonly SeenPoll[]): ExpectedEvent[] {
  const events: ExpectedEvent[] = [];
  let last: { ms: number; state: string } | undefined;
  for (const [ms, now] of Map.groupBy(polls, ({ ts }) => ts)) {
    const [poll] = now;
    if (poll === undefined) continue;
    const states = [...new Set(polls.map(({ agent }) => agent))].map((agent) => stateOf(polls, agent, ms));
    const state = ['up', 'suspect', 'down'].find((one) => states.includes(one)) ?? 'unknown';
    const old = last === undefined || ms - last.ms > 20 * MINUTE_MS ? 'unknown' : last.state;
    if (old !== state) {
      const began = events.at(-1)?.ts ?? Number.NEGATIVE_INFINITY;
      events.push({
        ts: ms,
        site: poll.site,
        kind: 'router_state',
        router: poll.router,
        object: '',
        old,
        new: state,
        cause: state === 'up' ? '' : poll.outcome,
        lasted_ms: ms - began < 20 * MINUTE_MS ? ms - began : null,
      });
    }
    last = { ms, state };
  }
  return events;
}

/** What an agent makes of a router at a moment, in the words of the API. */
function stateOf(polls: readonly SeenPoll[], agent: string, ms: number): string {
  const own = polls.filter((poll) => poll.agent === agent && poll.ts <= ms).toReversed();
  const newest = own[0];
  if (newest === undefined || ms - newest.ts > silenceAfterMs(newest.interval_ms)) return 'unknown';
  const recent = own.map(({ ts, outcome }): RecentPoll => ({ ms: ts, answered: GOOD.has(outcome), radioClients: 0 }));
  return routerState(ms, newest.interval_ms, recent);
}

function startEvents(polls: readonly SeenPoll[]): ExpectedEvent[] {
  const events = new Map<number, ExpectedEvent>();
  for (const [epoch, run] of Map.groupBy(polls, (poll) => poll.epoch)) {
    for (const [index, first] of run.entries()) {
      const { ts, site, agent } = first;
      const before = run[index - 1]?.ts ?? Number.NEGATIVE_INFINITY;
      const startedMs = Number(first.rank >> 32n) * 1000;
      if (ts - before <= HOUR_MS || ts - startedMs > HOUR_MS) continue;
      const other = polls.findLast(
        (poll) => poll.epoch !== epoch && (poll.ts < ts || (poll.ts === ts && poll.epoch < epoch)) && ts - poll.ts <= HOUR_MS,
      );
      if (events.has(ts)) continue;
      const change = { old: other === undefined ? '' : String(other.epoch), new: String(epoch) };
      events.set(ts, { ts, site, kind: 'agent_started', router: '', object: agent, ...change, cause: '', lasted_ms: null });
    }
  }
  return [...events.values()];
}

/** Pairs of what a router said last and what it says now; what it does not say stays out. At one moment the first agent counts. */
function pairs<Row extends { readonly ts: number }, T>(
  rows: readonly Row[],
  value: (row: Row) => T | null,
  memoryMs: number,
): { readonly row: Row; readonly was: T; readonly is: T; readonly wasMs: number }[] {
  const told = rows.flatMap((row) => {
    const is = value(row);
    return is === null ? [] : [{ row, is }];
  });
  const firsts = told.filter(({ row }, index) => told[index - 1]?.row.ts !== row.ts);
  return firsts.flatMap(({ row, is }, index) => {
    const last = firsts[index - 1];
    return last === undefined || row.ts - last.row.ts > memoryMs ? [] : [{ row, was: last.is, is, wasMs: last.row.ts }];
  });
}

const word = (text: string): string | null => (text === '' ? null : text);

function deviceEvents(rows: readonly SeenDevice[]): ExpectedEvent[] {
  const versions = pairs(rows, ({ version }) => word(version), 24 * HOUR_MS)
    .filter(({ was, is }) => was !== is)
    .map(({ row, was, is }) => ({ ...about(row, 'version_changed'), old: was, new: is }));
  const reboots = pairs(rows, (row) => row.uptime_ms, 24 * HOUR_MS)
    .filter(({ row, was, is, wasMs }) => is < was && row.ts - is > wasMs - 10_000)
    .map(({ row, was }) => ({
      ...about(row, 'router_rebooted'),
      cause: versions.some(({ ts }) => ts === row.ts) ? 'version_changed' : '',
      lasted_ms: was,
    }));
  return [...versions, ...reboots];
}

function boardEvents(rows: readonly SeenBoard[]): ExpectedEvent[] {
  const changes = (kind: string, value: (row: SeenBoard) => string): ExpectedEvent[] =>
    pairs(rows, (row) => word(value(row)), 7 * 24 * HOUR_MS)
      .filter(({ was, is }) => was !== is)
      .map(({ row, was, is }) => ({ ...about(row, kind), old: was, new: is }));
  const serials = changes('serial_changed', ({ serial }) => serial);
  const others = [
    ...changes('board_changed', ({ model }) => model),
    ...changes('firmware_changed', (row) => row.current_firmware),
  ];
  const replaced = (event: ExpectedEvent): boolean => serials.some(({ ts }) => ts === event.ts);
  return [...serials, ...others.map((event) => (replaced(event) ? { ...event, cause: 'serial_changed' } : event))];
}

function about({ ts, site, router }: { readonly ts: number; readonly site: string; readonly router: string }, kind: string) {
  return { ts, site, kind, router, object: '', old: '', new: '', cause: '', lasted_ms: null as number | null };
}

function interfaceEvents(rows: readonly SeenInterface[]): ExpectedEvent[] {
  const events: ExpectedEvent[] = [];
  const stateOfRow = ({ disabled, running }: SeenInterface): string | null => {
    if (disabled === 1) return 'disabled';
    return running === null ? null : running === 1 ? 'up' : 'down';
  };
  const seen = (row: SeenInterface) => {
    const state = stateOfRow(row);
    return state === null ? null : { state, downs: row.link_downs };
  };
  const steps = pairs(rows, seen, HOUR_MS / 2);
  for (const [index, { row, was, is, wasMs }] of steps.entries()) {
    const event = { ...about(row, 'interface_state'), object: row.interface, old: was.state, new: is.state };
    const flaps = is.downs !== null && was.downs !== null ? is.downs - was.downs : 0;
    if (was.state === is.state) {
      if (is.state === 'up' && flaps > 0) events.push({ ...event, kind: 'interface_flapped' });
      continue;
    }
    // The state before has lasted since the last change, if no sample was missing since then.
    let began: number | null = null;
    let endMs = wasMs;
    for (const step of steps.slice(0, index).toReversed()) {
      if (step.row.ts !== endMs) break;
      if (step.was.state !== step.is.state) {
        began = step.row.ts;
        break;
      }
      endMs = step.wasMs;
    }
    events.push({ ...event, lasted_ms: began !== null && row.ts - began < HOUR_MS / 2 ? row.ts - began : null });
  }
  return events;
}
