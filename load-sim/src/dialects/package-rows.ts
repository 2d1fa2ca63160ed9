/** The replies of /system/package, by version: v6 is a bundle of many, v7 is one and those that were added. */
import type { Board } from '../boards/board.ts';
import { derive, unit } from '../traffic/random.ts';
import type { Dialect } from './dialect.ts';
import { flagText, type Property, type Row } from './forms.ts';
import { hasWirelessPackage } from './stack.ts';

const BUNDLE = ['system', 'advanced-tools', 'dhcp', 'hotspot', 'ipv6', 'mpls', 'ppp', 'routing', 'security', 'wireless'];
const OFFERED = ['calea', 'container', 'dude', 'gps', 'ups', 'user-manager'];

/** /system/package/print: what is installed, and on recent versions what could be. */
export function packageRows(dialect: Dialect, board: Board): Row[] {
  const row = (name: string, index: number, disabled: boolean): Property[] => [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['name', name],
    ['version', dialect.installedVersion],
    ['build-time', dialect.buildTime],
    ['scheduled', ''],
    ['disabled', flagText(disabled)],
  ];
  if (dialect.major === 6) {
    const names = [`routeros-${board.architecture}`, ...BUNDLE];
    return names.map((name, index) => [
      ...row(name, index, name === 'wireless' && !hasWirelessPackage(dialect, board)),
      ...(index === 0 ? [] : [['bundle', names[0] ?? ''] as const]),
    ]);
  }
  const installed = ['routeros', ...radioPackages(dialect, board)];
  if (!dialect.packagesAvailable) return installed.map((name, index) => row(name, index, false));
  return [...installed, ...OFFERED].map((name, index) => {
    const available = index >= installed.length;
    const known = available
      ? row(name, index, false).filter(([key]) => key !== 'version' && key !== 'build-time')
      : row(name, index, false);
    return [...known, ['available', flagText(available)], ['size', String(11_534_336 + 8192 * name.length)]];
  });
}

function radioPackages(dialect: Dialect, board: Board): string[] {
  const newer = board.radioDriver === 'wifi-qcom' || board.radioDriver === 'wifi-qcom-ac';
  if (newer) return dialect.wifiMenu === 'wifiwave2' ? ['wifiwave2'] : [board.radioDriver];
  return dialect.wifiMenu === 'wifi' && hasWirelessPackage(dialect, board) ? ['wireless'] : [];
}

/** The one row of /system/package/update/print. What is the latest is known only where somebody checked for updates. */
export function packageUpdateRow(dialect: Dialect, key: number): Row {
  const row: Property[] = [
    ['channel', dialect.channel],
    ['installed-version', dialect.installedVersion],
  ];
  const choice = unit(derive(key, 'updates'));
  if (choice < 0.4) return row;
  const newest = choice < 0.7 ? dialect.installedVersion : dialect.major === 6 ? '6.49.19' : '7.21.1';
  row.push(
    ['latest-version', newest],
    ['status', newest === dialect.installedVersion ? 'System is already up to date' : 'New version is available'],
  );
  return row;
}
