/** The replies of LTE, 5G and 60 GHz interfaces, by version. */
import type { Modem } from '../boards/board.ts';
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

/**
 * What `/interface/lte/info` (v6) and `/interface/lte/monitor` (v7) answer. A modem that joins two more carriers has the
 * attribute ca-band twice: a map of the reply would lose one.
 */
export function lteMonitorRow(dialect: Dialect, modem: Modem, key: number, uptimeMs: number, atMs: number): Row {
  const digits = (aspect: string, count: number): string =>
    String(derive(key, aspect)).padStart(count, '7').slice(0, count).padEnd(count, '3');
  const cell = wholeBetween(derive(key, 'cell'), 100_000, 268_000_000);
  const phy = String(wholeBetween(derive(key, 'phy cell'), 0, 503));
  const rsrp = Math.round(swing(derive(key, 'rsrp'), atMs, wholeBetween(derive(key, 'rsrp mid'), -112, -82), 4));
  const sinr = Math.round(swing(derive(key, 'sinr'), atMs, wholeBetween(derive(key, 'sinr mid'), 2, 22), 3));
  const generation = modem.fiveG ? '5G NSA' : 'LTE';
  const row: Property[] = [];
  if (dialect.major === 7) row.push(['status', 'running']);
  row.push(
    ['pin-status', 'ok'],
    ['registration-status', 'registered'],
    ['functionality', 'full'],
    ['manufacturer', modem.fiveG ? 'Quectel' : 'MikroTik'],
    ['model', modem.model],
    ['revision', modem.revision],
    ['current-operator', 'Testnet'],
    ['lac', String(1 + (cell % 60_000))],
    ['current-cellid', String(cell)],
    ['enb-id', String(cell >>> 8)],
    ['sector-id', String(cell & 255)],
    ['phy-cellid', phy],
    [dialect.major === 6 ? 'access-technology' : 'data-class', dialect.major === 6 ? 'Evolved 3G (LTE)' : generation],
    ['session-uptime', durationText(Math.max(0, uptimeMs - 25_000))],
    ['imei', `00${digits('imei', 13)}`],
    ['imsi', `00101${digits('imsi', 10)}`],
    ['uicc', `8900${digits('uicc', 15)}`],
    ['primary-band', `B3@20Mhz earfcn: 1300 phy-cellid: ${phy}`],
  );
  const carriers = ['B7@20Mhz earfcn: 2850', 'B20@10Mhz earfcn: 6300'].slice(0, modem.fiveG ? 2 : derive(key, 'carriers') % 3);
  for (const carrier of carriers) row.push(['ca-band', `${carrier} phy-cellid: ${phy}`]);
  if (dialect.major === 7)
    row.push(
      ['dl-modulation', sinr > 12 ? '256qam' : '64qam'],
      ['cqi', String(Math.min(15, Math.max(1, Math.round(sinr * 0.7 + 2))))],
      ['ri', sinr > 6 ? '2' : '1'],
      ['mcs', String(Math.min(28, Math.max(0, sinr)))],
    );
  row.push(
    ['rssi', String(rsrp + 27)],
    ['rsrp', String(rsrp)],
    ['rsrq', String(Math.round(swing(derive(key, 'rsrq'), atMs, -10, 3)))],
    ['sinr', String(sinr)],
  );
  if (modem.fiveG)
    row.push(
      ['nr-rsrp', String(rsrp - 3)],
      ['nr-rsrq', String(Math.round(swing(derive(key, 'nr rsrq'), atMs, -11, 2)))],
      ['nr-sinr', String(sinr - 1)],
    );
  return row;
}

/** One row of /interface/w60g/print. */
export function w60gRow(state: InterfaceState): Row {
  const { spec } = state;
  return [
    ['.id', spec.id],
    ['name', spec.name],
    ['default-name', spec.defaultName ?? spec.name],
    ['mtu', spec.mtu],
    ['l2mtu', String(spec.l2mtu ?? 1600)],
    ['mac-address', macText(spec.mac ?? 0)],
    ['arp', 'enabled'],
    ['mode', 'station-bridge'],
    ['ssid', 'Bridge60'],
    ['frequency', 'auto'],
    ['tx-sector', 'auto'],
    ['running', flagText(state.running)],
    ['disabled', flagText(spec.disabled)],
  ];
}

/** One row of /interface/w60g/monitor of a station: RSSI in dBm, signal as quality of 0 to 100, distance in metres. */
export function w60gMonitorRow(spec: InterfaceState['spec'], key: number, atMs: number): Row {
  const rssi = Math.round(swing(derive(key, 'rssi'), atMs, -58, 5));
  const mcs = Math.min(8, Math.max(1, Math.round((rssi + 74) / 2)));
  const sector = String(wholeBetween(derive(key, 'sector'), 20, 44));
  return [
    ['connected', 'true'],
    ['frequency', '58320'],
    ['remote-address', macText(0x0a * 2 ** 40 + derive(key, 'peer') * 2 ** 8)],
    ['tx-mcs', String(mcs)],
    ['tx-phy-rate', MCS_RATES[mcs - 1] ?? '385.0Mbps'],
    ['signal', String(Math.min(100, Math.max(0, 2 * (rssi + 98))))],
    ['rssi', String(rssi)],
    ['tx-sector', sector],
    ['tx-sector-info', 'center'],
    ['distance', `${swing(derive(key, 'distance'), atMs, wholeBetween(derive(key, 'way'), 80, 1400), 0.3).toFixed(2)}m`],
    ['tx-packet-error-rate', `${Math.max(0, Math.round(swing(derive(key, 'errors'), atMs, 3, 4)))}%`],
    ['baseband-temperature', String(Math.round(swing(derive(key, 'baseband'), atMs, 48, 6)))],
    ['rf-temperature', String(Math.round(swing(derive(key, 'rf'), atMs, 44, 6)))],
    ['name', spec.name],
  ];
}

/** 802.11ad, single carrier: MCS 1 to 8. */
const MCS_RATES = ['385.0Mbps', '770.0Mbps', '962.5Mbps', '1155.0Mbps', '1251.3Mbps', '1540.0Mbps', '1925.0Mbps', '2310.0Mbps'];
