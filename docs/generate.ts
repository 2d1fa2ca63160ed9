/**
 * Writes the reference pages that come from the code: docs/configuration.md from the configuration schemas,
 * docs/clickhouse-schema.md and deploy/cluster/schema.sql from the migrations, docs/scenarios.md from the simulator's faults. `--write` renews them, `--check` fails on a difference, on dead links and on tests
 * that docs/invariants.md names in vain.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { agentSchema } from '../agent/src/config/schema.ts';
import { clusterMigrations, clusterScript } from '../hub/src/clickhouse/cluster-schema.ts';
import { hubFileSchema } from '../hub/src/config.ts';
import { scenariosPage } from './scenarios-page.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** The part of JSON Schema that the configuration schemas use. */
const node = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  get properties() {
    return z.record(z.string(), node).optional();
  },
  get items() {
    return node.optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), node]).optional();
  },
  required: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
type Node = z.infer<typeof node>;

function configurationPage(): string {
  return `# Configuration

Generated from the schemas by \`npm run generate\`. Unknown keys are errors; a fault is reported with its key, its value and what to write.
Relative paths are relative to the file's folder. Check a file without starting: \`npm run agent -- --config agent.yaml --check-config\`.

A secret (\`token\`, \`password\`) is given in one of three ways: as itself, as \`…_file\` (a path of a file that holds nothing else) or as \`…_env\` (the name of an environment variable).
A group may be left out; *required* is what it needs where it is there.

## agent.yaml

See [agent.example.yaml](../agent/agent.example.yaml).

${table(agentSchema, MINIMAL_AGENT)}

## hub.yaml

See [hub.example.yaml](../hub/hub.example.yaml).

${table(hubFileSchema, MINIMAL_HUB)}
`;
}

/** Files with nothing but what is required: what parsing adds to them are the defaults. */
const MINIMAL_AGENT = {
  agent: 'fra1',
  site: 'fra1',
  hub: { addresses: ['127.0.0.1:4650'], token: 'x', tls: {} },
  credentials: { default: { user: 'poplar', password: 'x' } },
  routers: [{ name: 'r1', address: '127.0.0.1', tls: {} }],
  metrics: {},
};
const MINIMAL_RECEIVER = {
  name: 'noc',
  webhook: { url: 'https://noc.example.net' },
  email: { host: 'smtp.example.net', from: 'poplar@example.net', to: ['noc@example.net'] },
};
const MINIMAL_HUB = {
  agents: [{ name: 'fra1', token: 'x' }],
  analysts: [{ name: 'ann', password: 'x' }],
  alerts: { receivers: [MINIMAL_RECEIVER] },
};

function table(schema: z.ZodType, minimal: unknown): string {
  const root = node.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return [
    '| key | default | meaning |',
    '|---|---|---|',
    ...rows(root, '', { given: minimal, parsed: schema.parse(minimal) }),
  ].join('\n');
}

/** The same place in a minimal file before and after parsing. */
interface Place {
  readonly given: unknown;
  readonly parsed: unknown;
}

function rows(parent: Node, path: string, place: Place): string[] {
  return Object.entries(parent.properties ?? {}).flatMap(([key, child]) => {
    const name = path === '' ? key : `${path}.${key}`;
    const element = child.items ?? (typeof child.additionalProperties === 'object' ? child.additionalProperties : undefined);
    const inside = { given: at(place.given, key), parsed: at(place.parsed, key) };
    if (child.properties !== undefined) return [...groupRow(name, child), ...rows(child, name, inside)];
    if (element?.properties !== undefined) {
      const within = child.items === undefined ? `${name}.<name>` : `${name}[]`;
      return [
        ...groupRow(name, child),
        ...groupRow(within, element),
        ...rows(element, within, { given: first(inside.given), parsed: first(inside.parsed) }),
      ];
    }
    const fallback =
      inside.given === undefined ? (inside.parsed === undefined ? '–' : `\`${JSON.stringify(inside.parsed)}\``) : '*required*';
    const choice = child.enum === undefined ? '' : `. One of ${child.enum.map((value) => `\`${String(value)}\``).join(', ')}.`;
    return [`| \`${name}\` | ${fallback} | ${cell(child.description)}${choice}${limits(child)} |`];
  });
}

/** What is said of a group as a whole. */
function groupRow(name: string, { description }: Node): string[] {
  return description === undefined ? [] : [`| \`${name}\` | | ${cell(description)} |`];
}

function cell(text = ''): string {
  return text.replaceAll('|', '\\|');
}

