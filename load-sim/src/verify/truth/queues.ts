import { type QueueState, queueAt, type UploadDownload } from '../../dialects/customer-rows.ts';
import { sizeOf } from '../../routers/menus/network.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, flagValue, type TableTruth } from './table-truth.ts';

export const QUEUES: TableTruth = {
  menus: [{ path: '/queue/simple', rows: queueRows }],
  object: 'queue',
  columns: [
    'target',
    'parent',
    'disabled',
    'dynamic',
    'invalid',
    'upload_bytes',
    'download_bytes',
    'upload_packets',
    'download_packets',
    'upload_drops',
    'download_drops',
    'upload_queued_bytes',
    'download_queued_bytes',
    'upload_limit_bps',
    'download_limit_bps',
  ],
  countColumn: 'queue_rows',
};

function queueRows(model: RouterModel, atMs: number): Map<string, ExpectedRow> {
  const bootMs = model.bootAt(atMs).atMs;
  return new Map(
    Array.from({ length: sizeOf(model, 'queues', atMs) }, (_, index) => {
      const queue = queueAt(model.key, index, bootMs, atMs);
      return [queue.name, queueValues(queue)];
    }),
  );
}

function queueValues(queue: QueueState): ExpectedRow {
  const pair = ([upload, download]: UploadDownload): [string, string] => [String(upload), String(download)];
  return [
    queue.target,
    'none',
    flagValue(false),
    flagValue(false),
    flagValue(false),
    ...pair(queue.bytes),
    ...pair(queue.packets),
    ...pair(queue.drops),
    ...pair(queue.queuedBytes),
    ...pair(queue.limitsBps),
  ];
}
