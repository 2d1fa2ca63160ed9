import { type Collector, type Menu, noteUnreadable } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseCounter } from './values/counter.ts';
import { parseFlag } from './values/flag.ts';
import { parseMac } from './values/mac.ts';

const PATH = '/interface';

/** Every interface's state and counters. The counters are in print itself: `=stats=` only changes the terminal's columns. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, [
    '.id',
    'name',
    'type',
    'comment',
    'mac-address',
    'running',
    'disabled',
    'rx-byte',
    'tx-byte',
    'rx-packet',
    'tx-packet',
    'rx-drop',
    'tx-drop',
    'tx-queue-drop',
    'rx-error',
    'tx-error',
    'link-downs',
    'fp-rx-byte',
    'fp-tx-byte',
    'fp-rx-packet',
    'fp-tx-packet',
  ]),
  parse(reply, gathering, context) {
    for (const row of reply) {
      const name = readText(row, 'name');
      if (name === '') {
        noteUnreadable(gathering, 'name');
        continue;
      }
      if (gathering.identities.has(name)) {
        gathering.collapsedRows++;
        continue;
      }
      gathering.identities.add(name);
      const mac = readValue(row, 'mac-address', parseMac, gathering);
      gathering.rows.interfaces.push({
        interface: name,
        type: readText(row, 'type'),
        comment: readText(row, 'comment'),
        mac,
        running: readValue(row, 'running', parseFlag, gathering),
        disabled: readValue(row, 'disabled', parseFlag, gathering),
        generation: context.generationOf(name, row.get('.id'), mac),
        rxBytes: readValue(row, 'rx-byte', parseCounter, gathering),
        txBytes: readValue(row, 'tx-byte', parseCounter, gathering),
        rxPackets: readValue(row, 'rx-packet', parseCounter, gathering),
        txPackets: readValue(row, 'tx-packet', parseCounter, gathering),
        rxDrops: readValue(row, 'rx-drop', parseCounter, gathering),
        txDrops: readValue(row, 'tx-drop', parseCounter, gathering),
        txQueueDrops: readValue(row, 'tx-queue-drop', parseCounter, gathering),
        rxErrors: readValue(row, 'rx-error', parseCounter, gathering),
        txErrors: readValue(row, 'tx-error', parseCounter, gathering),
        linkDowns: readValue(row, 'link-downs', parseCounter, gathering),
        fpRxBytes: readValue(row, 'fp-rx-byte', parseCounter, gathering),
        fpTxBytes: readValue(row, 'fp-tx-byte', parseCounter, gathering),
        fpRxPackets: readValue(row, 'fp-rx-packet', parseCounter, gathering),
        fpTxPackets: readValue(row, 'fp-tx-packet', parseCounter, gathering),
      });
    }
  },
};

export const interfaceCollector: Collector = { name: 'interface', optional: false, menus: [menu] };