/** Where a number has to lie, as far as a limit of its own is set. */
function limits({ minimum, maximum }: Node): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === undefined || minimum <= 1 ? undefined : minimum;
  if (least !== undefined && most !== undefined) return `. From ${least} to ${most}.`;
  if (least !== undefined) return `. At least ${least}.`;
  return most === undefined ? '' : `. At most ${most}.`;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function first(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.values(value)[0] : undefined;
}

function schemaPage(): string {
  const folder = join(ROOT, 'hub/clickhouse/migrations');
  const sql = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const created = [...sql.matchAll(/CREATE (?:OR REPLACE )?TABLE (?:IF NOT EXISTS )?(\w+)\s*\n\(\n([^]*?)\n\)\n([^]*?);$/gm)];
  // What was replaced keeps its place, under the newest engine; what was dropped is gone.
  const tables = new Map(created.map(([, name = '', columns = '', tail = '']) => [name, { columns, tail }]));
  for (const [, name = '', tail = ''] of sql.matchAll(/CREATE OR REPLACE TABLE (\w+) CLONE AS \w+\n([^]*?);$/gm))
    tables.set(name, { columns: tables.get(name)?.columns ?? '', tail });
  for (const [, name = ''] of sql.matchAll(/^DROP TABLE IF EXISTS (\w+);/gm)) tables.delete(name);
  const sections = [...tables].map(([name, { columns, tail }]) => {
    const about = /^COMMENT '((?:[^']|'')*)'/m.exec(tail)?.[1] ?? '';
    const engine = /ENGINE = (\w+(?:\([^)]*\))?)/.exec(tail)?.[1] ?? '';
    const key = /ORDER BY (\([^\n]*\))/.exec(tail)?.[1] ?? '';
    const first = columns.matchAll(/^ {4}(\w+)\s+([^]*?)\s+COMMENT '((?:[^']|'')*)'/gm);
    // A column that was changed later keeps its place.
    const byName = new Map([...first, ...alteredColumns(sql, name)].map((column) => [column[1], column]));
    const fields = [...byName.values()].map(
      ([, column, type = '', comment = '']) =>
        `| \`${column}\` | \`${type.replace(/\s+MATERIALIZED\b[^]*/, '').replaceAll(/\s+/g, ' ')}\` | ${unquote(comment)} |`,
    );
    return [
      `## ${name}`,
      '',
      `${unquote(about)}. \`${engine}\`, ordered by \`${key}\`.`,
      '',
      '| column | type | meaning |',
      '|---|---|---|',
      ...fields,
    ].join('\n');
  });
  return `# Tables in ClickHouse

Generated from \`hub/clickhouse/migrations\` by \`npm run generate\`. The same comments are in ClickHouse (\`system.columns\`).

Read raw tables with \`FINAL\`: a batch may have been stored twice, and \`FINAL\` gives each row once. Bound \`ts\` **and** \`toStartOfHour(ts)\`: the key starts with the hour. Every time is UTC.
Absent values are \`NULL\`. Take differences of counters only within one (site, router, interface, agent, baseline), and leave out steps down (resets).

\`\`\`sql
-- One port's traffic by minute over the last hour, bit/s, resets and gaps left out
SELECT toStartOfMinute(ts) AS minute, sum(d_rx) * 8000 / sum(dt) AS rx_bps, sum(d_tx) * 8000 / sum(dt) AS tx_bps
FROM
(
    SELECT ts, toUnixTimestamp64Milli(ts) AS ms,
        ms - lagInFrame(ms) OVER w AS dt,
        toInt64(rx_bytes) - toInt64(lagInFrame(rx_bytes) OVER w) AS d_rx,
        toInt64(tx_bytes) - toInt64(lagInFrame(tx_bytes) OVER w) AS d_tx,
        row_number() OVER w AS n
    FROM interface_counters FINAL
    WHERE site = 'fra1' AND router = 'r0001' AND interface = 'ether1'
        AND ts > now() - INTERVAL 1 HOUR AND toStartOfHour(ts) >= toStartOfHour(now() - INTERVAL 1 HOUR)
    WINDOW w AS (PARTITION BY agent, baseline ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE n > 1 AND dt <= 25000 AND d_rx >= 0 AND d_tx >= 0
GROUP BY minute
ORDER BY minute
\`\`\`

${[...sections, ...viewSections(sql)].join('\n\n')}
`;
}

/** The schema on a cluster, as the hub makes it there. */
function clusterSchema(): string {
  const migrations = clusterMigrations(join(ROOT, 'hub/clickhouse/migrations'), { name: 'poplar' }, 'poplar');
  return `-- The schema on a cluster named poplar, database poplar, as the hub makes it there. Generated from hub/clickhouse/migrations by
-- \`npm run generate\`: for reading, the hub does not need it. docs/cluster.md says how it comes about.

${clusterScript(migrations)}`;
}

