/** How common each kind of router is in a fleet. */
import type { DialectName } from '../dialects/dialect.ts';
import type { BoardName } from './board.ts';
import { BOARD_NAMES, boardOf } from './catalog.ts';

/** One kind of router in a fleet and how many percent of the routers it makes up. */
export interface FleetShare {
  readonly board: BoardName;
  readonly dialect: DialectName;
  readonly percent: number;
}

export type MixName = 'usual' | 'all';
export const MIX_NAMES: readonly MixName[] = ['usual', 'all'];

/** Half access points, then CPEs, edge routers, few core routers and switches: ten interfaces per router on average. */
const USUAL: readonly FleetShare[] = [
  { board: 'hap-ac2', dialect: '6.49', percent: 26 },
  { board: 'rb5009', dialect: '7.18', percent: 6 },
  { board: 'wap-ax', dialect: '7.18', percent: 14 },
  { board: 'rb4011', dialect: '6.49', percent: 7 },
  { board: 'hex-poe-lite', dialect: '6.49', percent: 14 },
  { board: 'ccr2004', dialect: '7.18', percent: 2 },
  { board: 'wap-ax', dialect: '7.20', percent: 5 },
  { board: 'rb4011', dialect: '7.18', percent: 5 },
  { board: 'hap-ac3', dialect: '7.12', percent: 4 },
  { board: 'crs326', dialect: '6.49', percent: 2 },
  { board: 'rb5009', dialect: '7.20', percent: 4 },
  { board: 'cap-ac', dialect: '7.13', percent: 2 },
  { board: 'sxt-lte', dialect: '6.49', percent: 2 },
  { board: 'audience', dialect: '7.13', percent: 1 },
  { board: 'crs317', dialect: '7.18', percent: 1 },
  { board: 'ccr1036', dialect: '6.49', percent: 1 },
  { board: 'lhg-60g', dialect: '7.18', percent: 2 },
  { board: 'chateau-5g', dialect: '7.12', percent: 1 },
  { board: 'chr', dialect: '7.20', percent: 1 },
];

/** `usual`: what a provider has. `all`: every board in every version that runs on it, each as often. */
export function mixOf(name: MixName): readonly FleetShare[] {
  if (name === 'usual') return USUAL;
  const kinds = BOARD_NAMES.flatMap((board) => boardOf(board).dialects.map((dialect) => ({ board, dialect })));
  return kinds.map((kind) => ({ ...kind, percent: 100 / kinds.length }));
}
