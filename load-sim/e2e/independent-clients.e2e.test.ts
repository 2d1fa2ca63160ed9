/**
 * Three RouterOS clients from npm, none of them written with this simulator in mind, read simulated routers: each as it is
 * published, in a process of its own. What they read is what the closed form says; where a client is known to fail
 * with real routers, it fails with these.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RadioStack, radioStackOf } from '../src/dialects/stack.ts';
import { planFleet } from '../src/fleet.ts';
import { menuOf } from '../src/routers/menus/menus.ts';
import { type RouterServer, SESSIONS_MAX, startRouters } from '../src/routers/server.ts';
import { createWorld, type RouterModel } from '../src/traffic/world.ts';
import type { Ask } from './clients/ask.ts';
import { clientsOf, interfacesOf, type Properties, portsOf, type ReadText, resourceOf } from './clients/closed-form.ts';
import { type ClientName, runClient } from './clients/program.ts';
import { until } from './processes.ts';

/** The clock of the routers stands still, so that all that they answer is known beforehand. */
const NOW = Date.UTC(2026, 5, 1, 12, 34, 56, 789);
const WORLD = createWorld(
  planFleet({ routers: 90, sites: 1, seed: 1, startMs: NOW - 3_600_000, routerNet: '127.83.1.0/24', mix: 'all' }),
);

const TABLES: Readonly<Record<RadioStack, string>> = {
  wireless: '/interface/wireless/registration-table',
  wifi: '/interface/wifi/registration-table',
  wifiwave2: '/interface/wifiwave2/registration-table',
  'caps-man': '/caps-man/registration-table',
};

interface Subject {
  readonly dialect: string;
  readonly stack: RadioStack;
  readonly model: RouterModel;
}

/** One router with clients for each version and each kind of radios that runs on it. */
const SUBJECTS = [
  ...new Map(
    WORLD.routers.flatMap((model): [string, Subject][] => {
      const stack = radioStackOf(model.dialect, model.board);
      if (stack === undefined || model.clientsAt(NOW).length === 0) return [];
      return [[`${model.dialect.name} ${stack}`, { dialect: model.dialect.name, stack, model }]];
    }),
  ).values(),
].sort((a, b) => a.model.plan.index - b.model.plan.index);

/** A router of this version. */
function ofVersion(dialect: string): RouterModel {
  const found = SUBJECTS.find((subject) => subject.dialect === dialect);
  if (found === undefined) throw new Error(`BUG: no router runs ${dialect}`);
  return found.model;
}

interface Client {
  readonly name: ClientName;
  /** How it reads a text's bytes. */
  readonly readText: ReadText;
  /** How it hands a row to its caller. */
  readonly shape: (row: Properties) => Readonly<Record<string, unknown>>;
  readonly loginModes: readonly string[];
  /** What it says to a wrong password. */
  readonly refusal: (router: RouterModel) => string;
}

/** Both libraries decode with iconv's win1252, which has no character for five bytes. */
const readWindows1252: ReadText = (bytes) =>
  new TextDecoder('windows-1252').decode(bytes).replaceAll(/[\x81\x8d\x8f\x90\x9d]/g, '\ufffd');

const CLIENTS: readonly Client[] = [
  {
    name: 'node-routeros',
    readText: readWindows1252,
    shape: (row) => row,
    loginModes: ['challenge', 'both', 'plain'],
    refusal: () => 'CANTLOGIN: Username or password is invalid',
  },
  {
    name: 'routeros-client',
    readText: readWindows1252,
    shape: (row) => Object.fromEntries(Object.entries(row).map(([name, text]) => [camelCase(name), valueOf(text)])),
    loginModes: ['challenge', 'both', 'plain'],
    refusal: () => 'CANTLOGIN: Username or password is invalid',
  },
  {
    name: 'mikronode-ng',
    readText: (bytes) => bytes.toString('utf8'),
    shape: (row) => row,
    // It knows no other login than the one with an MD5 challenge.
    loginModes: ['challenge', 'both'],
    refusal: ({ dialect }) => `${dialect.loginRefused}()`,
  },
];