/** Views that people query, from the comment above each: what it is, an example, then `column: meaning`. */
function viewSections(sql: string): string[] {
  const created = [...sql.matchAll(/((?:^--[^\n]*\n)+)CREATE OR REPLACE VIEW (\w+) AS$/gm)];
  // What was replaced keeps its place.
  const newest = new Map(created.map(([, comment = '', name = '']) => [name, comment]));
  return [...newest].map(([name, comment]) => {
    const [about = '', example = '', columns = ''] = comment.replaceAll(/^-- ?/gm, '').split('\n\n');
    const fields = [...columns.matchAll(/^(\w+): (.*)$/gm)].map(
      ([, column = '', meaning = '']) => `| \`${column}\` | ${unquote(meaning)} |`,
    );
    return [
      `## ${name}`,
      '',
      `A view. ${about.replaceAll('\n', ' ')}`,
      '',
      '```sql',
      example,
      '```',
      '',
      '| column | meaning |',
      '|---|---|',
      ...fields,
    ].join('\n');
  });
}

/** Columns that later migrations added to a table or changed: name, type, comment. */
function alteredColumns(sql: string, table: string): RegExpExecArray[] {
  const statements = [...sql.matchAll(/^ALTER TABLE (\w+)\n([^]*?);$/gm)].filter(([, name]) => name === table);
  return statements.flatMap(([, , actions = '']) => [
    ...actions.matchAll(/^ {4}(?:ADD COLUMN IF NOT|MODIFY COLUMN IF) EXISTS (\w+)\s+([^]*?)\s+COMMENT '((?:[^']|'')*)'/gm),
  ]);
}

function unquote(text: string): string {
  return text.replaceAll("''", "'").replaceAll('|', '\\|');
}

/** Relative links in Markdown pages that lead nowhere. */
function deadLinks(): string[] {
  const pages = [...readdirSync(ROOT), ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`)].filter((file) =>
    file.endsWith('.md'),
  );
  return pages.flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page}: the link to ${target} leads nowhere`);
  });
}

/** Tests that docs/invariants.md names and that are not there, and invariants that it shows by nothing. */
function missingProofs(): string[] {
  const page = readFileSync(join(ROOT, 'docs/invariants.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| [^|]+ \| ([^|]+) \|$/gm)];
  const faults = Array.from({ length: 12 }, (_, index) => String(index + 1))
    .filter((number) => rows.filter(([, given]) => given === number).length !== 1)
    .map((number) => `docs/invariants.md: there must be one row of invariant ${number}`);
  for (const [, number = '', shown = ''] of rows) {
    const tests = shown.split('<br>').flatMap((entry) => {
      const [, file = ''] = /^\[([^\]]+)\]\(/.exec(entry.trim()) ?? [];
      const names = [...entry.matchAll(/“([^”]+)”/g)].map(([, name = '']) => name);
      return names.map((name) => ({ file, name }));
    });
    if (tests.length === 0 && !shown.startsWith('Not yet:')) faults.push(`docs/invariants.md: invariant ${number} names no test`);
    for (const { file, name } of tests)
      if (!hasTest(file, name)) faults.push(`docs/invariants.md: ${file} has no test “${name}”`);
  }
  return faults;
}

function hasTest(file: string, name: string): boolean {
  const path = join(ROOT, file);
  if (!file.endsWith('.test.ts') || !existsSync(path)) return false;
  const titles = [
    ...readFileSync(path, 'utf8').matchAll(/\b(?:it|test)(?:\.each\([^]*?\))?\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g),
  ];
  return titles.some(([, , title]) => title === name);
}

const pages = new Map([
  ['docs/configuration.md', configurationPage()],
  ['docs/clickhouse-schema.md', schemaPage()],
  ['docs/scenarios.md', scenariosPage(table)],
  ['deploy/cluster/schema.sql', clusterSchema()],
]);
if (process.argv[2] === '--write') {
  for (const [file, text] of pages) writeFileSync(join(ROOT, file), text);
} else {
  const stale = [...pages].filter(
    ([file, text]) => !existsSync(join(ROOT, file)) || readFileSync(join(ROOT, file), 'utf8') !== text,
  );
  const faults = [...stale.map(([file]) => `${file} is stale: run npm run generate`), ...deadLinks(), ...missingProofs()];
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n`);
    process.exitCode = 1;
  }
}
