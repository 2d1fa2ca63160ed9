/** Every router of a fleet as a closed-form model: what it would answer at any time follows from the fleet alone. */
import type { Board } from '../boards/board.ts';
import { boardOf } from '../boards/catalog.ts';
import { type CodePage, codePageOf, layOutInterfaces } from '../boards/layout.ts';
import { type Dialect, dialectOf } from '../dialects/dialect.ts';
import { strangeInterfaces } from '../faults/interfaces.ts';
import { type FaultTrack, planFaults } from '../faults/plan.ts';
import type { Fleet } from '../fleet.ts';
import type { RouterPlan } from '../router-plan.ts';
import { type Boot, createBootSchedule } from './boots.ts';
import { createRouterClock, type RouterClock } from './clock.ts';
import { createInterfaceSet, type InterfaceSet } from './interfaces.ts';
import { derive, mix } from './random.ts';
import { createResourceModel, type ResourceModel } from './resources.ts';
import { type Backhaul, type Cell, type ClientState, createCell } from './stations.ts';

/** One simulated router. All times are Unix milliseconds, whole. */
export interface RouterModel {
  readonly plan: RouterPlan;
  /** What every choice about this router follows from. */
  readonly key: number;
  /** How texts typed by its operators are coded. */
  readonly codePage: CodePage;
  readonly board: Board;
  readonly dialect: Dialect;
  readonly identity: string;
  readonly serial: string;
  readonly interfaces: InterfaceSet;
  readonly resources: ResourceModel;
  readonly faults: FaultTrack;
  readonly clock: RouterClock;
  bootAt(atMs: number): Boot;
  /** Registered wireless clients; empty on routers without radios. */
  clientsAt(atMs: number): ClientState[];
}

export interface World {
  readonly fleet: Fleet;
  /** In the order of the fleet: position = RouterPlan.index. */
  readonly routers: readonly RouterModel[];
}

/** Access points that share their stations. */
const CELL_MEMBERS = 2;

export function createWorld(fleet: Fleet): World {
  for (const [position, plan] of fleet.routers.entries()) {
    if (plan.index !== position)
      throw new RangeError(`Cannot simulate this fleet: router ${plan.router} has index ${plan.index} at position ${position}`);
  }
  const cells: Cell[] = [];
  const places = new Map<number, { cell: number; member: number }>();
  const tracks = planFaults(fleet);
  const boots = fleet.routers.map((plan) => createBootSchedule(routerKey(fleet, plan), fleet.startMs, trackOf(plan)));
  const fleetCells = cellsOf(fleet);
  for (const members of fleetCells) {
    const accessPoints = members.map((plan) => ({
      bands: boardOf(plan.board).radios.map((radio) => radio.band),
      bootAt: (atMs: number) => scheduleOf(plan).at(atMs),
      faults: trackOf(plan),
    }));
    for (const [member, plan] of members.entries()) places.set(plan.index, { cell: cells.length, member });
    const key = mix(derive(fleet.seed, 'cell'), cells.length);
    cells.push(createCell(accessPoints, cells.length, key, backhaulsOf(members)));
  }

  /** The next cell of the site reaches the network over this one: its first access point is a client here. */
  function backhaulsOf(members: readonly RouterPlan[]): Backhaul[] {
    const ofSite = fleetCells.filter(([first]) => first?.site === members[0]?.site);
    const next = ofSite[ofSite.findIndex(([first]) => first === members[0]) + 1]?.[0];
    if (next === undefined) return [];
    const [board, dialect] = [boardOf(next.board), dialectOf(next.dialect)];
    const specs = layOutInterfaces(board, dialect, next.index, derive(routerKey(fleet, next), 'layout'));
    const mac = specs.findLast(({ radio }) => radio !== undefined)?.mac;
    return mac === undefined ? [] : [{ mac, name: next.router, bootAt: (atMs) => scheduleOf(next).at(atMs) }];
  }

  function trackOf(plan: RouterPlan): FaultTrack {
    const track = tracks[plan.index];
    if (track === undefined) throw new Error(`BUG: router ${plan.index} has no track of faults`);
    return track;
  }

  function scheduleOf(plan: RouterPlan) {
    const schedule = boots[plan.index];
    if (schedule === undefined) throw new Error(`BUG: router ${plan.index} has no boot schedule`);
    return schedule;
  }

  const routers = fleet.routers.map((plan): RouterModel => {
    const key = routerKey(fleet, plan);
    const board = boardOf(plan.board);
    const dialect = dialectOf(plan.dialect);
    const place = places.get(plan.index);
    const cell = place === undefined ? undefined : cells[place.cell];
    const layoutKey = derive(key, 'layout');
    const faults = trackOf(plan);
    const bootAt = (atMs: number): Boot => scheduleOf(plan).at(atMs);
    const interfaces = createInterfaceSet(layOutInterfaces(board, dialect, plan.index, layoutKey), derive(key, 'interfaces'));
    return {
      plan,
      key,
      codePage: codePageOf(dialect, layoutKey),
      board,
      dialect,
      identity: `${plan.site}-${plan.board}-${plan.router}`,
      serial: `HP${derive(key, 'serial').toString(36).toUpperCase().padStart(7, '0')}${plan.index % 10}`,
      interfaces: fleet.scenario === undefined ? interfaces : strangeInterfaces(interfaces, faults),
      resources: createResourceModel(board, key),
      faults,
      clock: createRouterClock(key, faults, bootAt),
      bootAt,
      clientsAt: (atMs) => (place === undefined || cell === undefined ? [] : cell.clientsAt(place.member, atMs)),
    };
  });
  return { fleet, routers };
}

function routerKey(fleet: Fleet, plan: RouterPlan): number {
  return mix(derive(fleet.seed, 'router'), plan.index);
}

/** Neighbouring access points of each site, two by two. */
function cellsOf(fleet: Fleet): RouterPlan[][] {
  const open = new Map<string, RouterPlan[]>();
  const cells: RouterPlan[][] = [];
  for (const plan of fleet.routers) {
    if (boardOf(plan.board).radios.length === 0) continue;
    const waiting = open.get(plan.site);
    if (waiting === undefined) {
      const cell = [plan];
      cells.push(cell);
      open.set(plan.site, cell);
    } else {
      waiting.push(plan);
      if (waiting.length === CELL_MEMBERS) open.delete(plan.site);
    }
  }
  return cells;
}
