import type { Derivation } from '../derivation.ts';
import { routerState } from './router-state.ts';

/** Every derivation of events. Their names differ. */
export const DERIVATIONS: readonly Derivation[] = [routerState];
