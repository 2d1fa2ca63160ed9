/** The replies of LTE, 5G and 60 GHz interfaces, by version. */
import type { Modem } from '../boards/board.ts';
import type { InterfaceSpec } from '../boards/layout.ts';
import type { InterfaceState } from '../traffic/interfaces.ts';
import { derive, wholeBetween } from '../traffic/random.ts';
import { swing } from '../traffic/wave.ts';
import type { Dialect } from './dialect.ts';
import { durationText, flagText, macText, type Property, type Row } from './forms.ts';

/** One row of /interface/lte/print. */
export function lteRow(dialect: Dialect, state: InterfaceState): Row {
  const { spec } = state;
  const row: Property[] = [
    ['.id', spec.id],
    ['name', spec.name],
    ['default-name', spec.defaultName ?? spec.name],
    ['mtu', spec.mtu],
    ['mac-address', macText(spec.mac ?? 0)],
    ['apn-profiles', 'default'],
    ['network-mode', dialect.major === 6 ? '3g,lte' : 'lte,5g'],
    ['band', ''],
    ['allow-roaming', 'false'],
  ];
  if (dialect.major === 7) row.push(['sms-read', 'true']);
  row.push(['running', flagText(state.running)], ['disabled', flagText(spec.disabled)]);
  return row;
}

/** What a modem measures and is connected to; values that a version or a modem does not tell are undefined. */
export interface ModemState {
  readonly status: string | undefined;
  readonly technology: string;
  readonly cellId: number;
  readonly physicalCellId: number;
  readonly primaryBand: string;
  readonly furtherBands: readonly string[];
  readonly sessionMs: number;
  readonly rssi: number;
  readonly rsrp: number;
  readonly rsrq: number;
  readonly sinr: number;
  readonly fiveG: { readonly rsrp: number; readonly rsrq: number; readonly sinr: number } | undefined;
  readonly downlink:
    | { readonly modulation: string; readonly cqi: number; readonly rank: number; readonly mcs: number }
    | undefined;
}

/** The data session starts so long after the boot. */
const ATTACH_MS = 25_000;

export const MODEM_OPERATOR = 'Testnet';
export const MODEM_REGISTRATION = 'registered';

export function modemAt(dialect: Dialect, modem: Modem, key: number, uptimeMs: number, atMs: number): ModemState {
  const cellId = wholeBetween(derive(key, 'cell'), 100_000, 268_000_000);
  const physicalCellId = wholeBetween(derive(key, 'phy cell'), 0, 503);
  const rsrp = Math.round(swing(derive(key, 'rsrp'), atMs, wholeBetween(derive(key, 'rsrp mid'), -112, -82), 4));
  const sinr = Math.round(swing(derive(key, 'sinr'), atMs, wholeBetween(derive(key, 'sinr mid'), 2, 22), 3));
  const further = ['B7@20Mhz earfcn: 2850', 'B20@10Mhz earfcn: 6300'].slice(0, modem.fiveG ? 2 : derive(key, 'carriers') % 3);
  const isOld = dialect.major === 6;
  return {
    status: isOld ? undefined : 'running',
    technology: isOld ? 'Evolved 3G (LTE)' : modem.fiveG ? '5G NSA' : 'LTE',
    cellId,
    physicalCellId,
    primaryBand: `B3@20Mhz earfcn: 1300 phy-cellid: ${physicalCellId}`,
    furtherBands: further.map((carrier) => `${carrier} phy-cellid: ${physicalCellId}`),
    sessionMs: Math.max(0, uptimeMs - ATTACH_MS),
    rssi: rsrp + 27,
    rsrp,
    rsrq: Math.round(swing(derive(key, 'rsrq'), atMs, -10, 3)),
    sinr,
    fiveG: modem.fiveG
      ? { rsrp: rsrp - 3, rsrq: Math.round(swing(derive(key, 'nr rsrq'), atMs, -11, 2)), sinr: sinr - 1 }
      : undefined,
    downlink: isOld
      ? undefined
      : {
          modulation: sinr > 12 ? '256qam' : '64qam',
          cqi: Math.min(15, Math.max(1, Math.round(sinr * 0.7 + 2))),
          rank: sinr > 6 ? 2 : 1,
          mcs: Math.min(28, Math.max(0, sinr)),
        },
  };
}

/**
 * What `/interface/lte/info` (v6) and `/interface/lte/monitor` (v7) answer. A modem that joins two more carriers has the
 * attribute ca-band twice: a map of the reply would lose one.
 */
export function lteMonitorRow(dialect: Dialect, modem: Modem, key: number, state: ModemState): Row {
  const { status, cellId, fiveG, downlink } = state;
  const digits = (aspect: string, count: number): string =>
    String(derive(key, aspect)).padStart(count, '7').slice(0, count).padEnd(count, '3');
  const row: Property[] = [];
  if (status !== undefined) row.push(['status', status]);
  row.push(
    ['pin-status', 'ok'],
    ['registration-status', MODEM_REGISTRATION],
    ['functionality', 'full'],
    ['manufacturer', modem.fiveG ? 'Quectel' : 'MikroTik'],
    ['model', modem.model],
    ['revision', modem.revision],
    ['current-operator', MODEM_OPERATOR],
    ['lac', String(areaCode(cellId))],
    ['current-cellid', String(cellId)],
    ['enb-id', String(cellId >>> 8)],
    ['sector-id', String(cellId & 255)],
    ['phy-cellid', String(state.physicalCellId)],
    [dialect.major === 6 ? 'access-technology' : 'data-class', state.technology],
    ['session-uptime', durationText(state.sessionMs)],
    ['imei', `00${digits('imei', 13)}`],
    ['imsi', `00101${digits('imsi', 10)}`],
    ['uicc', `8900${digits('uicc', 15)}`],
    ['primary-band', state.primaryBand],
  );
  for (const band of state.furtherBands) row.push(['ca-band', band]);
  if (downlink !== undefined)
    row.push(
      ['dl-modulation', downlink.modulation],
      ['cqi', String(downlink.cqi)],
      ['ri', String(downlink.rank)],
      ['mcs', String(downlink.mcs)],
    );
  row.push(
    ['rssi', String(state.rssi)],
    ['rsrp', String(state.rsrp)],
    ['rsrq', String(state.rsrq)],
    ['sinr', String(state.sinr)],
  );
  if (fiveG !== undefined)
    row.push(['nr-rsrp', String(fiveG.rsrp)], ['nr-rsrq', String(fiveG.rsrq)], ['nr-sinr', String(fiveG.sinr)]);
  return row;
}

