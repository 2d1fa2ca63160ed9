/** The replies of /system/package, by version: v6 is a bundle of many, v7 is one and those that were added. */
import type { Board } from '../boards/board.ts';
import { derive, unit } from '../traffic/random.ts';
import type { Dialect } from './dialect.ts';
import { flagText, type Property, type Row } from './forms.ts';
import { hasWirelessPackage } from './stack.ts';

const BUNDLE = ['system', 'advanced-tools', 'dhcp', 'hotspot', 'ipv6', 'mpls', 'ppp', 'routing', 'security', 'wireless'];
const OFFERED = ['calea', 'container', 'dude', 'gps', 'ups', 'user-manager'];

/** A package of a router. What its version does not report is undefined. */
export interface PackageState {
  readonly name: string;
  readonly version: string | undefined;
  readonly disabled: boolean;
  readonly bundle: string | undefined;
  /** True for what could be installed. */
  readonly available: boolean | undefined;
}

/** What is installed, and on recent versions what could be. */
export function packagesOf(dialect: Dialect, board: Board): PackageState[] {
  const installed = { version: dialect.installedVersion, disabled: false, bundle: undefined };
  if (dialect.major === 6) {
    const bundle = `routeros-${board.architecture}`;
    const parts = BUNDLE.map((name) => ({
      ...installed,
      name,
      disabled: name === 'wireless' && !hasWirelessPackage(dialect, board),
      bundle,
      available: undefined,
    }));
    return [{ ...installed, name: bundle, available: undefined }, ...parts];
  }
  const available = dialect.packagesAvailable ? false : undefined;
  const present = ['routeros', ...radioPackages(dialect, board)].map((name) => ({ ...installed, name, available }));
  if (!dialect.packagesAvailable) return present;
  return [...present, ...OFFERED.map((name) => ({ ...installed, name, version: undefined, available: true }))];
}

/** /system/package/print: a row per package. */
export function packageRows(dialect: Dialect, board: Board): Row[] {
  return packagesOf(dialect, board).map(({ name, version, disabled, bundle, available }, index) => {
    const row: Property[] = [
      ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
      ['name', name],
    ];
    if (version !== undefined) row.push(['version', version], ['build-time', dialect.buildTime]);
    row.push(['scheduled', ''], ['disabled', flagText(disabled)]);
    if (bundle !== undefined) row.push(['bundle', bundle]);
    if (available !== undefined) row.push(['available', flagText(available)], ['size', String(11_534_336 + 8192 * name.length)]);
    return row;
  });
}

function radioPackages(dialect: Dialect, board: Board): string[] {
  const newer = board.radioDriver === 'wifi-qcom' || board.radioDriver === 'wifi-qcom-ac';
  if (newer) return dialect.wifiMenu === 'wifiwave2' ? ['wifiwave2'] : [board.radioDriver];
  return dialect.wifiMenu === 'wifi' && hasWirelessPackage(dialect, board) ? ['wireless'] : [];
}

/** What a router found when somebody last checked for updates; undefined where nobody did. */
export function packageUpdateOf(dialect: Dialect, key: number): { latestVersion: string; status: string } | undefined {
  const choice = unit(derive(key, 'updates'));
  if (choice < 0.4) return undefined;
  const latestVersion = choice < 0.7 ? dialect.installedVersion : dialect.major === 6 ? '6.49.19' : '7.21.1';
  const status = latestVersion === dialect.installedVersion ? 'System is already up to date' : 'New version is available';
  return { latestVersion, status };
}

/** The one row of /system/package/update/print. */
export function packageUpdateRow(dialect: Dialect, key: number): Row {
  const row: Property[] = [
    ['channel', dialect.channel],
    ['installed-version', dialect.installedVersion],
  ];
  const found = packageUpdateOf(dialect, key);
  if (found !== undefined) row.push(['latest-version', found.latestVersion], ['status', found.status]);
  return row;
}
