/** The replies of the radio stacks: package `wireless`, and the `wifi` menu, which was `wifiwave2` up to 7.12. */
import type { Radio } from '../boards/board.ts';
import type { InterfaceState } from '../traffic/interfaces.ts';
import type { ClientState } from '../traffic/stations.ts';
import { durationText, fineDurationText, flagText, macText, type Property, type Row } from './forms.ts';
import {
  NOISE_FLOOR_DBM,
  overallCcqPct,
  radioName,
  wifiBand,
  wifiFacts,
  wifiRateBps,
  wifiTxPowerDbm,
  wirelessFacts,
  wirelessRate,
} from './radio-facts.ts';

/** One row of /interface/wireless/print. */
export function wirelessRow(state: InterfaceState, radio: Radio): Row {
  const { spec } = state;
  const { mode, band, width } = wirelessFacts(radio);
  const mac = spec.mac ?? 0;
  return [
    ['.id', spec.id],
    ['default-name', spec.defaultName ?? spec.name],
    ['name', spec.name],
    ['mtu', spec.mtu],
    ['l2mtu', String(spec.l2mtu ?? 1600)],
    ['mac-address', macText(mac)],
    ['arp', 'enabled'],
    ['interface-type', radio.chip],
    ['radio-name', radioName(mac)],
    ['mode', mode],
    ['ssid', spec.ssid],
    ['frequency-mode', 'regulatory-domain'],
    ['country', 'etsi'],
    ['installation', 'indoor'],
    ['antenna-gain', '3'],
    ['frequency', 'auto'],
    ['band', band],
    ['channel-width', width],
    ['secondary-frequency', ''],
    ['scan-list', 'default'],
    ['wireless-protocol', '802.11'],
    ['rate-set', 'default'],
    ['max-station-count', '2007'],
    ['distance', 'dynamic'],
    ['tx-power-mode', 'default'],
    ['vlan-id', '1'],
    ['wmm-support', 'enabled'],
    ['hide-ssid', 'false'],
    ['security-profile', 'default'],
    ['tx-chains', '0,1'],
    ['rx-chains', '0,1'],
    ['running', flagText(state.running)],
    ['disabled', flagText(spec.disabled)],
  ];
}

/** One row of /interface/wireless/registration-table/print: no ssid and no band, they are the interface's. */
export function wirelessClientRow(client: ClientState, interfaceName: string): Row {
  const tx = wirelessRate(client.band, client.txRateStep);
  const rx = wirelessRate(client.band, client.rxRateStep);
  const row: Property[] = [
    ['.id', clientId(client)],
    ['interface', interfaceName],
  ];
  if (client.radioName !== '') row.push(['radio-name', client.radioName]);
  row.push(
    ['mac-address', macText(client.mac)],
    ['ap', 'false'],
    ['wds', 'false'],
    ['bridge', 'false'],
    ['rx-rate', rx.text],
    ['tx-rate', tx.text],
    ['packets', `${client.txPackets},${client.rxPackets}`],
    ['bytes', `${client.txBytes},${client.rxBytes}`],
    ['frames', `${client.txPackets},${client.rxPackets}`],
    ['frame-bytes', `${client.txBytes},${client.rxBytes}`],
    ['hw-frames', `${client.txPackets},${client.rxPackets}`],
    ['hw-frame-bytes', `${client.txBytes + 24 * client.txPackets},${client.rxBytes + 24 * client.rxPackets}`],
    ['tx-frames-timed-out', '0'],
    ['uptime', durationText(client.uptimeMs)],
    ['last-activity', fineDurationText(client.lastActivityMs)],
    ['signal-strength', `${client.signalDbm}@6Mbps`],
    ['signal-to-noise', String(client.snrDb)],
    ['signal-strength-ch0', String(client.signalDbm - 2)],
    ['signal-strength-ch1', String(client.signalDbm - 5)],
    ['strength-at-rates', `${client.signalDbm}@6Mbps ${fineDurationText(client.lastActivityMs)}`],
    ['tx-ccq', String(client.txCcqPct)],
    ['p-throughput', String(Math.floor(tx.bps / 1900))],
    ['distance', String(client.distanceM)],
  );
  if (client.radioName !== '') row.push(['routeros-version', '6.48.6']);
  row.push(
    ['last-ip', client.lastIp],
    ['802.1x-port-enabled', 'true'],
    ['authentication-type', 'wpa2-psk'],
    ['encryption', 'aes-ccm'],
    ['group-encryption', 'aes-ccm'],
    ['management-protection', 'false'],
    ['wmm-enabled', 'true'],
    ['tx-rate-set', 'CCK:1-11 OFDM:6-54 BW:1x SGI:1x HT:0-7'],
  );
  return row;
}

/** One row of /interface/wireless/monitor. */
export function wirelessMonitorRow(radio: Radio, clients: readonly ClientState[]): Row {
  const { state, channel } = wirelessFacts(radio);
  return [
    ['status', state],
    ['channel', channel],
    ['wireless-protocol', '802.11'],
    ['noise-floor', NOISE_FLOOR_DBM],
    ['overall-tx-ccq', String(overallCcqPct(clients))],
    ['registered-clients', String(clients.length)],
    ['authenticated-clients', String(clients.length)],
  ];
}

