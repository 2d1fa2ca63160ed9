import type { Derivation } from '../derivation.ts';
import { agentStarted } from './agent-started.ts';
import { interfaceChanges } from './interface-changes.ts';
import { interfaceState } from './interface-state.ts';
import { routerBoards } from './router-boards.ts';
import { routerDevices } from './router-devices.ts';
import { routerState } from './router-state.ts';

/** Every derivation of events. Their names differ. */
export const DERIVATIONS: readonly Derivation[] = [
  routerState,
  interfaceState,
  interfaceChanges,
  routerDevices,
  routerBoards,
  agentStarted,
];
