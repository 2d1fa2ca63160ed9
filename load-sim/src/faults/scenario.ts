/** Scenario files: which faults happen to which routers, and when. YAML, checked whole before anything starts. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { BOARD_NAMES } from '../boards/catalog.ts';
import { DIALECT_NAMES } from '../dialects/dialect.ts';
import { FAULT_KINDS } from './kinds.ts';

const DAY_S = 86_400;
const percent = (description: string) => z.number().gt(0).max(100).describe(description);
const seconds = (description: string) =>
  z
    .number()
    .min(0)
    .max(366 * DAY_S)
    .describe(description);
const duration = (description: string) =>
  z
    .number()
    .min(0.1)
    .max(366 * DAY_S)
    .describe(description);
const kind = z.enum(FAULT_KINDS);
const tableSize = (what: string, fallback: number) =>
  z.int().min(0).max(1_000_000).default(fallback).describe(`How many ${what} there are.`);

/** Sizes of the tables that `huge_tables` makes huge, unless it names others. */
export const HUGE_SIZES = { routes: 300_000, connections: 100_000, leases: 4_000, queues: 1_000 } as const;

/** Settings that change what a fault does. */
const SETTINGS = {
  menu: z
    .string()
    .regex(/^(\/[a-z0-9-]+)+$/, 'is not a menu path; write one such as /system/resource')
    .optional()
    .describe('With `trap_menu`: the menu whose commands fail; left out: /system/resource.'),
  bytes_per_s: z
    .int()
    .min(1)
    .max(1e9)
    .optional()
    .describe('With `drip` and `mild_drip`: how fast answers trickle; left out: 20 and 100000.'),
  by_s: z
    .int()
    .min(-20 * 366 * DAY_S)
    .max(20 * 366 * DAY_S)
    .optional()
    .describe('With `clock_jump`: how wrong the clock is; left out: 86400.'),
  rows: z
    .strictObject({
      routes: tableSize('routes', HUGE_SIZES.routes),
      connections: tableSize('tracked connections', HUGE_SIZES.connections),
      leases: tableSize('DHCP leases', HUGE_SIZES.leases),
      queues: tableSize('queues', HUGE_SIZES.queues),
    })
    .optional()
    .describe('With `huge_tables`: the sizes of the tables.'),
} as const;

const SETTING_OF: Readonly<Record<keyof typeof SETTINGS, readonly string[]>> = {
  menu: ['trap_menu'],
  bytes_per_s: ['drip', 'mild_drip'],
  by_s: ['clock_jump'],
  rows: ['huge_tables'],
};

const ENTRY = z
  .strictObject({
    kind: kind.describe('What happens, see below'),
    routers: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Which routers: names, and runs of them as `r0010..r0019`. Left out: every one that the other keys let through.'),
    sites: z.array(z.string()).min(1).optional().describe('Only routers of these sites.'),
    boards: z.array(z.enum(BOARD_NAMES)).min(1).optional().describe('Only these boards, by their names in load-sim/src/boards.'),
    dialects: z.array(z.enum(DIALECT_NAMES)).min(1).optional().describe('Only these dialects, in quotes: "7.20".'),
    share_pct: percent(
      'Part of the fleet that it happens to, at least one router: chosen by the seed among those that the other keys let through, on which it is possible, and to which no earlier entry does something at the time.',
    ).optional(),
    from_s: seconds("Beginning, counted from the fleet's start.").default(0),
    for_s: duration('How long it lasts; left out: to the end.').optional(),
    every_s: duration('It happens again every so many seconds, counted from `from_s`; left out: once.').optional(),
    ...SETTINGS,
  })
  .superRefine((entry, context) => {
    for (const [name, kinds] of Object.entries(SETTING_OF)) {
      if (Reflect.get(entry, name) !== undefined && !kinds.includes(entry.kind)) {
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `does nothing with kind ${entry.kind}; remove it, or use it with ${kinds.join(' or ')}`,
          input: entry,
        });
      }
    }
    if (entry.every_s !== undefined && (entry.for_s === undefined || entry.for_s >= entry.every_s)) {
      context.addIssue({
        code: 'custom',
        path: ['every_s'],
        message: `${entry.every_s} is not longer than for_s; write for_s, and an every_s above it`,
        input: entry,
      });
    }
  });