function camelCase(name: string): string {
  return name.replace(/^\./, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** routeros-client makes booleans and numbers of texts that look like some. */
function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Node's exit code when nothing is left that could settle what the program awaits. */
const UNSETTLED = 13;

let server: RouterServer;
beforeAll(async () => {
  const routers = SUBJECTS.map(({ model }) => model);
  server = await startRouters({ ...WORLD, routers }, { nowMs: () => NOW, journal: undefined });
});
afterAll(() => server[Symbol.asyncDispose]());

it('there is a router to read for every version and every kind of radios', () => {
  expect(SUBJECTS.map(({ dialect, stack }) => `${dialect} ${stack}`).toSorted()).toEqual([
    '6.42 caps-man',
    '6.42 wireless',
    '6.44 caps-man',
    '6.44 wireless',
    '6.49 caps-man',
    '6.49 wireless',
    '7.12 caps-man',
    '7.12 wifiwave2',
    '7.12 wireless',
    '7.13 wifi',
    '7.13 wireless',
    '7.18 caps-man',
    '7.18 wifi',
    '7.18 wireless',
    '7.20 wifi',
    '7.20 wireless',
    '7.9 wifiwave2',
    '7.9 wireless',
  ]);
});

type Reading = readonly [read: NonNullable<Ask['reads']>[number], rows: readonly Properties[]];

const only = (names: readonly string[], rows: readonly Properties[]): Properties[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name))));

/** Tables, queries and a monitor, each with what the closed form says to it. */
function readingsOf({ model, stack }: Subject, { readText }: Client): Reading[] {
  const interfaces = interfacesOf(model, NOW, readText);
  const ports = portsOf(model, NOW);
  const ethernet = interfaces.filter(({ type }) => type === 'ether');
  return [
    [{ menu: '/system/resource' }, [resourceOf(model, NOW)]],
    [{ menu: '/system/identity' }, [{ name: model.identity }]],
    [{ menu: '/interface' }, interfaces],
    [{ menu: TABLES[stack] }, clientsOf(model, stack, NOW)],
    [{ menu: '/interface', properties: ['name', 'rx-byte', 'no-such-property'] }, only(['name', 'rx-byte'], interfaces)],
    [{ menu: '/interface', where: { type: 'ether' } }, ethernet],
    [
      { menu: '/interface', queries: ['?type=ether', '?running=true'], properties: ['name'] },
      only(
        ['name'],
        ethernet.filter(({ running }) => running === 'true'),
      ),
    ],
    [
      { menu: '/interface', queries: ['?=type=ether', '?#!', '?>rx-byte=1000000', '?#&'] },
      interfaces.filter(({ type, 'rx-byte': bytes }) => type !== 'ether' && bytes !== undefined && BigInt(bytes) > 1_000_000n),
    ],
    [{ menu: '/interface', queries: ['?-comment'] }, interfaces.filter(({ comment }) => comment === undefined)],
    [
      {
        menu: '/interface/ethernet',
        verb: 'monitor',
        options: { numbers: ports.map(({ name }) => name).join(','), once: '' },
      },
      ports,
    ],
  ];
}

/** A table that is only counted, in a session of its own: after other answers mikronode-ng loses a count. */
function countOf({ model }: Subject): Reading[] {
  const menu = '/ip/route';
  return [[{ menu, options: { 'count-only': '' } }, [{ ret: String(menuOf(model, menu)?.table?.size(model, NOW)) }]]];
}

