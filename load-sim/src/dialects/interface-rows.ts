/** The replies of /interface and /interface/ethernet, by version. Key sets follow published replies. */
import type { InterfaceSpec } from '../boards/layout.ts';
import type { InterfaceState } from '../traffic/interfaces.ts';
import type { Dialect } from './dialect.ts';
import { dateText, flagText, macText, type Property, type Row } from './forms.ts';

/** Which groups of attributes a version reports for an interface; what is not reported is absent, not zero. */
export interface ReportedGroups {
  /** Bytes, packets and link-downs. */
  readonly counters: boolean;
  /** Drops and errors. */
  readonly faults: boolean;
  readonly queueDrops: boolean;
}

export function reportedGroups(dialect: Dialect, spec: InterfaceSpec): ReportedGroups {
  const counters = spec.type !== 'loopback';
  const physical = spec.defaultName !== undefined;
  return { counters, faults: counters && (dialect.major === 6 || spec.type !== 'bridge'), queueDrops: physical };
}

/** Which attributes a command asked for. Rows leave out what costs most to write when nobody wants it. */
export type Wants = (name: string) => boolean;

/** One row of /interface/print. The router's clock is wrong by `clockMs`. */
export function interfaceRow(dialect: Dialect, state: InterfaceState, wants: Wants, clockMs: number): Row {
  const { spec } = state;
  const reported = reportedGroups(dialect, spec);
  const row: Property[] = [
    ['.id', spec.id],
    ['name', spec.name],
  ];
  if (spec.defaultName !== undefined) row.push(['default-name', spec.defaultName]);
  row.push(['type', spec.type], ['mtu', spec.mtu], ['actual-mtu', String(spec.actualMtu)]);
  if (spec.l2mtu !== undefined) row.push(['l2mtu', String(spec.l2mtu)]);
  if (spec.maxL2mtu !== undefined) row.push(['max-l2mtu', String(spec.maxL2mtu)]);
  if (dialect.vrf) row.push(['vrf', 'main']);
  if (spec.mac !== undefined) row.push(['mac-address', macText(spec.mac)]);
  if (reported.counters) {
    if (state.lastDownMs !== undefined && wants('last-link-down-time'))
      row.push(['last-link-down-time', dateText(dialect, state.lastDownMs + clockMs)]);
    if (state.lastUpMs !== undefined && wants('last-link-up-time'))
      row.push(['last-link-up-time', dateText(dialect, state.lastUpMs + clockMs)]);
    row.push(['link-downs', String(state.linkDowns)], ...byteCounters(state));
  }
  if (reported.faults) row.push(['rx-drop', String(state.rxDrops)], ['tx-drop', String(state.txDrops)]);
  if (reported.queueDrops) row.push(['tx-queue-drop', String(state.txQueueDrops)]);
  if (reported.faults) row.push(['rx-error', String(state.rxErrors)], ['tx-error', String(state.txErrors)]);
  if (reported.counters && FAST_PATH.some(wants)) row.push(...fastPathCounters(state));
  if (dialect.major === 6 && spec.type === 'ether') row.push(['fast-path', 'true']);
  if (dialect.major === 7 && spec.defaultName === undefined) row.push(['dynamic', flagText(spec.type === 'cap')]);
  if (dialect.vrf) row.push(['inactive', 'false']);
  row.push(['running', flagText(state.running)]);
  if (spec.slave) row.push(['slave', 'true']);
  row.push(['disabled', flagText(spec.disabled)]);
  if (spec.comment !== '') row.push(['comment', spec.comment]);
  return row;
}

function byteCounters(state: InterfaceState): Property[] {
  return [
    ['rx-byte', String(state.rxBytes)],
    ['tx-byte', String(state.txBytes)],
    ['rx-packet', String(state.rxPackets)],
    ['tx-packet', String(state.txPackets)],
  ];
}

const FAST_PATH = ['fp-rx-byte', 'fp-tx-byte', 'fp-rx-packet', 'fp-tx-packet'];

/** The part of an interface's traffic that took the fast path. */
export interface FastPathState {
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  readonly txPackets: number;
}