const RANDOM = z
  .strictObject({
    share_pct: percent('Part of the fleet that is faulty at any time, at least one router.'),
    for_s_min: duration('Shortest fault.').default(30),
    for_s_max: duration('Longest fault.').default(90),
    from_s: seconds("When the first faults may begin, counted from the fleet's start.").default(0),
    kinds: z.array(kind).min(1).describe('Kinds of faults; each is as frequent as the others.'),
    seed: z.int().nonnegative().optional().describe("Decides who, when and what; left out: the fleet's seed."),
  })
  .superRefine(({ for_s_min: least, for_s_max: most }, context) => {
    if (least <= most) return;
    context.addIssue({
      code: 'custom',
      path: ['for_s_max'],
      message: `${most} is below for_s_min (${least}); write at least that`,
      input: most,
    });
  });

export const SCENARIO = z.strictObject({
  about: z.string().optional().describe('What the scenario is for.'),
  fleet: z
    .strictObject({
      tls: z.enum(['certificate', 'anonymous']).describe('What the routers show that speak TLS'),
      tls_share_pct: percent('Part of the fleet that speaks TLS: its first routers.'),
    })
    .optional()
    .describe('What the fleet must have; the flag --tls of the simulator wins over it.'),
  faults: z.array(ENTRY).default([]).describe('Faults one by one. A router has one fault at a time.'),
  random: RANDOM.optional().describe('Faults at random, on the routers that no entry of `faults` names.'),
});

export type Scenario = z.output<typeof SCENARIO>;
export type ScenarioEntry = Scenario['faults'][number];
export type RandomFaults = NonNullable<Scenario['random']>;

/** A scenario that cannot be used, one line per fault of it. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  constructor(what: string, problems: readonly string[]) {
    super([`Cannot use ${what}:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

/** Reads a scenario file. Throws ScenarioError with everything that is wrong in it. */
export function readScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScenarioError(`the scenario ${file}`, [`it cannot be read: ${reason}. Name an existing file with --scenario`]);
  }
  return parseScenario(text, file);
}

export function parseScenario(text: string, file: string): Scenario {
  const what = `the scenario ${file}`;
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new ScenarioError(
      what,
      document.errors.map((error) => `not valid YAML: ${error.message.split('\n')[0]}`),
    );
  const parsed = SCENARIO.safeParse(document.toJS() ?? {}, { reportInput: true });
  if (!parsed.success) throw new ScenarioError(what, parsed.error.issues.flatMap(problemsOf));
  return parsed.data;
}

type Issue = z.core.$ZodIssue;

/** One line per fault: the key's full path, the value, and what to write. */
function problemsOf(issue: Issue): string[] {
  const at = pathText(issue.path);
  const absent = issue.input === undefined;
  const found = absent ? 'is missing' : show(issue.input);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${pathText([...issue.path, key])}: unknown key; remove it, or see docs/scenarios.md`);
    case 'invalid_value':
      return [`${at}: ${found}${absent ? '' : ' is unknown'}; write one of ${issue.values.map(String).join(', ')}`];
    case 'invalid_type':
      return [`${at}: ${found}; write ${NOUNS[issue.expected] ?? `a ${issue.expected}`}${absent ? '' : ' instead'}`];
    case 'too_small':
      return [
        `${at}: ${found} is too ${sizeWord(issue)}; write ${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`,
      ];
    case 'too_big':
      return [`${at}: ${found} is too much; write at most ${issue.maximum}`];
    case 'invalid_format':
      return [`${at}: ${found} ${issue.message}`];
    case 'custom':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
      return [`${at}: ${issue.message}`];
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
  object: 'keys with values',
  string: 'a text',
};

function sizeWord({ origin }: { readonly origin: string }): string {
  return origin === 'array' || origin === 'string' ? 'short' : 'little';
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