/** What the client hands over when it reads all this in one session. */
async function readBy(client: Client, { model }: Subject, readings: readonly Reading[], together: boolean): Promise<unknown> {
  const reads = readings.map(([read]) => read);
  const { code, told, stderr } = await runClient(client.name, model.plan, { together, reads });
  const answers = reads.map((_, index) => told.find((line) => line.what === 'rows' && line.read === index));
  // mikronode-ng is older than Buffer.from, which Node says.
  return { code, stderr: stderr.replaceAll(/^\(.*\n/gm, ''), answers };
}

/** What it has to hand over by the closed form. */
function handedOver({ shape }: Client, readings: readonly Reading[]): object {
  return { code: 0, stderr: '', answers: readings.map(([, rows]) => ({ rows: rows.map(shape) })) };
}

describe.each(CLIENTS)('$name as it is published', (client) => {
  const subjects = SUBJECTS.filter(({ model }) => client.loginModes.includes(model.dialect.login));

  it.each(subjects)('reads RouterOS $dialect with radios of $stack, all at once', async (subject) => {
    const readings = readingsOf(subject, client);
    expect(await readBy(client, subject, readings, true)).toMatchObject(handedOver(client, readings));
  });

  it.each(subjects.slice(0, 2))('reads RouterOS $dialect with radios of $stack, one thing after the other', async (subject) => {
    const readings = readingsOf(subject, client);
    expect(await readBy(client, subject, readings, false)).toMatchObject(handedOver(client, readings));
  });

  it.each(subjects.slice(-2))('has RouterOS $dialect with radios of $stack count', async (subject) => {
    const readings = countOf(subject);
    expect(await readBy(client, subject, readings, true)).toMatchObject(handedOver(client, readings));
  });

  it.each(subjects.filter(({ stack }) => stack === 'wireless'))(
    'is refused by RouterOS $dialect with a wrong password, in its own words',
    async ({ model }) => {
      const { code, told } = await runClient(client.name, model.plan, { password: 'wrong' });
      expect(code).toBe(0);
      const words = told.filter(({ what }) => what !== 'closed');
      expect(words).toEqual([{ what: 'refused', error: client.refusal(model) }]);
    },
  );
});

/** What the clients are known to do with real routers. */
describe('the known fault of', () => {
  const empty = { menu: '/interface', where: { name: 'none' } };

  it.each(['node-routeros', 'routeros-client'] as const)(
    '%s: the !empty of RouterOS 7.18 and later ends the process, older versions are survived',
    async (name) => {
      const answers = await Promise.all(
        ['7.13', '7.18', '7.20'].map((dialect) => runClient(name, ofVersion(dialect).plan, { reads: [empty] })),
      );
      expect(answers.map(({ code }) => code)).toEqual([0, 1, 1]);
      expect(answers[0]?.told).toContainEqual({ what: 'rows', read: 0, rows: [] });
      for (const { stderr, told } of answers.slice(1)) {
        expect(stderr).toContain('UNKNOWNREPLY');
        expect(stderr).toContain('Tried to process unknown reply: !empty');
        expect(told).toEqual([{ what: 'login' }]);
      }
    },
  );

  it.each([
    ['node-routeros', '7.12', 'Error: no such command or directory (no)'],
    ['routeros-client', '6.49', 'Error: no such command or directory (no)'],
    // Its second trap takes the place of the first.
    ['mikronode-ng', '6.44', 'no such command prefix()'],
  ] as const)('%s: of the two traps of a missing menu it knows one', async (name, dialect, error) => {
    const { told } = await runClient(name, ofVersion(dialect).plan, { reads: [{ menu: '/no/such/menu' }] });
    expect(told).toContainEqual({ what: 'error', read: 0, error });
  });

  it('node-routeros: what is asked while the router ends the session is never answered', async () => {
    const { code, told } = await runClient('node-routeros', ofVersion('7.13').plan, {
      reads: [{ menu: '', verb: 'quit' }, { menu: '/interface' }],
    });
    expect(told).toEqual([{ what: 'login' }, { what: 'closed' }]);
    expect(code).toBe(UNSETTLED);
  });

  it.each(['node-routeros', 'routeros-client', 'mikronode-ng'] as const)(
    '%s: at a router whose sessions are all taken it waits for ever',
    async (name) => {
      const { plan } = ofVersion('6.44');
      const sockets = Array.from({ length: SESSIONS_MAX }, () => connect(plan.port, plan.address));
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      try {
        const { code, told } = await runClient(name, plan, {});
        expect(told.filter(({ what }) => what !== 'closed')).toEqual([]);
        expect(code).toBe(UNSETTLED);
      } finally {
        for (const socket of sockets) socket.destroy();
        await until(() => server.counts().sessions === 0, 'the sessions to be over');
      }
    },
  );

  it('mikronode-ng: no version without the MD5 login lets it in', async () => {
    const { told } = await runClient('mikronode-ng', ofVersion('7.18').plan, {});
    expect(told).toEqual([{ what: 'refused', error: 'invalid user name or password (6)()' }]);
  });
});
