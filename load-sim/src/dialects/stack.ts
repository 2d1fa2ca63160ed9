/** Which radio menus a router has: decided by its version, its radios and the package that drives them. */
import type { Board } from '../boards/board.ts';
import type { Dialect } from './dialect.ts';

/** A registration table of clients, by the name that is stored with its rows. */
export type RadioStack = 'wireless' | 'wifiwave2' | 'wifi' | 'caps-man';

/** The stack that this router's radios work with; undefined without radios. */
export function radioStackOf(dialect: Dialect, board: Board): RadioStack | undefined {
  switch (board.radioDriver) {
    case 'none':
      return undefined;
    case 'caps-man':
      return 'caps-man';
    case 'wireless':
      return 'wireless';
    case 'wifi-qcom-ac':
    case 'wifi-qcom':
      return dialect.wifiMenu === 'none' ? 'wireless' : dialect.wifiMenu;
  }
}

/** True when the router answers this menu of radios, with clients or without. */
export function hasRadioMenu(dialect: Dialect, board: Board, stack: RadioStack): boolean {
  switch (stack) {
    case 'wifi':
      return dialect.wifiMenu === 'wifi';
    case 'wifiwave2':
      return radioStackOf(dialect, board) === 'wifiwave2';
    case 'wireless':
    case 'caps-man':
      return hasWirelessPackage(dialect, board);
  }
}

/**
 * Up to 7.12 the package is part of RouterOS, unless it is disabled or wifiwave2 stands in its place; from 7.13 on it is one
 * of its own, installed where radios or a CAPsMAN need it.
 */
export function hasWirelessPackage(dialect: Dialect, board: Board): boolean {
  const stack = radioStackOf(dialect, board);
  if (stack === 'wireless' || stack === 'caps-man') return true;
  if (dialect.wifiMenu === 'wifi' || stack === 'wifiwave2') return false;
  return board.wirelessPackage;
}
