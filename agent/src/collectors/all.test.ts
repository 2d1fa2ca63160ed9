import { createBatchBuilder } from '@poplar/proto/builder';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLLECTORS } from './all.ts';
import { argumentsOf, collectWritten } from './testing.ts';

const PROPLIST = '=.proplist=';
/** What no reply may tell: secrets, and what identifies a person, their devices or their SIM card. */
const PRIVATE = /password|secret|key|passphrase|imei|imsi|iccid|uicc|host-name|caller-id|client-id/;

/** The attributes that a collector asks for, and the number of a count. */
function attributesOf(collector: (typeof COLLECTORS)[number]): string[] {
  const lists = collector.menus.flatMap(argumentsOf).filter((word) => word.startsWith(PROPLIST));
  return ['ret', 'name', 'interface', ...lists.flatMap((word) => word.slice(PROPLIST.length).split(','))];
}

const VALUE = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.bigInt({ min: -10n, max: 2n ** 70n }).map(String),
  fc.constantFrom(
    '02:71:00:00:00:01',
    'true',
    '',
    '1,2',
    '1/2',
    'unlimited/10M',
    '18446744073709551616/-1',
    '1e400',
    '99999999999w',
    '71m35s',
    '71m34s',
    '9'.repeat(400),
    `${'9'.repeat(300)}G/1`,
  ),
);

describe('all collectors', () => {
  it.each(COLLECTORS)('fit whatever a router writes into a batch: $name', (collector) => {
    const row = fc.dictionary(fc.constantFrom(...attributesOf(collector)), VALUE);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 4 }), (reply) => {
        const { rows } = collectWritten(collector, Object.fromEntries(collector.menus.map(({ path }) => [path, reply])));
        const builder = createBatchBuilder();
        builder.add(POLL, rows);
        expect(builder.polls).toBe(1);
      }),
      { numRuns: 100 },
    );
  });

  it('ask for nothing secret or personal', () => {
    const asked = COLLECTORS.flatMap((collector) => attributesOf(collector).map((name) => [collector.name, name] as const));
    expect(asked.filter(([, name]) => PRIVATE.test(name))).toEqual([]);
    // An operator's words about a customer would be personal; those about an interface or a watched host are not.
    expect(asked.filter(([, name]) => name === 'comment').map(([collector]) => collector)).toEqual(['interface', 'netwatch']);
  });
});

const POLL = {
  site: 's',
  router: 'r',
  tsMs: 0,
  pollNumber: 1,
  outcome: 1,
  error: '',
  durationUs: 0,
  baseline: 0n,
  intervalMs: 1000,
  collapsedRows: 0,
  parseErrors: 0,
  answeredCollectors: 0n,
  address: '',
};
