/** What differs between RouterOS versions, as data. Sources of the facts are named in the fields' comments. */

/** `challenge`: MD5 only (before 6.43), `both`: 6.43 and 6.44, `plain`: from 6.45.1 on. */
export type LoginMode = 'challenge' | 'both' | 'plain';

/** Each name is the first of the versions that behave alike, up to the next name. */
export type DialectName = '6.42' | '6.44' | '6.49' | '7.9' | '7.12' | '7.13' | '7.18' | '7.20';

export interface Dialect {
  readonly name: DialectName;
  readonly major: 6 | 7;
  /** As /system/resource reports it, with the channel. */
  readonly version: string;
  /** As /system/package/update reports it. */
  readonly installedVersion: string;
  readonly channel: string;
  /** `Mar/02/2023 12:00:00` still in 7.12.2, where other dates are ISO already; ISO by 7.14.1. */
  readonly buildTime: string;
  readonly login: LoginMode;
  /** Text of the trap that answers a wrong password. */
  readonly loginRefused: string;
  /** From 7.18 on an empty result is announced with `!empty`. */
  readonly emptySentence: boolean;
  /** `oct/04/2017 20:11:03` before 7.10, `2024-10-10 14:03:32` from there on. */
  readonly dates: 'month-first' | 'iso';
  /**
   * The menu of the 802.11ax driver: none in v6; a package wifiwave2 until 7.12, which takes the place of the wireless
   * package; from 7.13 on the wifi menu, which every router has, also without radios.
   */
  readonly wifiMenu: 'none' | 'wifiwave2' | 'wifi';
  /** `1000M-full` in v6 and early v7, `1G-baseT-full` later. */
  readonly linkModes: 'short' | 'base';
  /** Recent v7 writes the attributes of a QSFP28 module without `sfp-` (seen on 7.24; the first version is not established). */
  readonly bareQsfp: boolean;
  /** Recent v7 lists its loopback interface (seen on 7.19; the first version is not established). */
  readonly loopback: boolean;
  /** /interface names the VRF (not established from which v7 on) and whether an interface is inactive. */
  readonly vrf: boolean;
  /** The package menu also lists packages that could be installed. */
  readonly packagesAvailable: boolean;
  /** BGP sessions name their instance from 7.20 on. */
  readonly bgpInstance: boolean;
}

const v6 = {
  major: 6,
  emptySentence: false,
  dates: 'month-first',
  wifiMenu: 'none',
  linkModes: 'short',
  bareQsfp: false,
  loopback: false,
  vrf: false,
  packagesAvailable: false,
  bgpInstance: false,
} as const;
const v7 = {
  major: 7,
  channel: 'stable',
  login: 'plain',
  loginRefused: 'invalid user name or password (6)',
  linkModes: 'base',
  bareQsfp: false,
  vrf: false,
  bgpInstance: false,
} as const;

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  '6.42': {
    ...v6,
    name: '6.42',
    version: '6.42.12 (long-term)',
    installedVersion: '6.42.12',
    channel: 'long-term',
    buildTime: 'Feb/12/2019 08:19:16',
    login: 'challenge',
    loginRefused: 'cannot log in',
  },
  '6.44': {
    ...v6,
    name: '6.44',
    version: '6.44.5 (long-term)',
    installedVersion: '6.44.5',
    channel: 'long-term',
    buildTime: 'Jul/04/2019 10:32:21',
    login: 'both',
    loginRefused: 'invalid user name or password (6)',
  },
  '6.49': {
    ...v6,
    name: '6.49',
    version: '6.49.18 (long-term)',
    installedVersion: '6.49.18',
    channel: 'long-term',
    buildTime: 'Feb/27/2025 15:47:09',
    login: 'plain',
    loginRefused: 'invalid user name or password (6)',
  },
  '7.9': {
    ...v7,
    name: '7.9',
    version: '7.9.2 (stable)',
    installedVersion: '7.9.2',
    buildTime: 'May/30/2023 10:50:53',
    emptySentence: false,
    dates: 'month-first',
    wifiMenu: 'wifiwave2',
    linkModes: 'short',
    loopback: false,
    packagesAvailable: false,
  },
  '7.12': {
    ...v7,
    name: '7.12',
    version: '7.12.2 (stable)',
    installedVersion: '7.12.2',
    buildTime: 'Dec/20/2023 08:41:00',
    emptySentence: false,
    dates: 'iso',
    wifiMenu: 'wifiwave2',
    loopback: false,
    packagesAvailable: false,
  },
  '7.13': {
    ...v7,
    name: '7.13',
    version: '7.16.2 (stable)',
    installedVersion: '7.16.2',
    buildTime: '2024-11-26 12:09:40',
    emptySentence: false,
    dates: 'iso',
    wifiMenu: 'wifi',
    loopback: true,
    packagesAvailable: false,
  },
  '7.18': {
    ...v7,
    name: '7.18',
    version: '7.18.2 (stable)',
    installedVersion: '7.18.2',
    buildTime: '2025-03-11 11:59:04',
    emptySentence: true,
    dates: 'iso',
    wifiMenu: 'wifi',
    loopback: true,
    packagesAvailable: true,
  },
  '7.20': {
    ...v7,
    name: '7.20',
    version: '7.20.4 (stable)',
    installedVersion: '7.20.4',
    buildTime: '2025-11-05 09:14:21',
    emptySentence: true,
    dates: 'iso',
    wifiMenu: 'wifi',
    bareQsfp: true,
    loopback: true,
    vrf: true,
    packagesAvailable: true,
    bgpInstance: true,
  },
};

export const DIALECT_NAMES: readonly DialectName[] = ['6.42', '6.44', '6.49', '7.9', '7.12', '7.13', '7.18', '7.20'];

export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name];
}
