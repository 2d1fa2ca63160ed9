/** Reboots, and other versions of RouterOS. */
import { DAY_MS, HOUR_MS } from '../../rollup/tiers.ts';
import { changedValues } from './changed-value.ts';

/** An uptime is read within a visit whose start is the row's time, and two agents' clocks may differ. */
const SLACK_MS = 10_000;

const UPTIME = "ifNull(toString(uptime_ms), '')";
/** When the router booted by one of its uptimes. */
const booted = (ms: string, uptime: string): string => `${ms} - toInt64(${uptime})`;

/**
 * A reboot lies between two samples when the uptime fell and the boot was not before the first: what two agents with different clocks, or one
 * whose clock steps, say in another order is none.
 */
export const routerDevices = changedValues({
  name: 'router_devices',
  table: 'device_resources',
  rows: 'device_rows',
  memoryMs: DAY_MS,
  recentMs: HOUR_MS / 2,
  spanMs: HOUR_MS,
  values: [
    { kind: 'version_changed', value: 'toString(version)' },
    {
      kind: 'router_rebooted',
      value: UPTIME,
      suspected: `max(${booted('toUnixTimestamp64Milli(ts)', 'uptime_ms')}) > toUnixTimestamp64Milli(min(ts)) - ${SLACK_MS}`,
      changed: `toUInt64OrZero(value) < toUInt64OrZero(last_value) AND ms - toInt64OrZero(value) > last_ms - ${SLACK_MS}`,
      said: {
        old: "''",
        new: "''",
        lastedMs: 'toUInt64OrNull(last_value)',
        detail:
          "toJSONString(CAST((ms - toInt64OrZero(value), toUInt64OrZero(value)), 'Tuple(booted_at_ms Int64, uptime_ms UInt64)'))",
      },
    },
  ],
  cause: "if(kind = 'router_rebooted' AND has(kinds, 'version_changed'), 'version_changed', '')",
});
