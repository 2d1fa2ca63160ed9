import { createBatchBuilder } from '@poplar/proto/builder';
import { describe, expect, it } from 'vitest';
import { readAttributes } from '../routeros/reply.ts';
import { modemsCollector } from './modems.ts';
import { collectReplies, collectWritten, wordsAfter } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

const PRINTED = [{ '.id': '*9', name: 'lte1', disabled: 'false' }];

function modem(monitored: Attributes, command = '/interface/lte/monitor') {
  const { rows, parseErrors, unreadable } = collectWritten(modemsCollector, {
    '/interface/lte': PRINTED,
    [command]: [monitored],
  });
  return { row: rows.modems[0], parseErrors, unreadable: Object.fromEntries(unreadable) };
}

const FIVE_G = {
  status: 'running',
  'registration-status': 'registered',
  'current-operator': 'Testnet',
  'data-class': '5G NSA',
  model: 'RG502Q-EA',
  revision: 'RG502QEAAAR11A07M4G',
  roaming: 'false',
  'current-cellid': '654321',
  'enb-id': '2556',
  'sector-id': '49',
  'phy-cellid': '321',
  lac: '4660',
  'primary-band': 'B3@20Mhz earfcn: 1300 phy-cellid: 321',
  'ca-band': 'n78@100Mhz earfcn: 640000',
  'session-uptime': '3d7h17m59s',
  rssi: '-69',
  rsrp: '-97',
  rsrq: '-9.5',
  sinr: '17',
  'nr-rsrp': '-99',
  'nr-rsrq': '-11',
  'nr-sinr': '16',
  cqi: '15',
  ri: '2',
  mcs: '20',
  'dl-modulation': '256qam',
};

describe('the modem collector', () => {
  it('reads a 5G modem of version 7', () => {
    expect(modem(FIVE_G)).toEqual({
      row: {
        interface: 'lte1',
        status: 'running',
        registration: 'registered',
        operator: 'Testnet',
        technology: '5G NSA',
        model: 'RG502Q-EA',
        revision: 'RG502QEAAAR11A07M4G',
        roaming: 0,
        cellId: 654_321,
        enbId: 2556,
        sectorId: 49,
        physicalCellId: 321,
        areaCode: 4660,
        primaryBand: 'B3@20Mhz earfcn: 1300 phy-cellid: 321',
        aggregatedBands: 'n78@100Mhz earfcn: 640000',
        sessionUptimeMs: 285_479_000,
        rssiDbm: -69,
        rsrpDbm: -97,
        rsrqDb: -9.5,
        sinrDb: 17,
        nrRsrpDbm: -99,
        nrRsrqDb: -11,
        nrSinrDb: 16,
        cqi: 15,
        rankIndicator: 2,
        mcs: 20,
        modulation: '256qam',
      },
      parseErrors: 0,
      unreadable: {},
    });
  });

  it('reads the same with units', () => {
    const units = { rssi: '-69dBm', rsrp: '-97dBm', rsrq: '-9.5dB', sinr: '17dB' };
    expect(modem(units)).toMatchObject({ row: { rssiDbm: -69, rsrpDbm: -97, rsrqDb: -9.5, sinrDb: 17 }, parseErrors: 0 });
  });

  it('reads version 6, which has another command and another name for the technology', () => {
    expect(modem({ 'access-technology': 'Evolved 3G (LTE)', rsrp: '-97' }, '/interface/lte/info')).toMatchObject({
      row: { interface: 'lte1', status: '', technology: 'Evolved 3G (LTE)', rsrpDbm: -97, nrRsrpDbm: undefined },
      parseErrors: 0,
    });
  });

  it('keeps every carrier of an attribute that is repeated', () => {
    const row = readAttributes(['!re', '=ca-band=B7@20Mhz', '=rsrp=-97', '=ca-band=B20@10Mhz']);
    const replies = new Map([
      ['/interface/lte', [new Map([['name', 'lte1']])]],
      ['/interface/lte/monitor', [row]],
    ] as const);
    expect(collectReplies(modemsCollector, replies).rows.modems[0]?.aggregatedBands).toBe('B7@20Mhz,B20@10Mhz');
  });

  it('asks version 7 with monitor, version 6 with info, and nobody without a modem that is in use', () => {
    const [, monitor, info] = modemsCollector.menus;
    expect(wordsAfter(monitor, { '/interface/lte': PRINTED })).toEqual(['/interface/lte/monitor', '=numbers=lte1', '=once=']);
    expect(wordsAfter(info, { '/interface/lte': PRINTED })).toEqual(['/interface/lte/info', '=number=lte1', '=once=']);
    expect(wordsAfter(info, { '/interface/lte': PRINTED, '/interface/lte/monitor': [] })).toBeUndefined();
    const two = [...PRINTED, { name: 'lte2' }];
    expect(wordsAfter(monitor, { '/interface/lte': two })?.[1]).toBe('=numbers=lte1,lte2');
    expect(wordsAfter(info, { '/interface/lte': two })?.[1]).toBe('=number=lte1');
    for (const printed of [[], [{ name: 'lte1', disabled: 'true' }]]) {
      expect(wordsAfter(monitor, { '/interface/lte': printed })).toBeUndefined();
      expect(wordsAfter(info, { '/interface/lte': printed })).toBeUndefined();
    }
  });

  it('keeps a modem that does not tell anything, and counts by name what it cannot read', () => {
    const { rows } = collectWritten(modemsCollector, { '/interface/lte': PRINTED });
    expect(rows.modems).toMatchObject([{ interface: 'lte1', status: '', rsrpDbm: undefined, cellId: undefined }]);
    expect(modem({ rsrp: 'strong', cqi: '-1', 'session-uptime': 'long' })).toMatchObject({
      row: { rsrpDbm: undefined, cqi: undefined, sessionUptimeMs: undefined },
      unreadable: { rsrp: 1, cqi: 1, 'session-uptime': 1 },
    });
  });

  it('lets no number of modem, card or subscriber into a batch', () => {
    const secrets = {
      imei: '001010777000011',
      imsi: '001019876543210',
      uicc: '8900112233445566778',
      iccid: '8900112233445566779',
      'subscriber-number': '+99900112233',
    };
    const { rows } = collectWritten(modemsCollector, {
      '/interface/lte': [{ ...PRINTED[0], ...secrets }],
      '/interface/lte/monitor': [{ ...FIVE_G, ...secrets }],
    });
    const builder = createBatchBuilder();
    builder.add(POLL, rows);
    const bytes = Buffer.from(
      builder.finish({
        agent: 'a',
        epoch: 1n,
        sequence: 1,
        epochStartedAtMs: 0,
        sealedAtMs: 0,
        clockOffsetMs: undefined,
      }),
    );
    expect(bytes.includes('Testnet')).toBe(true);
    for (const secret of Object.values(secrets)) {
      expect(bytes.includes(secret)).toBe(false);
      const number = Buffer.alloc(8);
      number.writeBigUInt64LE(BigInt(secret.replace('+', '')));
      expect(bytes.includes(number)).toBe(false);
    }
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
