/** Lookups of a router's interfaces for its menus. */
import type { Radio } from '../../boards/board.ts';
import type { InterfaceSpec } from '../../boards/layout.ts';
import type { InterfaceState } from '../../traffic/interfaces.ts';
import { derive } from '../../traffic/random.ts';
import type { ClientState } from '../../traffic/stations.ts';
import type { RouterModel } from '../../traffic/world.ts';

export function interfacesAt(model: RouterModel, atMs: number): InterfaceState[] {
  return model.interfaces.at(model.bootAt(atMs), atMs);
}

export function ofType(model: RouterModel, atMs: number, type: InterfaceSpec['type']): InterfaceState[] {
  return interfacesAt(model, atMs).filter(({ spec }) => spec.type === type);
}

/** An interface by its name or id: RouterOS takes both. */
export function named(states: readonly InterfaceState[], item: string): InterfaceState | undefined {
  return states.find(({ spec }) => spec.name === item || spec.id === item);
}

/** What all choices about one interface follow from. */
export function interfaceKey(model: RouterModel, spec: InterfaceSpec): number {
  return derive(derive(model.key, 'port'), spec.name);
}

export interface RadioState {
  readonly state: InterfaceState;
  readonly radio: Radio;
}

export function radiosAt(model: RouterModel, atMs: number): RadioState[] {
  return interfacesAt(model, atMs).flatMap((state) => {
    const radio = state.spec.radio === undefined ? undefined : model.board.radios[state.spec.radio];
    return radio === undefined ? [] : [{ state, radio }];
  });
}

export function clientsOf(model: RouterModel, state: InterfaceState, atMs: number): ClientState[] {
  return model.clientsAt(atMs).filter((client) => client.radio === state.spec.radio);
}

/** The interface of a radio, by its position on the board. */
export function radioSpec(model: RouterModel, radio: number): InterfaceSpec {
  const spec = model.interfaces.specs.find((one) => one.radio === radio);
  if (spec === undefined) throw new Error(`BUG: ${model.plan.router} has no radio ${radio}`);
  return spec;
}
