/** What routers must answer at a time, as text: from the closed form of the simulation, not from the code that writes replies. */
import { durationText, fineDurationText, macText } from '../../src/dialects/forms.ts';
import type { RadioStack } from '../../src/dialects/stack.ts';
import { encodeText } from '../../src/routers/code-page.ts';
import type { InterfaceState } from '../../src/traffic/interfaces.ts';
import type { ClientState } from '../../src/traffic/stations.ts';
import type { RouterModel } from '../../src/traffic/world.ts';

export type Properties = Readonly<Record<string, string>>;

/** How a client reads the bytes of a text. */
export type ReadText = (bytes: Buffer) => string;

/** The interfaces of a router with everything that they count. A comment is in the router's code page. */
export function interfacesOf(model: RouterModel, atMs: number, readText: ReadText): Properties[] {
  return model.interfaces.at(model.bootAt(atMs), atMs).map((state) => ({
    '.id': state.spec.id,
    name: state.spec.name,
    type: state.spec.type,
    running: String(state.running),
    disabled: String(state.spec.disabled),
    ...(state.spec.mac === undefined ? {} : { 'mac-address': macText(state.spec.mac) }),
    ...(state.spec.comment === '' ? {} : { comment: readText(encodeText(state.spec.comment, model.codePage)) }),
    ...(state.spec.type === 'loopback' ? {} : countersOf(state)),
  }));
}

function countersOf(state: InterfaceState): Properties {
  return {
    'rx-byte': String(state.rxBytes),
    'tx-byte': String(state.txBytes),
    'rx-packet': String(state.rxPackets),
    'tx-packet': String(state.txPackets),
    'link-downs': String(state.linkDowns),
  };
}

export function resourceOf(model: RouterModel, atMs: number): Properties {
  const { board, dialect } = model;
  const state = model.resources.at(model.bootAt(atMs), atMs);
  return {
    uptime: durationText(atMs - model.bootAt(atMs).atMs),
    version: dialect.version,
    'board-name': board.boardName,
    'architecture-name': board.architecture,
    'cpu-load': String(state.cpuLoadPct),
    'free-memory': String(state.memoryFreeBytes),
    'total-memory': String(board.memoryBytes),
    'write-sect-since-reboot': String(state.sectorsWrittenSinceBoot),
  };
}

/** The rows of a registration table, in the words of its stack. */
export function clientsOf(model: RouterModel, stack: RadioStack, atMs: number): Properties[] {
  return model.clientsAt(atMs).map((client) => ({
    interface: model.interfaces.specs.find(({ radio }) => radio === client.radio)?.name ?? '',
    'mac-address': macText(client.mac),
    bytes: `${client.txBytes},${client.rxBytes}`,
    packets: `${client.txPackets},${client.rxPackets}`,
    ...qualityOf(stack, client),
  }));
}

function qualityOf(stack: RadioStack, client: ClientState): Properties {
  const times = { uptime: durationText(client.uptimeMs), 'last-activity': fineDurationText(client.lastActivityMs) };
  switch (stack) {
    case 'wireless':
      return { ...times, 'signal-strength': `${client.signalDbm}@6Mbps`, 'tx-ccq': String(client.txCcqPct) };
    case 'wifi':
    case 'wifiwave2':
      return { ...times, signal: String(client.signalDbm) };
    case 'caps-man':
      return { 'rx-signal': String(client.signalDbm) };
  }
}

/** State of the first ports of a router, by name. */
export function portsOf(model: RouterModel, atMs: number): Properties[] {
  return model.interfaces
    .at(model.bootAt(atMs), atMs)
    .filter(({ spec }) => spec.type === 'ether')
    .slice(0, 3)
    .map(({ spec, running }) => ({ name: spec.name, status: running ? 'link-ok' : 'no-link' }));
}
