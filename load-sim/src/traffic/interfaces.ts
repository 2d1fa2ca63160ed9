/** Counters of a router's interfaces at any time, since its boot. */
import type { InterfaceSpec } from '../boards/layout.ts';
import type { Boot } from './boots.ts';
import { baseVolume, burstVolume, createFlow, type Flow, flowRate } from './flow.ts';
import { createOutageSchedule } from './outages.ts';
import { derive, wholeBetween } from './random.ts';

/** One interface at one time. Counters are exact integers below 2^53. */
export interface InterfaceState {
  readonly spec: InterfaceSpec;
  readonly running: boolean;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxDrops: number;
  readonly txDrops: number;
  readonly txQueueDrops: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly linkDowns: number;
  /** Unix milliseconds; undefined when the link never came up or went down since the boot. */
  readonly lastUpMs: number | undefined;
  readonly lastDownMs: number | undefined;
}

export interface InterfaceSet {
  readonly specs: readonly InterfaceSpec[];
  /** All interfaces at one time of one run, in the order of `specs`. */
  at(boot: Boot, atMs: number): InterfaceState[];
  /** Bytes per millisecond of one interface with traffic of its own: both directions, 0 while it is down. */
  rate(position: number, boot: Boot, atMs: number): { readonly rxPerMs: number; readonly txPerMs: number };
}

/** Unrounded volumes of one direction and link, apart by packet size: steady traffic has small packets, bursts large ones. */
interface Carried {
  rxBase: number;
  rxBurst: number;
  txBase: number;
  txBurst: number;
}

interface LinkState extends Carried {
  running: boolean;
  linkDowns: number;
  lastUpMs: number | undefined;
  lastDownMs: number | undefined;
}

interface Link {
  at(boot: Boot, atMs: number): LinkState;
  readonly rx: Flow;
  readonly tx: Flow;
}

const BURST_PACKET_BYTES = 1_400;

export function createInterfaceSet(specs: readonly InterfaceSpec[], key: number): InterfaceSet {
  const links = specs.map(({ name, traffic }) =>
    traffic.kind === 'own' ? createLink(derive(key, name), traffic.rxPeakPerMs, traffic.txPeakPerMs, traffic.flaps) : undefined,
  );
  const smallPackets = specs.map(({ name }) => wholeBetween(derive(derive(key, name), 'packet size'), 180, 620));

  return {
    specs,
    at(boot, atMs) {
      const states = links.map((link) => link?.at(boot, atMs));
      return specs.map((spec, position) => {
        const { traffic } = spec;
        if (traffic.kind === 'own') return counted(spec, smallPackets[position] ?? 1, states[position] ?? quiet(spec, boot));
        if (traffic.kind === 'none') return counted(spec, 1, quiet(spec, boot));
        const carrier = states[traffic.of];
        if (carrier === undefined) throw new Error(`BUG: ${spec.name} shares the traffic of an interface without any`);
        return counted(spec, smallPackets[position] ?? 1, shared(carrier, traffic.fraction, traffic.swapped));
      });
    },
    rate(position, boot, atMs) {
      const link = links[position];
      if (link === undefined || !link.at(boot, atMs).running) return { rxPerMs: 0, txPerMs: 0 };
      return { rxPerMs: flowRate(link.rx, atMs), txPerMs: flowRate(link.tx, atMs) };
    },
  };
}

