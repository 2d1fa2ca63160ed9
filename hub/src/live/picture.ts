/** What the live feed shows at one moment, and the messages that lead from one moment to the next. Pure. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type FleetNow,
  FleetNowSchema,
  type InterfaceNow,
  InterfaceNowSchema,
  type RouterNow,
  RouterNowSchema,
  RouterState as StateCode,
  type WatchResponse,
  WatchResponseSchema,
} from '@poplar/proto/live/v1/live';
import type { FleetSnapshot } from '../api/fleet.ts';
import { keyOf } from '../api/fleet-routers.ts';
import type { InterfaceSummary, RouterState, RouterSummary } from '../api/schemas.ts';
import { countStates, sumKnown } from '../api/sites.ts';

/** One moment. Entries that did not change since the previous picture are the same objects, so that a change is an identity check. */
export interface Picture {
  readonly atMs: number;
  readonly routers: ReadonlyMap<string, RouterNow>;
  /** By router's key, then interface; only of routers that somebody watches. */
  readonly interfaces: ReadonlyMap<string, ReadonlyMap<string, InterfaceNow>>;
  readonly fleet: FleetNow;
}

/** Which part of the pictures a watcher sees: all routers in brief, or one with its interfaces. */
export type Selection = { readonly kind: 'fleet' } | { readonly kind: 'router'; readonly key: string };

export function drawPicture(
  snapshot: FleetSnapshot,
  interfaces: ReadonlyMap<string, readonly InterfaceSummary[]>,
  rowsPerSecond: number,
  previous: Picture | undefined,
): Picture {
  const counts = countStates(snapshot.routers);
  return {
    atMs: snapshot.atMs,
    routers: new Map(
      snapshot.routers.map(({ summary }) => {
        const key = keyOf(summary.site, summary.router);
        return [key, keepEqual(routerNow(summary), previous?.routers.get(key))];
      }),
    ),
    interfaces: new Map(
      [...interfaces].map(([key, rows]) => {
        const before = previous?.interfaces.get(key);
        return [key, new Map(rows.map((row) => [row.interface, keepEqual(interfaceNow(row), before?.get(row.interface))]))];
      }),
    ),
    fleet: create(FleetNowSchema, {
      routersUp: counts.up,
      routersSuspect: counts.suspect,
      routersDown: counts.down,
      routersUnknown: counts.unknown,
      rowsPerSecond,
      ...present('rxBps', sumKnown(snapshot.routers.map(({ summary }) => summary.rx_bps))),
      ...present('txBps', sumKnown(snapshot.routers.map(({ summary }) => summary.tx_bps))),
    }),
  };
}

/**
 * The message that brings a watcher from the picture it has to the current one; undefined `from` makes a snapshot.
 * A router or interface that is gone cannot be said in a change, so that makes a snapshot too.
 */
export function messageBetween(selection: Selection, from: Picture | undefined, to: Picture): WatchResponse {
  const now = entriesOf(selection, to);
  const before = from === undefined ? undefined : entriesOf(selection, from);
  const snapshot = before === undefined || isMissing(before.routers, now.routers) || isMissing(before.interfaces, now.interfaces);
  const base = snapshot ? undefined : before;
  return create(WatchResponseSchema, {
    hubTimeMs: BigInt(to.atMs),
    snapshot,
    routers: changed(base?.routers, now.routers),
    interfaces: changed(base?.interfaces, now.interfaces),
    ...(selection.kind === 'fleet' ? { fleet: to.fleet } : {}),
  });
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

interface Entries {
  readonly routers: ReadonlyMap<string, RouterNow>;
  readonly interfaces: ReadonlyMap<string, InterfaceNow>;
}

function entriesOf(selection: Selection, picture: Picture): Entries {
  if (selection.kind === 'fleet') return { routers: picture.routers, interfaces: NOTHING };
  const router = picture.routers.get(selection.key);
  return {
    routers: router === undefined ? NOTHING : new Map([[selection.key, router]]),
    interfaces: picture.interfaces.get(selection.key) ?? NOTHING,
  };
}

function isMissing(before: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): boolean {
  return [...before.keys()].some((key) => !now.has(key));
}

function changed<T>(before: ReadonlyMap<string, T> | undefined, now: ReadonlyMap<string, T>): T[] {
  return [...now].filter(([key, value]) => before?.get(key) !== value).map(([, value]) => value);
}

const STATES: Readonly<Record<RouterState, StateCode>> = {
  unknown: StateCode.UNKNOWN,
  up: StateCode.UP,
  suspect: StateCode.SUSPECT,
  down: StateCode.DOWN,
};

function routerNow(summary: RouterSummary): RouterNow {
  return create(RouterNowSchema, {
    site: summary.site,
    router: summary.router,
    state: STATES[summary.state],
    polledAtMs: BigInt(summary.polled_at_ms ?? 0),
    outcome: summary.outcome,
    error: summary.error,
    ...present('cpuLoadPct', summary.cpu_load_pct),
    ...present('memoryUsedRatio', summary.memory_used_ratio),
    ...(summary.uptime_ms === null ? {} : { uptimeMs: BigInt(Math.round(summary.uptime_ms)) }),
    ...present('rxBps', summary.rx_bps),
    ...present('txBps', summary.tx_bps),
    ...present('radioClients', summary.radio_clients),
  } satisfies MessageInitShape<typeof RouterNowSchema>);
}

function interfaceNow(row: InterfaceSummary): InterfaceNow {
  return create(InterfaceNowSchema, {
    interface: row.interface,
    ...present('running', row.running),
    ...present('disabled', row.disabled),
    polledAtMs: BigInt(row.polled_at_ms),
    ...present('rxBps', row.rx_bps),
    ...present('txBps', row.tx_bps),
  } satisfies MessageInitShape<typeof InterfaceNowSchema>);
}

/** An absent value stays absent on the wire: null is not zero. */
function present<Name extends string, T>(name: Name, value: T | null): Partial<Record<Name, T>> {
  const entry: Partial<Record<Name, T>> = {};
  if (value !== null) entry[name] = value;
  return entry;
}

/** Returns the previous message when it says the same. Messages of one type have their fields as own properties. */
function keepEqual<T extends object>(message: T, previous: T | undefined): T {
  if (previous === undefined) return message;
  const values = Object.entries(message);
  const before = new Map<string, unknown>(Object.entries(previous));
  const same = values.length === before.size && values.every(([name, value]) => before.has(name) && before.get(name) === value);
  return same ? previous : message;
}