/** One row of /interface/wifi/print. */
export function wifiRow(state: InterfaceState, radio: Radio): Row {
  const { spec } = state;
  const { mode, band, width } = wifiFacts(radio);
  const mac = macText(spec.mac ?? 0);
  return [
    ['.id', spec.id],
    ['name', spec.name],
    ['default-name', spec.defaultName ?? spec.name],
    ['mac-address', mac],
    ['arp', 'enabled'],
    ['radio-mac', mac],
    ['configuration.mode', mode],
    ['configuration.ssid', spec.ssid],
    ['configuration.country', 'Latvia'],
    ['security.authentication-types', 'wpa2-psk,wpa3-psk'],
    ['channel.band', band],
    ['channel.width', width],
    ['datapath.bridge', 'bridge'],
    ['master', 'true'],
    ['bound', 'true'],
    ['running', flagText(state.running)],
    ['inactive', 'false'],
    ['disabled', flagText(spec.disabled)],
  ];
}

/** One row of /interface/wifi/registration-table/print: rates are plain bit/s. */
export function wifiClientRow(client: ClientState, interfaceName: string, ssid: string): Row {
  return [
    ['.id', clientId(client)],
    ['interface', interfaceName],
    ['ssid', ssid],
    ['mac-address', macText(client.mac)],
    ['uptime', durationText(client.uptimeMs)],
    ['last-activity', fineDurationText(client.lastActivityMs)],
    ['signal', String(client.signalDbm)],
    ['auth-type', 'wpa2-psk'],
    ['band', wifiBand(client.band)],
    ['tx-rate', String(wifiRateBps(client.band, client.txRateStep))],
    ['rx-rate', String(wifiRateBps(client.band, client.rxRateStep))],
    ['packets', `${client.txPackets},${client.rxPackets}`],
    ['bytes', `${client.txBytes},${client.rxBytes}`],
    ['tx-bits-per-second', String(client.txBps)],
    ['rx-bits-per-second', String(client.rxBps)],
    ['authorized', 'true'],
  ];
}

/** One row of /interface/wifi/monitor. */
export function wifiMonitorRow(radio: Radio, clients: readonly ClientState[]): Row {
  const { state, channel } = wifiFacts(radio);
  return [
    ['state', state],
    ['channel', channel],
    ['registered-peers', String(clients.length)],
    ['authorized-peers', String(clients.length)],
    ['tx-power', wifiTxPowerDbm(radio)],
  ];
}

/** One row of /interface/wifi/radio/print. */
export function wifiRadioRow(state: InterfaceState, radio: Radio, number: number): Row {
  return [
    ['.id', `*${(number + 1).toString(16).toUpperCase()}`],
    ['radio-mac', macText(state.spec.mac ?? 0)],
    ['interface', state.spec.name],
    ['local', 'true'],
    ['hw-type', radio.chip],
    ['hw-caps', 'sniffer,qos-classifier'],
    [
      'bands',
      radio.band === 5 ? '5ghz-a:20mhz,5ghz-n:20mhz,5ghz-ac:20mhz,5ghz-ax:20mhz' : '2ghz-g:20mhz,2ghz-n:20mhz,2ghz-ax:20mhz',
    ],
    ['ciphers', 'tkip,ccmp,gcmp,ccmp-256,gcmp-256'],
    ['tx-chains', '0,1'],
    ['rx-chains', '0,1'],
    ['countries', 'all'],
  ];
}

/** One row of /caps-man/registration-table/print: the signal that is heard is `rx-signal` here. */
export function capsManClientRow(client: ClientState, interfaceName: string, ssid: string): Row {
  const row: Property[] = [
    ['.id', clientId(client)],
    ['interface', interfaceName],
    ['ssid', ssid],
    ['mac-address', macText(client.mac)],
  ];
  if (client.radioName !== '') row.push(['radio-name', client.radioName]);
  row.push(
    ['tx-rate', wirelessRate(client.band, client.txRateStep).text],
    ['rx-rate', wirelessRate(client.band, client.rxRateStep).text],
    ['tx-signal', '0'],
    ['rx-signal', String(client.signalDbm)],
    ['uptime', fineDurationText(client.uptimeMs - (client.uptimeMs % 10))],
    ['packets', `${client.txPackets},${client.rxPackets}`],
    ['bytes', `${client.txBytes},${client.rxBytes}`],
    ['tx-rate-set', 'CCK:1-11 OFDM:6-54 BW:1x SGI:1x HT:0-7'],
    ['eap-identity', ''],
    ['vlan-id', '0'],
    ['last-ip', client.lastIp],
  );
  return row;
}

/** One row of /caps-man/interface/print: the radios are elsewhere, and there is no monitor. */
export function capsManInterfaceRow(state: InterfaceState, radio: Radio, clients: readonly ClientState[]): Row {
  const { spec } = state;
  const facts = wirelessFacts(radio);
  return [
    ['.id', spec.id],
    ['name', spec.name],
    ['mac-address', macText(spec.mac ?? 0)],
    ['arp', 'enabled'],
    ['master-interface', 'none'],
    ['radio-mac', macText(spec.mac ?? 0)],
    ['configuration.ssid', spec.ssid],
    ['current-state', facts.state],
    ['current-channel', facts.channel],
    ['current-rate-set', 'OFDM:6-54 BW:1x-3x SGI:1x-3x HT:0-15 VHT:SS1=0-9,SS2=0-9'],
    ['current-basic-rate-set', 'OFDM:6'],
    ['current-registered-clients', String(clients.length)],
    ['current-authorized-clients', String(clients.length)],
    ['running', flagText(state.running)],
    ['bound', 'true'],
    ['inactive', 'false'],
    ['disabled', flagText(spec.disabled)],
  ];
}

function clientId(client: ClientState): string {
  return `*${((client.associationNumber & 0xffff) * 256 + (client.mac & 0xff)).toString(16).toUpperCase()}`;
}
