import { describe, expect, it } from 'vitest';
import { queuesCollector } from './queues.ts';
import { collectWritten } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

function queues(...rows: Attributes[]) {
  const gathering = collectWritten(queuesCollector, { '/queue/simple': rows });
  const { parseErrors, collapsedRows, unreadable } = gathering;
  return { rows: gathering.rows.queues, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

describe('the queues collector', () => {
  it('reads pairs as upload and download, and counters beyond 2^53 whole', () => {
    const { rows, parseErrors } = queues({
      name: 'customer 7, north',
      target: '192.0.2.7/32,2001:db8::/64',
      parent: 'none',
      'max-limit': '10000000/50000000',
      bytes: '18446744073709551615/9007199254740993',
      packets: '4/9007199254740991',
      dropped: '0/12',
      'queued-bytes': '1500/0',
      disabled: 'false',
      dynamic: 'true',
      invalid: 'false',
    });
    expect(rows).toEqual([
      {
        queue: 'customer 7, north',
        target: '192.0.2.7/32,2001:db8::/64',
        parent: 'none',
        disabled: 0,
        dynamic: 1,
        invalid: 0,
        uploadBytes: 18_446_744_073_709_551_615n,
        downloadBytes: 9_007_199_254_740_993n,
        uploadPackets: 4,
        downloadPackets: 9_007_199_254_740_991,
        uploadDrops: 0,
        downloadDrops: 12,
        uploadQueuedBytes: 1500,
        downloadQueuedBytes: 0,
        uploadLimitBps: 10_000_000,
        downloadLimitBps: 50_000_000,
      },
    ]);
    expect(parseErrors).toBe(0);
  });

  it.each([
    ['10M/50M', [10_000_000, 50_000_000]],
    ['512k/1.5G', [512_000, 1_500_000_000]],
    ['unlimited/0', [0, 0]],
    ['unlimited/unlimited', [0, 0]],
    ['', [undefined, undefined]],
  ])('reads the limit %o', (limit, values) => {
    const { rows, parseErrors } = queues({ name: 'q', 'max-limit': limit });
    expect(rows.map(({ uploadLimitBps, downloadLimitBps }) => [uploadLimitBps, downloadLimitBps])).toEqual([values]);
    expect(parseErrors).toBe(0);
  });

  it('leaves absent what is not reported', () => {
    expect(queues({ name: 'q' }).rows).toMatchObject([
      { disabled: undefined, dynamic: undefined, uploadBytes: undefined, downloadDrops: undefined, uploadLimitBps: undefined },
    ]);
  });

  it('counts each half that it cannot read, and keeps the other', () => {
    const { rows, unreadable } = queues({ name: 'q', bytes: 'x/5', packets: '7', 'max-limit': '10Q/5M', disabled: 'maybe' });
    expect(rows).toMatchObject([
      { uploadBytes: undefined, downloadBytes: 5, uploadPackets: undefined, uploadLimitBps: undefined, downloadLimitBps: 5e6 },
    ]);
    expect(unreadable).toEqual({ bytes: 1, packets: 2, 'max-limit': 1, disabled: 1 });
  });

  it('keeps the first queue of a name and drops one without', () => {
    const { rows, collapsedRows, unreadable } = queues(
      { name: 'q', bytes: '1/1' },
      { name: 'q', bytes: '2/2' },
      { bytes: '3/3' },
    );
    expect(rows.map(({ uploadBytes }) => uploadBytes)).toEqual([1]);
    expect(collapsedRows).toBe(1);
    expect(unreadable).toEqual({ name: 1 });
  });
});
