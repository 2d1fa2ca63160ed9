import { fastPath, reportedGroups } from '../../dialects/interface-rows.ts';
import { encodeText } from '../../routers/code-page.ts';
import type { InterfaceState } from '../../traffic/interfaces.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, type ExpectedValue, flagValue, type TableTruth } from './table-truth.ts';

export const INTERFACE_COUNTERS: TableTruth = {
  menus: [
    {
      path: '/interface',
      rows: (model, atMs) =>
        new Map(model.interfaces.at(model.bootAt(atMs), atMs).map((state) => [state.spec.name, interfaceValues(model, state)])),
    },
  ],
  object: 'interface',
  columns: [
    'type',
    'comment',
    'mac',
    'running',
    'disabled',
    'rx_bytes',
    'tx_bytes',
    'rx_packets',
    'tx_packets',
    'rx_drops',
    'tx_drops',
    'tx_queue_drops',
    'rx_errors',
    'tx_errors',
    'link_downs',
    'fp_rx_bytes',
    'fp_tx_bytes',
    'fp_rx_packets',
    'fp_tx_packets',
  ],
  countColumn: 'interface_rows',
};

function interfaceValues(model: RouterModel, state: InterfaceState): ExpectedRow {
  const { spec } = state;
  const reported = reportedGroups(model.dialect, spec);
  const fast = fastPath(state);
  const counter = (value: number): string | null => (reported.counters ? String(value) : null);
  const fault = (value: number): string | null => (reported.faults ? String(value) : null);
  return [
    spec.type,
    commentValue(model, spec.comment),
    spec.mac === undefined ? null : String(spec.mac),
    flagValue(state.running),
    flagValue(spec.disabled),
    counter(state.rxBytes),
    counter(state.txBytes),
    counter(state.rxPackets),
    counter(state.txPackets),
    fault(state.rxDrops),
    fault(state.txDrops),
    reported.queueDrops ? String(state.txQueueDrops) : null,
    fault(state.rxErrors),
    fault(state.txErrors),
    counter(state.linkDowns),
    counter(fast.rxBytes),
    counter(fast.txBytes),
    counter(fast.rxPackets),
    counter(fast.txPackets),
  ];
}

/** A text in a code page is not UTF-8: without a setting for it, an agent can only read it as latin1. */
function commentValue(model: RouterModel, comment: string): ExpectedValue {
  if (model.codePage !== 'windows-1251') return comment;
  return [comment, encodeText(comment, model.codePage).toString('latin1')];
}