/** Most of what is received takes the fast path, half of what is sent; a bridge sends nothing over it. */
export function fastPath(state: InterfaceState): FastPathState {
  const sent = state.spec.type === 'bridge' ? 0 : 0.5;
  return {
    rxBytes: Math.floor(state.rxBytes * 0.97),
    txBytes: Math.floor(state.txBytes * sent),
    rxPackets: Math.floor(state.rxPackets * 0.97),
    txPackets: Math.floor(state.txPackets * sent),
  };
}

function fastPathCounters(state: InterfaceState): Property[] {
  const { rxBytes, txBytes, rxPackets, txPackets } = fastPath(state);
  return [
    ['fp-rx-byte', String(rxBytes)],
    ['fp-tx-byte', String(txBytes)],
    ['fp-rx-packet', String(rxPackets)],
    ['fp-tx-packet', String(txPackets)],
  ];
}

/** One row of /interface/ethernet/print: the counters of the wire are in the plural here. */
export function ethernetRow(dialect: Dialect, state: InterfaceState): Row {
  const { spec } = state;
  const v6: Property[] =
    dialect.major === 6
      ? [
          ['speed', spec.speedBps >= 1e10 ? '10Gbps' : spec.speedBps >= 1e9 ? '1Gbps' : '100Mbps'],
          ['full-duplex', 'true'],
        ]
      : [];
  const row: Property[] = [
    ['.id', spec.id],
    ['name', spec.name],
  ];
  if (spec.defaultName !== undefined) row.push(['default-name', spec.defaultName]);
  row.push(['mtu', spec.mtu]);
  if (spec.l2mtu !== undefined) row.push(['l2mtu', String(spec.l2mtu)]);
  row.push(['arp', 'enabled']);
  if (spec.mac !== undefined) row.push(['mac-address', macText(spec.mac)]);
  row.push(
    ['auto-negotiation', 'true'],
    ...v6,
    ['tx-flow-control', 'off'],
    ['rx-flow-control', 'off'],
    ['bandwidth', 'unlimited/unlimited'],
  );
  // A virtual machine has neither a second layer's MTU nor a switch chip.
  if (spec.l2mtu !== undefined && spec.name.startsWith('ether')) row.push(['switch', 'switch1']);
  row.push(
    ['driver-rx-byte', String(state.rxBytes)],
    ['driver-tx-byte', String(state.txBytes)],
    ['rx-bytes', String(state.rxBytes + 4 * state.rxPackets)],
    ['rx-64', String(Math.floor(state.rxPackets * 0.04))],
    ['rx-fcs-error', String(state.rxErrors)],
    ['tx-bytes', String(state.txBytes + 4 * state.txPackets)],
    ['running', flagText(state.running)],
    ['disabled', flagText(spec.disabled)],
  );
  if (spec.comment !== '') row.push(['comment', spec.comment]);
  return row;
}

/** One row of /interface/monitor-traffic: what changed within the second between two states. */
export function trafficRow(dialect: Dialect, before: InterfaceState, now: InterfaceState): Row {
  const packets = { rx: now.rxPackets - before.rxPackets, tx: now.txPackets - before.txPackets };
  const bits = { rx: 8 * (now.rxBytes - before.rxBytes), tx: 8 * (now.txBytes - before.txBytes) };
  const row: Property[] = [
    ['name', now.spec.name],
    ['rx-packets-per-second', String(packets.rx)],
    ['rx-bits-per-second', String(bits.rx)],
  ];
  if (dialect.major === 7)
    row.push(
      ['fp-rx-packets-per-second', String(Math.floor(packets.rx * 0.97))],
      ['fp-rx-bits-per-second', String(Math.floor(bits.rx * 0.97))],
    );
  row.push(
    ['rx-drops-per-second', String(now.rxDrops - before.rxDrops)],
    ['rx-errors-per-second', String(now.rxErrors - before.rxErrors)],
    ['tx-packets-per-second', String(packets.tx)],
    ['tx-bits-per-second', String(bits.tx)],
  );
  if (dialect.major === 7)
    row.push(
      ['fp-tx-packets-per-second', String(Math.floor(packets.tx * 0.5))],
      ['fp-tx-bits-per-second', String(Math.floor(bits.tx * 0.5))],
    );
  row.push(
    ['tx-drops-per-second', '0'],
    ['tx-queue-drops-per-second', String(now.txQueueDrops - before.txQueueDrops)],
    ['tx-errors-per-second', '0'],
  );
  return row;
}