function createLink(key: number, rxPeakPerMs: number, txPeakPerMs: number, flaps: boolean): Link {
  const rx = createFlow(derive(key, 'rx'), rxPeakPerMs);
  const tx = createFlow(derive(key, 'tx'), txPeakPerMs);
  const outages = flaps ? createOutageSchedule(key) : undefined;
  const upAfterBootMs = wholeBetween(derive(key, 'link up'), 1_000, 9_000);
  // Sums over the outages since the boot are kept while time moves on; going back starts over and gives the same numbers.
  let past = startOf({ number: Number.NaN, atMs: 0 });

  function startOf(boot: Boot) {
    return {
      bootNumber: boot.number,
      upSinceMs: boot.atMs,
      nextOutage: outages?.periodOf(boot.atMs) ?? 0,
      carried: { rxBase: 0, rxBurst: 0, txBase: 0, txBurst: 0 } satisfies Carried,
      linkDowns: 0,
      lastUpMs: boot.atMs + upAfterBootMs,
      lastDownMs: undefined as number | undefined,
    };
  }

  function state(running: boolean, untilMs: number): LinkState {
    const { carried, upSinceMs, linkDowns, lastUpMs, lastDownMs } = past;
    return {
      running,
      linkDowns,
      lastUpMs,
      lastDownMs,
      rxBase: carried.rxBase + baseVolume(rx, upSinceMs, untilMs),
      rxBurst: carried.rxBurst + burstVolume(rx, upSinceMs, untilMs),
      txBase: carried.txBase + baseVolume(tx, upSinceMs, untilMs),
      txBurst: carried.txBurst + burstVolume(tx, upSinceMs, untilMs),
    };
  }

  return {
    rx,
    tx,
    at(boot, atMs) {
      if (past.bootNumber !== boot.number || atMs < past.upSinceMs) past = startOf(boot);
      if (outages === undefined) return state(true, atMs);
      for (;;) {
        const { startMs, endMs } = outages.outage(past.nextOutage);
        if (startMs > atMs) return state(true, atMs);
        if (startMs >= boot.atMs) {
          const down = state(false, startMs);
          if (atMs < endMs) return { ...down, linkDowns: down.linkDowns + 1, lastDownMs: startMs };
          past = {
            ...past,
            carried: { rxBase: down.rxBase, rxBurst: down.rxBurst, txBase: down.txBase, txBurst: down.txBurst },
            upSinceMs: endMs,
            linkDowns: past.linkDowns + 1,
            lastUpMs: endMs,
            lastDownMs: startMs,
          };
        }
        past.nextOutage++;
      }
    },
  };
}

/** An interface that carries nothing: without cable or disabled it is down, the loopback is up. */
function quiet(spec: InterfaceSpec, boot: Boot): LinkState {
  const running = spec.connected && !spec.disabled;
  const lastUpMs = running ? boot.atMs : undefined;
  return { running, linkDowns: 0, lastUpMs, lastDownMs: undefined, rxBase: 0, rxBurst: 0, txBase: 0, txBurst: 0 };
}

function shared(carrier: LinkState, fraction: number, swapped: boolean): LinkState {
  const rx = { rxBase: carrier.rxBase * fraction, rxBurst: carrier.rxBurst * fraction };
  const tx = { txBase: carrier.txBase * fraction, txBurst: carrier.txBurst * fraction };
  if (!swapped) return { ...carrier, ...rx, ...tx };
  return { ...carrier, rxBase: tx.txBase, rxBurst: tx.txBurst, txBase: rx.rxBase, txBurst: rx.rxBurst };
}

function counted(spec: InterfaceSpec, smallPacketBytes: number, link: LinkState): InterfaceState {
  const rxPackets = Math.floor(link.rxBase / smallPacketBytes + link.rxBurst / BURST_PACKET_BYTES);
  const txPackets = Math.floor(link.txBase / smallPacketBytes + link.txBurst / BURST_PACKET_BYTES);
  return {
    spec,
    running: link.running,
    rxBytes: Math.floor(link.rxBase + link.rxBurst),
    txBytes: Math.floor(link.txBase + link.txBurst),
    rxPackets,
    txPackets,
    rxDrops: Math.floor(rxPackets * spec.errorRatio * 0.2),
    txDrops: 0,
    txQueueDrops: Math.floor(txPackets * spec.queueDropRatio),
    rxErrors: Math.floor(rxPackets * spec.errorRatio),
    txErrors: 0,
    linkDowns: link.linkDowns,
    lastUpMs: link.lastUpMs,
    lastDownMs: link.lastDownMs,
  };
}
