/** The board models that can be simulated. */
import { AUDIENCE, CAP_AC, HAP_AC2, HAP_AC3, WAP_AX } from './access-points.ts';
import type { Board, BoardName } from './board.ts';
import { CHATEAU_5G, LHG_60G, SXT_LTE } from './links.ts';
import { CCR1036, CCR2004, CCR2216, CHR, HEX_POE_LITE, RB4011, RB5009 } from './routers.ts';
import { CRS317, CRS326 } from './switches.ts';

const BOARDS: Readonly<Record<BoardName, Board>> = {
  'hap-ac2': HAP_AC2,
  'hap-ac3': HAP_AC3,
  'cap-ac': CAP_AC,
  rb4011: RB4011,
  rb5009: RB5009,
  'wap-ax': WAP_AX,
  audience: AUDIENCE,
  ccr1036: CCR1036,
  ccr2004: CCR2004,
  ccr2216: CCR2216,
  'hex-poe-lite': HEX_POE_LITE,
  crs317: CRS317,
  crs326: CRS326,
  'sxt-lte': SXT_LTE,
  'chateau-5g': CHATEAU_5G,
  'lhg-60g': LHG_60G,
  chr: CHR,
};

export const BOARD_NAMES: readonly BoardName[] = [
  'hap-ac2',
  'hap-ac3',
  'cap-ac',
  'rb4011',
  'rb5009',
  'wap-ax',
  'audience',
  'ccr1036',
  'ccr2004',
  'ccr2216',
  'hex-poe-lite',
  'crs317',
  'crs326',
  'sxt-lte',
  'chateau-5g',
  'lhg-60g',
  'chr',
];

export function boardOf(name: BoardName): Board {
  return BOARDS[name];
}
