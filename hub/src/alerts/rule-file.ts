/** Rule files: YAML to rules and maintenance windows, with faults that name their place. Pure but for the reading of files. */
import { readFileSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { DAYS, type MaintenanceWindow } from './maintenance.ts';
import { type AlertRule, CircleError, parentsFirst, SEVERITIES, type Threshold } from './rule.ts';

const DAY_MS = 24 * 3600_000;
/** What a window has besides the times it must hold: values that come late, and evaluations that are far between. */
const SLACK_MS = 600_000;

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name has small letters, digits and _ and begins with a letter');
const ms = z.int().min(0).max(DAY_MS);
const patterns = z.array(z.string().min(1)).default([]);
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day as 02:30');

const conditionSchema = z.strictObject({
  name: name.describe('What rules call it'),
  sql: z.string().min(1).describe('Its SELECT'),
  unit: z.string().default('').describe('Unit of the value'),
});

const ruleSchema = z.strictObject({
  name: name.describe('Unique. A rule with the name of an earlier one changes what it names in that'),
  enabled: z.boolean().optional().describe('false turns the rule off'),
  description: z.string().min(1).optional().describe('What is wrong when it fires, and what to do'),
  severity: z.enum(SEVERITIES).optional().describe('info, warning or critical'),
  condition: name.optional().describe('Name of a condition, instead of sql'),
  sql: z.string().min(1).optional().describe('The SELECT, instead of a condition'),
  unit: z.string().optional().describe('Unit of the value; left out: that of the condition'),
  fire_above: z.number().optional().describe('A value above it is a problem'),
  fire_below: z.number().optional().describe('A value below it is one'),
  clear_below: z.number().optional().describe('With fire_above: a value below it is well again'),
  clear_above: z.number().optional().describe('With fire_below: a value above it is well again'),
  for_ms: ms.optional().describe('How long, by the times of the values, before an incident opens'),
  keep_ms: ms.optional().describe('How long well again before it closes'),
  window_ms: ms.optional().describe('How far back the SELECT looks'),
  every_ms: z.int().min(1000).max(DAY_MS).optional().describe('Between two evaluations'),
  parents: z.array(name).optional().describe('Rules whose incidents explain those of this one'),
  summary: z
    .string()
    .min(1)
    .optional()
    .describe('One line, with {site}, {router}, {object}, {value}, {unit} and columns of the SELECT'),
});

const maintenanceSchema = z.strictObject({
  name: z.string().min(1).describe('Shown where it keeps something quiet'),
  sites: patterns.describe('Sites, with * and ?; left out: all'),
  routers: patterns.describe('Routers, with * and ?; left out: all, and the sites as such'),
  from: z.iso.datetime({ offset: true }).optional().describe('Beginning, as 2026-01-31T22:00:00Z'),
  to: z.iso.datetime({ offset: true }).optional().describe('End'),
  weekly: z
    .strictObject({
      days: z.array(z.enum(DAYS)).min(1).describe('Days on which it begins'),
      from: clock.describe('Time of day'),
      to: clock.describe('Time of day; not after from: on the day after'),
      time_zone: z.string().default('UTC').describe('IANA name, as Europe/Berlin'),
    })
    .optional()
    .describe('Every week, instead of from and to'),
});

export const ruleFileSchema = z.strictObject({
  conditions: z.array(conditionSchema).default([]),
  rules: z.array(ruleSchema).default([]),
  maintenance: z.array(maintenanceSchema).default([]),
});

type RuleEntry = z.infer<typeof ruleSchema>;

/** What rule files say together. */
export interface RuleBook {
  /** Those that are turned on, parents before children. */
  readonly rules: readonly AlertRule[];
  readonly maintenance: readonly MaintenanceWindow[];
}

export interface RuleText {
  /** As faults name it. */
  readonly file: string;
  readonly text: string;
}

/** Reads the files of a configuration, in this order. What cannot be read is a fault. */
export function readRuleTexts(files: readonly string[], faults: string[]): RuleText[] {
  return files.flatMap((file) => {
    try {
      return [{ file, text: readFileSync(file, 'utf8') }];
    } catch (error) {
      faults.push(`${file}: the file cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}

/** A value of a file with the function that tells where its parts stand. */
interface Placed<T> {
  readonly value: T;
  /** `file:line` of a key of it. */
  readonly at: (...path: readonly (string | number)[]) => string;
}

/** Reads rule files, later ones on top of earlier ones. What is wrong goes to `faults`, one line each. */
export function parseRuleBook(texts: readonly RuleText[], everyMs: number, faults: string[]): RuleBook {
  const conditions = new Map<string, Placed<z.infer<typeof conditionSchema>>>();
  const entries = new Map<string, Merged>();
  const maintenance: MaintenanceWindow[] = [];
  for (const text of texts) {
    const file = parseFile(text, faults);
    if (file === undefined) continue;
    const placed = <T>(list: readonly T[], key: string): Placed<T>[] =>
      list.map((value, index) => ({ value, at: (...path) => file.at(key, index, ...path) }));
    for (const condition of placed(file.value.conditions, 'conditions')) conditions.set(condition.value.name, condition);
    const inFile = new Set<string>();
    for (const entry of placed(file.value.rules, 'rules')) {
      const { name: called } = entry.value;
      if (inFile.has(called)) faults.push(`${entry.at('name')}: the rule "${called}" is in this file twice`);
      inFile.add(called);
      entries.set(called, merge(entries.get(called), entry));
    }
    for (const window of placed(file.value.maintenance, 'maintenance')) maintenance.push(...windowOf(window, faults));
  }
  const rules = [...entries.values()].flatMap((entry) => {
    if (entry.value.enabled === false) return [];
    const rule = ruleOf(entry, conditions, everyMs, faults);
    for (const parent of entry.value.parents ?? [])
      if (!entries.has(parent)) faults.push(`${entry.at('parents')}: there is no rule "${parent}"`);
    return rule === undefined ? [] : [rule];
  });
  try {
    return { rules: parentsFirst(rules), maintenance };
  } catch (error) {
    if (!(error instanceof CircleError)) throw error;
    faults.push(`rules: ${error.message}`);
    return { rules, maintenance };
  }
}

/** A rule as several files make it; `at` tells where the last one that has a key has it. */
type Merged = Placed<RuleEntry>;

function merge(earlier: Merged | undefined, later: Placed<RuleEntry>): Merged {
  if (earlier === undefined) return later;
  const base = { ...earlier.value };
  // A threshold is replaced with its counterpart, and a SELECT however it was given.
  if (later.value.fire_above !== undefined || later.value.fire_below !== undefined)
    for (const key of ['fire_above', 'fire_below', 'clear_above', 'clear_below'] as const) delete base[key];
  if (later.value.sql !== undefined || later.value.condition !== undefined)
    for (const key of ['sql', 'condition', 'unit'] as const) delete base[key];
  return {
    value: { ...base, ...later.value },
    at: (key, ...path) =>
      (key !== undefined && Reflect.has(later.value, key) ? later : earlier).at(...(key === undefined ? [] : [key]), ...path),
  };
}

function ruleOf(
  entry: Merged,
  conditions: ReadonlyMap<string, Placed<z.infer<typeof conditionSchema>>>,
  everyMs: number,
  faults: string[],
): AlertRule | undefined {
  const { value } = entry;
  const before = faults.length;
  const fault = (key: keyof RuleEntry, message: string): void => {
    faults.push(`${entry.at(key)}: rule ${value.name}: ${message}`);
  };
  if (value.description === undefined) fault('name', 'description: missing; say what is wrong when it fires');
  if (value.severity === undefined) fault('name', `severity: missing; write one of ${SEVERITIES.join(', ')}`);
  if ((value.sql === undefined) === (value.condition === undefined)) fault('name', 'set one of sql and condition');
  const condition = value.condition === undefined ? undefined : conditions.get(value.condition);
  if (value.condition !== undefined && condition === undefined) fault('condition', `there is no condition "${value.condition}"`);
  const sql = value.sql ?? condition?.value.sql;
  if (sql !== undefined && !sql.includes('{window}') && !/\{(from|to|from_ms|to_ms):/.test(sql))
    fault('sql', 'the SELECT names no time: use {window}, or {from_ms:Int64} and {to_ms:Int64}');
  const threshold = thresholdOf(value, fault);
  const forMs = value.for_ms ?? 0;
  const keepMs = value.keep_ms ?? 0;
  const windowMs = value.window_ms ?? Math.min(DAY_MS, forMs + keepMs + SLACK_MS);
  if (windowMs < forMs + keepMs)
    fault('window_ms', `window_ms: ${windowMs} does not hold for_ms and keep_ms together (${forMs + keepMs}); write more`);
  const { description, severity } = value;
  if (
    faults.length > before ||
    sql === undefined ||
    threshold === undefined ||
    description === undefined ||
    severity === undefined
  )
    return undefined;
  const unit = value.unit ?? condition?.value.unit ?? '';
  return {
    name: value.name,
    description,
    severity,
    sql,
    unit,
    threshold,
    forMs,
    keepMs,
    windowMs,
    everyMs: value.every_ms ?? everyMs,
    parents: value.parents ?? [],
    summary: value.summary ?? `${value.name}: {value} {unit}`,
    place: condition === undefined ? entry.at('sql') : condition.at('sql'),
  };
}

function thresholdOf(
  { fire_above, fire_below, clear_above, clear_below }: RuleEntry,
  fault: (key: keyof RuleEntry, message: string) => void,
): Threshold | undefined {
  if ((fire_above === undefined) === (fire_below === undefined)) {
    fault('name', 'set one of fire_above and fire_below');
    return undefined;
  }
  if (fire_above !== undefined) {
    if (clear_above !== undefined) fault('clear_above', 'clear_above belongs to fire_below; write clear_below');
    if (clear_below !== undefined && clear_below > fire_above)
      fault('clear_below', `clear_below: ${clear_below} is above fire_above (${fire_above}); write less`);
    return { side: 'above', fire: fire_above, clear: clear_below ?? fire_above };
  }
  const fire = fire_below ?? 0;
  if (clear_below !== undefined) fault('clear_below', 'clear_below belongs to fire_above; write clear_above');
  if (clear_above !== undefined && clear_above < fire)
    fault('clear_above', `clear_above: ${clear_above} is below fire_below (${fire}); write more`);
  return { side: 'below', fire, clear: clear_above ?? fire };
}

function windowOf({ value, at }: Placed<z.infer<typeof maintenanceSchema>>, faults: string[]): MaintenanceWindow[] {
  const { name: called, sites, routers, from, to, weekly } = value;
  const once = from !== undefined || to !== undefined;
  if (once === (weekly !== undefined) || (from === undefined) !== (to === undefined)) {
    faults.push(`${at('name')}: maintenance "${called}": set from and to, or weekly`);
    return [];
  }
  if (weekly !== undefined) {
    if (!isTimeZone(weekly.time_zone)) {
      faults.push(`${at('weekly', 'time_zone')}: there is no time zone "${weekly.time_zone}"; write one as Europe/Berlin`);
      return [];
    }
    const when = {
      kind: 'weekly',
      days: weekly.days,
      fromMinute: minuteOf(weekly.from),
      toMinute: minuteOf(weekly.to),
      timeZone: weekly.time_zone,
    } as const;
    return [{ name: called, sites, routers, when }];
  }
  const [fromMs, toMs] = [Date.parse(from ?? ''), Date.parse(to ?? '')];
  if (fromMs >= toMs) {
    faults.push(`${at('to')}: maintenance "${called}": ends before it begins`);
    return [];
  }
  return [{ name: called, sites, routers, when: { kind: 'once', fromMs, toMs } }];
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function parseFile({ file, text }: RuleText, faults: string[]): Placed<z.infer<typeof ruleFileSchema>> | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  for (const error of document.errors)
    faults.push(`${file}:${lines.linePos(error.pos[0]).line}: not valid YAML: ${error.message.split('\n')[0]}`);
  if (document.errors.length > 0) return undefined;
  const at = (...path: readonly (string | number)[]): string => {
    // A key that is not there stands where its parent does.
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      const start = isNode(node) ? node.range?.[0] : undefined;
      if (start !== undefined) return `${file}:${lines.linePos(start).line}`;
    }
    return `${file}:1`;
  };
  const parsed = ruleFileSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { value: parsed.data, at };
  for (const issue of parsed.error.issues) {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const words = path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
      .join('')
      .replace(/^\./, '');
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys)
        faults.push(
          `${at(...path, key)}: ${words === '' ? key : `${words}.${key}`}: unknown key; remove it or correct its spelling`,
        );
    else faults.push(`${at(...path)}: ${words}: ${issue.message}`);
  }
  return undefined;
}
