import { DEFAULT_THRESHOLDS, type LinkThresholds } from '../../links/thresholds.ts';
import type { Derivation } from '../derivation.ts';
import { agentStarted } from './agent-started.ts';
import { interfaceChanges } from './interface-changes.ts';
import { interfaceState } from './interface-state.ts';
import { links } from './links.ts';
import { radioClients } from './radio-clients.ts';
import { routerBoards } from './router-boards.ts';
import { routerDevices } from './router-devices.ts';
import { routerState } from './router-state.ts';

/** Every derivation of events, with the limits of a configuration. Their names differ. */
export function allDerivations(thresholds: LinkThresholds): readonly Derivation[] {
  return [
    routerState,
    interfaceState,
    interfaceChanges,
    routerDevices,
    routerBoards,
    agentStarted,
    links(thresholds),
    radioClients(thresholds),
  ];
}

/** With the limits that hold unless a configuration has others. */
export const DERIVATIONS = allDerivations(DEFAULT_THRESHOLDS);
