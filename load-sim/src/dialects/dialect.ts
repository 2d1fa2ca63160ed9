/** What differs between RouterOS versions, as data. Sources of the facts are named in the fields' comments. */

/** `challenge`: MD5 only (before 6.43), `both`: 6.43 and 6.44, `plain`: from 6.45.1 on. */
export type LoginMode = 'challenge' | 'both' | 'plain';

export type DialectName = '6.42' | '6.44' | '6.49' | '7.18';

export interface Dialect {
  readonly name: DialectName;
  readonly major: 6 | 7;
  /** As /system/resource reports it, with the channel. */
  readonly version: string;
  /** As /system/package/update reports it. */
  readonly installedVersion: string;
  readonly channel: string;
  /** v6 builds write `Mar/02/2023 12:00:00`, builds from 7.14 on ISO dates. */
  readonly buildTime: string;
  readonly login: LoginMode;
  /** Text of the trap that answers a wrong password. */
  readonly loginRefused: string;
  /** From 7.18 on an empty result is announced with `!empty`. */
  readonly emptySentence: boolean;
  /** `oct/04/2017 20:11:03` before 7.10, `2024-10-10 14:03:32` from there on. */
  readonly dates: 'month-first' | 'iso';
  /** Menu of the radios: package wireless, or the wifi menu that is part of every 7.13 and later. */
  readonly radioMenu: 'wireless' | 'wifi';
  /** Recent v7 lists its loopback interface. */
  readonly loopback: boolean;
}

const v6 = {
  major: 6,
  emptySentence: false,
  dates: 'month-first',
  radioMenu: 'wireless',
  loopback: false,
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
  '7.18': {
    name: '7.18',
    major: 7,
    version: '7.18.2 (stable)',
    installedVersion: '7.18.2',
    channel: 'stable',
    buildTime: '2025-03-11 11:59:04',
    login: 'plain',
    loginRefused: 'invalid user name or password (6)',
    emptySentence: true,
    dates: 'iso',
    radioMenu: 'wifi',
    loopback: true,
  },
};

export const DIALECT_NAMES: readonly DialectName[] = ['6.42', '6.44', '6.49', '7.18'];

export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name];
}
