import type { ReplyRow } from '../poller/router-client.ts';
import type { Collector, Gathering, Menu } from './collector.ts';
import { readable, readText, readValue } from './field-reader.ts';
import { namedRows } from './named-rows.ts';
import { printCommand } from './print-command.ts';
import { parseCounter, parsePair } from './values/counter.ts';
import { parseFlag } from './values/flag.ts';
import type { Parsed } from './values/parsed.ts';
import { parseLimitBps } from './values/rate.ts';

const PATH = '/queue/simple';
/** More would be a queue per customer of a whole region: their counters are better read from its traffic. */
const ROWS_MAX = 2000;

/** Simple queues with their counters. Pairs are `upload/download`: from the target, to the target. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, [
    'name',
    'target',
    'parent',
    'disabled',
    'dynamic',
    'invalid',
    'bytes',
    'packets',
    'dropped',
    'queued-bytes',
    'max-limit',
  ]),
  rowsMax: ROWS_MAX,
  parse(reply, gathering) {
    for (const [queue, row] of namedRows(reply, 'name', gathering)) {
      const [uploadBytes, downloadBytes] = readPair(row, 'bytes', parseCounter, gathering);
      const [uploadPackets, downloadPackets] = readPair(row, 'packets', parseCounter, gathering);
      const [uploadDrops, downloadDrops] = readPair(row, 'dropped', parseCounter, gathering);
      const [uploadQueuedBytes, downloadQueuedBytes] = readPair(row, 'queued-bytes', parseCounter, gathering);
      const [uploadLimitBps, downloadLimitBps] = readPair(row, 'max-limit', parseLimitBps, gathering);
      gathering.rows.queues.push({
        queue,
        target: readText(row, 'target'),
        parent: readText(row, 'parent'),
        disabled: readValue(row, 'disabled', parseFlag, gathering),
        dynamic: readValue(row, 'dynamic', parseFlag, gathering),
        invalid: readValue(row, 'invalid', parseFlag, gathering),
        uploadBytes,
        downloadBytes,
        uploadPackets,
        downloadPackets,
        uploadDrops,
        downloadDrops,
        uploadQueuedBytes,
        downloadQueuedBytes,
        uploadLimitBps,
        downloadLimitBps,
      });
    }
  },
};

const NO_PAIR = [undefined, undefined] as const;

function readPair(
  row: ReplyRow,
  name: string,
  parse: (half: string) => Parsed,
  gathering: Gathering,
): readonly [upload: Parsed, download: Parsed] {
  const text = row.get(name);
  if (text === undefined || text === '') return NO_PAIR;
  const [upload, download] = parsePair(text, '/', parse);
  return [readable(upload, name, gathering), readable(download, name, gathering)];
}

export const queuesCollector: Collector = { name: 'queues', optional: true, menus: [menu] };
