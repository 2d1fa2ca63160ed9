/** Interfaces of a router whose faults show in what they are and count. */
import type { InterfaceSpec } from '../boards/layout.ts';
import type { InterfaceSet, InterfaceState } from '../traffic/interfaces.ts';
import type { FaultTrack } from './plan.ts';

const WRAP = 2 ** 32;

/** The same interfaces, as the router with these faults tells of them. */
export function strangeInterfaces(interfaces: InterfaceSet, faults: FaultTrack): InterfaceSet {
  const twin = twinOf(interfaces.specs);
  return {
    specs: interfaces.specs,
    rate: (position, boot, atMs) => interfaces.rate(position, boot, atMs),
    at(boot, atMs) {
      const states = interfaces.at(boot, atMs);
      const kind = faults.at(atMs)?.kind;
      if (kind === 'counters_32bit') return states.map(wrapped);
      if (kind === 'duplicate_macs')
        return states.map((state) => (state.spec.id === twin?.id ? { ...state, spec: twin } : state));
      return states;
    },
  };
}

/** The second port, or whatever else has an address of its own, with the address of the first. */
function twinOf([first, ...others]: readonly InterfaceSpec[]): InterfaceSpec | undefined {
  const second = others.find(({ mac }) => mac !== undefined && mac !== first?.mac);
  return first?.mac === undefined || second === undefined ? undefined : { ...second, mac: first.mac };
}

function wrapped(state: InterfaceState): InterfaceState {
  return {
    ...state,
    rxBytes: state.rxBytes % WRAP,
    txBytes: state.txBytes % WRAP,
    rxPackets: state.rxPackets % WRAP,
    txPackets: state.txPackets % WRAP,
    rxDrops: state.rxDrops % WRAP,
    txDrops: state.txDrops % WRAP,
    txQueueDrops: state.txQueueDrops % WRAP,
    rxErrors: state.rxErrors % WRAP,
    txErrors: state.txErrors % WRAP,
  };
}
