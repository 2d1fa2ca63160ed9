/** What radios are set to and do, as each stack writes it: package `wireless`, and the `wifi` menu. */
import type { Radio } from '../boards/board.ts';
import type { ClientState } from '../traffic/stations.ts';
import { macText } from './forms.ts';

/** A modulation rate as each stack writes it. */
export interface ModulationRate {
  readonly bps: number;
  /** Form of the wireless package. */
  readonly text: string;
}

/** From the fastest to the slowest, RATE_STEPS each. 802.11ac and n for `wireless`, ax for `wifi`. */
const WIRELESS_RATES: Readonly<Record<2 | 5, readonly ModulationRate[]>> = {
  5: [
    { bps: 866_600_000, text: '866.6Mbps-80MHz/2S/SGI' },
    { bps: 780_000_000, text: '780Mbps-80MHz/2S' },
    { bps: 585_000_000, text: '585Mbps-80MHz/2S' },
    { bps: 351_000_000, text: '351Mbps-80MHz/2S' },
    { bps: 117_000_000, text: '117Mbps-80MHz/2S' },
    { bps: 48_000_000, text: '48Mbps' },
  ],
  2: [
    { bps: 144_400_000, text: '144.4Mbps-20MHz/2S/SGI' },
    { bps: 130_000_000, text: '130Mbps-20MHz/2S' },
    { bps: 104_000_000, text: '104Mbps-20MHz/2S' },
    { bps: 65_000_000, text: '65Mbps-20MHz/1S' },
    { bps: 36_000_000, text: '36Mbps' },
    { bps: 19_500_000, text: '19.5Mbps-20MHz/1S' },
  ],
};
const WIFI_RATES_BPS: Readonly<Record<2 | 5, readonly number[]>> = {
  5: [1_201_000_000, 960_700_000, 720_600_000, 432_400_000, 144_100_000, 72_100_000],
  2: [286_800_000, 229_400_000, 172_100_000, 114_700_000, 68_800_000, 28_900_000],
};

/** The rate of a step of the wireless package. */
export function wirelessRate(band: 2 | 5, step: number): ModulationRate {
  const rate = WIRELESS_RATES[band][step];
  if (rate === undefined) throw new Error(`BUG: no rate for step ${step}`);
  return rate;
}

/** The rate of a step of the wifi menu, bit/s. */
export function wifiRateBps(band: 2 | 5, step: number): number {
  const rate = WIFI_RATES_BPS[band][step];
  if (rate === undefined) throw new Error(`BUG: no rate for step ${step}`);
  return rate;
}

/** `band` of a radio in /interface/wireless/print. */
export function wirelessBand(band: 2 | 5): string {
  return band === 5 ? '5ghz-a/n/ac' : '2ghz-b/g/n';
}

/** `band` of a client in /interface/wifi/registration-table/print. */
export function wifiBand(band: 2 | 5): string {
  return band === 5 ? '5ghz-ax' : '2ghz-ax';
}

/** What an access point's radio is set to and does, as its stack writes it. */
export interface RadioFacts {
  readonly mode: string;
  readonly band: string;
  readonly width: string;
  readonly state: string;
  readonly channel: string;
}

/** A radio of the wireless package. */
export function wirelessFacts({ band }: Radio): RadioFacts {
  return {
    mode: 'ap-bridge',
    band: wirelessBand(band),
    width: band === 5 ? '20/40/80mhz-XXXX' : '20/40mhz-XX',
    state: 'running-ap',
    channel: band === 5 ? '5180/20-Ceee/ac/P(17dBm)' : '2412/20-Ce/gn(20dBm)',
  };
}

/** A radio of the wifi menu. */
export function wifiFacts({ band }: Radio): RadioFacts {
  return {
    mode: 'ap',
    band: wifiBand(band),
    width: band === 5 ? '20/40/80mhz' : '20mhz',
    state: 'running',
    channel: band === 5 ? '5500/ax/Ceee/D' : '2437/ax',
  };
}

/** Transmit power of a radio of the wifi menu, dBm. */
export function wifiTxPowerDbm({ band }: Radio): string {
  return band === 5 ? '24' : '20';
}

/** Mean connection quality of a radio's clients, percent. */
export function overallCcqPct(clients: readonly ClientState[]): number {
  return clients.length === 0 ? 0 : Math.round(clients.reduce((sum, client) => sum + client.txCcqPct, 0) / clients.length);
}

export const NOISE_FLOOR_DBM = '-104';

/** `radio-name` of an interface that nobody has named. */
export function radioName(mac: number): string {
  return macText(mac).replaceAll(':', '');
}
