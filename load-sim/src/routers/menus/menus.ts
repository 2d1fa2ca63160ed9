/** The menus of a simulated router: which commands exist on it and the rows that they answer at a time. */
import type { RouterModel } from '../../traffic/world.ts';
import { LINK_MENUS } from './links.ts';
import type { Menu } from './menu.ts';
import { NETWORK_MENUS } from './network.ts';
import { RADIO_MENUS } from './radio.ts';
import { SYSTEM_MENUS } from './system.ts';

/** Menus by path, without the command at the end. */
const MENUS: ReadonlyMap<string, Menu> = new Map([...SYSTEM_MENUS, ...LINK_MENUS, ...RADIO_MENUS, ...NETWORK_MENUS]);

/** Paths of all menus that some router has. */
export const MENU_PATHS: readonly string[] = [...MENUS.keys()];

/** The menu at a path if this router has it. */
export function menuOf(model: RouterModel, path: string): Menu | undefined {
  const menu = MENUS.get(path);
  return menu?.exists(model) === true ? menu : undefined;
}

/** The first part of a path that leads nowhere on this router, as its error message names it. */
export function firstUnknownPart(model: RouterModel, path: string): string {
  const parts = path.split('/').slice(1);
  const known = [...MENUS].filter(([, menu]) => menu.exists(model)).map(([one]) => `${one}/`);
  const wrong = parts.findIndex((_, index) => !known.some((one) => one.startsWith(`/${parts.slice(0, index + 1).join('/')}/`)));
  return parts[wrong] ?? parts.at(-1) ?? '';
}
