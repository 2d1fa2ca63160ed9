/** Which routers a simulation has: a deterministic list, from a seed. */

import { type FleetShare, type MixName, mixOf } from './boards/mix.ts';
import { planFaults } from './faults/plan.ts';
import type { Scenario } from './faults/scenario.ts';
import type { RouterPlan, Transport } from './router-plan.ts';
import { derive, unit } from './traffic/random.ts';

/** Everything that the state of the simulated routers depends on, besides the time. */
export interface Fleet {
  readonly seed: number;
  /** Unix milliseconds from which the boot schedules are counted. */
  readonly startMs: number;
  /** What goes wrong with the routers; undefined: nothing. */
  readonly scenario?: Scenario | undefined;
  readonly routers: readonly RouterPlan[];
}

export interface FleetOptions {
  readonly routers: number;
  readonly sites: number;
  readonly seed: number;
  readonly startMs: number;
  /** Loopback network out of which every router gets an address of its own, as 127.64.0.0/16. */
  readonly routerNet?: string;
  /** Where the system has only 127.0.0.1: the routers share it and listen on ports from this one on. */
  readonly portsFrom?: number;
  readonly user?: string;
  readonly password?: string;
  /** The last so many routers refuse every login. */
  readonly refuseLogin?: number;
  /** The first `routers` of the fleet (all, if left out) speak TLS, at port 8729 where they have addresses of their own. */
  readonly tls?: { readonly transport: Exclude<Transport, 'plain'>; readonly routers?: number };
  /** Which kinds of routers there are; the usual ones unless named. */
  readonly mix?: MixName;
  readonly scenario?: Scenario | undefined;
}

const ROUTER_PORT = 8728;
const ROUTER_TLS_PORT = 8729;
export const ROUTER_NET = '127.64.0.0/16';
export const ROUTER_USER = 'poplar';
export const ROUTER_PASSWORD = 'simulated';

const CITIES: readonly string[] =
  'fra lon ams waw mad par mil vie prg sto cph osl hel dub bru zrh lis ath bud buc sof zag rix vno tll ber ham muc lyo mrs bcn vlc opo nap rom tor'.split(
    ' ',
  );
/** Advances a low-discrepancy sequence: any run of routers has close to the shares of the mix. */
const GOLDEN_FRACTION = 0.618033988749895;

/**
 * The fleet that these options describe, always the same one. Throws RangeError when it cannot exist, ScenarioError when its
 * scenario does not fit it.
 */
export function planFleet(options: FleetOptions): Fleet {
  const { routers: count, sites, seed, startMs, refuseLogin = 0, scenario } = options;
  if (!Number.isInteger(count) || count < 1 || count > 65_000)
    throw new RangeError(`Cannot plan ${count} routers: 1 to 65000 are possible`);
  if (!Number.isInteger(sites) || sites < 1) throw new RangeError(`Cannot plan ${sites} sites: at least 1 is needed`);
  if (refuseLogin < 0 || refuseLogin > count)
    throw new RangeError(`Cannot let ${refuseLogin} of ${count} routers refuse the login`);
  const tls = options.tls ?? tlsOf(scenario, count);
  const tlsRouters = tls === undefined ? 0 : (tls.routers ?? count);
  if (tlsRouters < 0 || tlsRouters > count) throw new RangeError(`Cannot let ${tlsRouters} of ${count} routers speak TLS`);
  const transportOf = (index: number): Transport => (index < tlsRouters ? (tls?.transport ?? 'plain') : 'plain');
  const endpoint =
    options.portsFrom === undefined ? addressesOf(options.routerNet ?? ROUTER_NET, count) : portsOf(options.portsFrom, count);
  const digits = Math.max(4, String(count).length);
  const shares = mixOf(options.mix ?? 'usual');
  const offset = unit(derive(seed, 'mix'));
  // A fleet of everything has each kind in turn, so that none is left out by chance.
  const shareOf = (index: number): FleetShare =>
    options.mix === 'all'
      ? shareAt(shares, ((index % shares.length) + 0.5) / shares.length)
      : shareAt(shares, (offset + index * GOLDEN_FRACTION) % 1);

  const routers = Array.from({ length: count }, (_, index): RouterPlan => {
    const share = shareOf(index);
    return {
      index,
      site: siteName(index % sites),
      router: `r${String(index + 1).padStart(digits, '0')}`,
      ...endpoint(index, transportOf(index)),
      board: share.board,
      dialect: share.dialect,
      user: options.user ?? ROUTER_USER,
      password: options.password ?? ROUTER_PASSWORD,
      refusesLogin: index >= count - refuseLogin,
      transport: transportOf(index),
    };
  });
  const fleet: Fleet = { seed, startMs, ...(scenario === undefined ? {} : { scenario }), routers };
  planFaults(fleet);
  return fleet;
}

/** The routers that speak TLS because a scenario wants some. */
function tlsOf(scenario: Scenario | undefined, count: number): FleetOptions['tls'] {
  if (scenario?.fleet === undefined) return undefined;
  const { tls, tls_share_pct: percent } = scenario.fleet;
  return { transport: tls, routers: Math.max(1, Math.round((count * percent) / 100)) };
}

/** fra1, lon1, ams1, … and after the last city fra2, lon2, … */
export function siteName(number: number): string {
  return `${CITIES[number % CITIES.length] ?? 'pop'}${Math.floor(number / CITIES.length) + 1}`;
}

function shareAt(shares: readonly FleetShare[], position: number): FleetShare {
  let rest = position * shares.reduce((sum, share) => sum + share.percent, 0);
  for (const share of shares) {
    if (rest < share.percent) return share;
    rest -= share.percent;
  }
  throw new Error(`BUG: position ${position} is outside the fleet mix`);
}

type Endpoint = Pick<RouterPlan, 'address' | 'port'>;

function addressesOf(network: string, count: number): (index: number, transport: Transport) => Endpoint {
  const match = /^(127)\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(network);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const prefix = Number(match?.[5]);
  if (octets.length !== 4 || octets.some((octet) => octet > 255) || !(prefix >= 8 && prefix <= 24)) {
    throw new RangeError(`Cannot use router net ${network}: give a loopback network of /8 to /24, as ${ROUTER_NET}`);
  }
  const first = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  if (first % size !== 0) throw new RangeError(`Cannot use router net ${network}: its address has bits beyond /${prefix}`);
  // .0 and .255 of every /24 are left out: they work on Linux, but not in every tool.
  const capacity = (size / 256) * 254;
  if (count > capacity)
    throw new RangeError(`Cannot place ${count} routers in ${network}: it has room for ${capacity}. Give a larger --router-net`);
  return (index, transport) => {
    const address = first + Math.floor(index / 254) * 256 + (index % 254) + 1;
    return {
      address: [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.'),
      port: transport === 'plain' ? ROUTER_PORT : ROUTER_TLS_PORT,
    };
  };
}

function portsOf(portsFrom: number, count: number): (index: number) => Endpoint {
  if (portsFrom < 1024 || portsFrom + count > 65_536) {
    throw new RangeError(
      `Cannot place ${count} routers on ports from ${portsFrom}: the last one must stay below 65536, the first above 1023`,
    );
  }
  return (index) => ({ address: '127.0.0.1', port: portsFrom + index });
}