/** Location or tracking area of a cell. */
export function areaCode(cellId: number): number {
  return 1 + (cellId % 60_000);
}

/** One row of /interface/w60g/print; an end that waits for the other is the bridge of the two. */
export function w60gRow(state: InterfaceState, waits: boolean): Row {
  const { spec } = state;
  return [
    ['.id', spec.id],
    ['name', spec.name],
    ['default-name', spec.defaultName ?? spec.name],
    ['mtu', spec.mtu],
    ['l2mtu', String(spec.l2mtu ?? 1600)],
    ['mac-address', macText(spec.mac ?? 0)],
    ['arp', 'enabled'],
    ['mode', waits ? 'bridge' : 'station-bridge'],
    ['ssid', 'Bridge60'],
    ['frequency', 'auto'],
    ['tx-sector', 'auto'],
    ['running', flagText(state.running)],
    ['disabled', flagText(spec.disabled)],
  ];
}

/** A 60 GHz link at a time: RSSI in dBm, signal as quality of 0 to 100, distance as RouterOS writes it, in metres. */
export interface W60gState {
  readonly frequencyMhz: number;
  readonly peerMac: number;
  readonly mcs: number;
  readonly rate: { readonly text: string; readonly bps: number };
  readonly signalPct: number;
  readonly rssi: number;
  readonly sector: number;
  readonly sectorInfo: string;
  readonly distance: string;
  readonly errorPct: number;
  readonly basebandC: number;
  readonly rfC: number;
}

export function w60gAt(key: number, atMs: number): W60gState {
  const rssi = Math.round(swing(derive(key, 'rssi'), atMs, -58, 5));
  const mcs = Math.min(8, Math.max(1, Math.round((rssi + 74) / 2)));
  const rateMbps = MCS_RATES_MBPS[mcs - 1] ?? 0;
  return {
    frequencyMhz: 58_320,
    peerMac: 0x0a * 2 ** 40 + derive(key, 'peer') * 2 ** 8,
    mcs,
    rate: { text: `${rateMbps.toFixed(1)}Mbps`, bps: Math.round(rateMbps * 1e6) },
    signalPct: Math.min(100, Math.max(0, 2 * (rssi + 98))),
    rssi,
    sector: wholeBetween(derive(key, 'sector'), 20, 44),
    sectorInfo: 'center',
    distance: swing(derive(key, 'distance'), atMs, wholeBetween(derive(key, 'way'), 80, 1400), 0.3).toFixed(2),
    errorPct: Math.max(0, Math.round(swing(derive(key, 'errors'), atMs, 3, 4))),
    basebandC: Math.round(swing(derive(key, 'baseband'), atMs, 48, 6)),
    rfC: Math.round(swing(derive(key, 'rf'), atMs, 44, 6)),
  };
}

/** One row of /interface/w60g/monitor. */
export function w60gMonitorRow({ name }: InterfaceSpec, state: W60gState): Row {
  return [
    ['connected', 'true'],
    ['frequency', String(state.frequencyMhz)],
    ...peerProperties(state),
    ['tx-packet-error-rate', `${state.errorPct}%`],
    ['baseband-temperature', String(state.basebandC)],
    ['rf-temperature', String(state.rfC)],
    ['name', name],
  ];
}

/** One row of /interface/w60g/station/print: the other end of the link. */
export function w60gStationRow({ spec, running }: InterfaceState, state: W60gState): Row {
  return [
    ['.id', spec.id],
    ['name', spec.name],
    ['mtu', spec.mtu],
    ['l2mtu', String(spec.l2mtu ?? 1600)],
    ['mac-address', macText(spec.mac ?? 0)],
    ['arp', 'enabled'],
    ['parent', 'wlan60-1'],
    ['remote-address', macText(state.peerMac)],
    ['put-in-bridge', 'parent'],
    ['running', flagText(running)],
    ['disabled', flagText(spec.disabled)],
  ];
}

/** One row of /interface/w60g/station/monitor: what belongs to the radio itself is not in it. */
export function w60gStationMonitorRow({ name }: InterfaceSpec, state: W60gState): Row {
  return [['connected', 'true'], ...peerProperties(state), ['name', name]];
}

function peerProperties(state: W60gState): Property[] {
  return [
    ['remote-address', macText(state.peerMac)],
    ['tx-mcs', String(state.mcs)],
    ['tx-phy-rate', state.rate.text],
    ['signal', String(state.signalPct)],
    ['rssi', String(state.rssi)],
    ['tx-sector', String(state.sector)],
    ['tx-sector-info', state.sectorInfo],
    ['distance', `${state.distance}m`],
  ];
}

/** 802.11ad, single carrier: MCS 1 to 8. */
const MCS_RATES_MBPS = [385, 770, 962.5, 1155, 1251.3, 1540, 1925, 2310];
