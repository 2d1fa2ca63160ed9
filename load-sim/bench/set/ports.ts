import { routersOf, type SetPlan } from './plan.ts';
import { intHash64, portTraffic } from './traffic.ts';

export interface LinkedPort {
  readonly router: number;
  readonly port: number;
}

/** All ports with a link of the first so many routers, in an order that jumps over them and is always the same. */
export function linkedPorts(plan: SetPlan, routers = routersOf(plan)): LinkedPort[] {
  return Array.from({ length: routers * plan.portsPerRouter }, (_, index) => ({ index, place: intHash64(BigInt(index)) }))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ index }) => ({ router: Math.floor(index / plan.portsPerRouter), port: index % plan.portsPerRouter }))
    .filter(({ router, port }) => !portTraffic(plan, router, port).idle);
}
