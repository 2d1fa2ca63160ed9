/** Another serial number or board under the name of a router: it was replaced. And other firmware. */
import { DAY_MS } from '../../rollup/tiers.ts';
import { changedValues } from './changed-value.ts';

/** Boards are read once an hour; a router may be away for some days before another takes its place. */
const MEMORY_MS = 7 * DAY_MS;

export const routerBoards = changedValues({
  name: 'router_boards',
  table: 'boards',
  rows: 'board_rows',
  memoryMs: MEMORY_MS,
  recentMs: MEMORY_MS,
  spanMs: DAY_MS,
  values: [
    { kind: 'serial_changed', value: 'toString(serial)' },
    { kind: 'board_changed', value: "toString(if(model = '', board, model))" },
    { kind: 'firmware_changed', value: 'toString(current_firmware)' },
  ],
  cause: "if(kind IN ('board_changed', 'firmware_changed') AND has(kinds, 'serial_changed'), 'serial_changed', '')",
});
