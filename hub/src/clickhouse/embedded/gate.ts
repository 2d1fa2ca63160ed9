/**
 * Which queries of analysts may run, decided from the engine's own reading of them. `readonly = 1` is no sandbox: it lets a query
 * read files, ask addresses, write into files, kill others and change its limits in a SETTINGS clause.
 *
 * Every line of EXPLAIN AST is judged by itself, or with the line above it: a name with line breaks can add lines, which leads to
 * a refusal at most, but take none away.
 */
import { EngineError } from './engine-error.ts';

export interface GateRules {
  /** The one database that may be read, besides some tables of `system`. */
  readonly database: string;
  /** Names of every table function of the engine, in lower case. */
  readonly tableFunctions: ReadonlySet<string>;
}

/** What the engine's classifier says of a text. */
export interface Classification {
  readonly statementCount: number;
  /** 0 reads only, 4 is not understood, anything else does more. */
  readonly queryClass: number;
}

/**
 * Why the text may name a file to write, or undefined. The engine takes quotes for quotes that the reader of requests does not
 * know, so the word is looked for wherever it stands.
 */
export function outfileRefusal(text: string): EngineError | undefined {
  if (!/outfile/i.test(text)) return undefined;
  return EngineError.of(
    'INTO_OUTFILE_NOT_ALLOWED',
    'OUTFILE is not allowed in a query of an analyst: the answer is the response.',
  );
}

const READS_ONLY = 0;
const NOT_UNDERSTOOD = 4;

/** True when the engine cannot parse the text. */
export function isNotUnderstood({ queryClass }: Classification): boolean {
  return queryClass === NOT_UNDERSTOOD;
}

/** Why the text is not exactly one statement, or undefined. */
export function countRefusal({ statementCount }: Classification): EngineError | undefined {
  if (statementCount === 1) return undefined;
  return EngineError.of('SYNTAX_ERROR', 'Multi-statements are not allowed: send each statement by itself.');
}

/** Why the text is not one statement that only reads, or undefined. */
export function classRefusal(analysis: Classification): EngineError | undefined {
  const refusal = countRefusal(analysis);
  if (refusal !== undefined) return refusal;
  if (analysis.queryClass === READS_ONLY) return undefined;
  return EngineError.of('READONLY', 'An analyst may only read: send one SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN.');
}

/** Why a statement must not run, from the lines of its EXPLAIN AST, or undefined. */
export function astRefusal(ast: string, rules: GateRules): EngineError | undefined {
  let above = '';
  for (const line of ast.split('\n')) {
    if (line !== '') {
      const refusal = lineRefusal(line, above, rules);
      if (refusal !== undefined) return refusal;
    }
    above = line;
  }
  return undefined;
}

function lineRefusal(line: string, above: string, rules: GateRules): EngineError | undefined {
  const [, kind = '', rest = ''] = /^ *(\S+)(?: (.*))?$/s.exec(line) ?? [];
  // The engine writes an alias and the number of children behind the name.
  const name = rest.replace(/ ?\((?:alias|children|column) .*$/s, '');
  switch (kind) {
    case 'Function':
      return functionRefusal(name, above.trimStart().startsWith('TableExpression'), rules);
    case 'TableIdentifier':
    case 'Identifier':
      // The right side of IN is a table, and reads like a column.
      return tableRefusal(name, kind === 'TableIdentifier', rules);
    case 'ColumnsApplyTransformer':
      return EngineError.of('ACCESS_DENIED', 'APPLY is not allowed: name the columns and call the function on each.');
    case 'Set':
      // Options of EXPLAIN itself.
      if (above.startsWith('Explain EXPLAIN')) return undefined;
      return EngineError.of('READONLY', 'A SETTINGS clause is not allowed: send settings as parameters of the URL.');
    default:
      return NODES.has(kind)
        ? undefined
        : EngineError.of('ACCESS_DENIED', `${kind || 'A name with a line break'} is not allowed in an analyst's query.`);
  }
}

function functionRefusal(name: string, inTable: boolean, { database, tableFunctions }: GateRules): EngineError | undefined {
  const plain = name.toLowerCase();
  if (inTable && name.includes('.')) {
    // A view with parameters.
    const [owner, view, ...more] = name.split('.');
    if (owner === database && view !== undefined && more.length === 0) return undefined;
    return EngineError.of('ACCESS_DENIED', `${name} is not allowed: an analyst reads the database ${database} only.`);
  }
  if (!inTable && REACHING.some((pattern) => pattern.test(plain))) {
    return EngineError.of('ACCESS_DENIED', `The function ${name} is not allowed: it reaches beyond the tables of ${database}.`);
  }
  if (!inTable && SLOW.some((pattern) => pattern.test(plain))) {
    return EngineError.of('ACCESS_DENIED', `The function ${name} is not allowed: one call of it may outlast every limit.`);
  }
  if (tableFunctions.has(plain) && !TABLE_FUNCTIONS.has(plain) && (inTable || !BOTH.has(plain))) {
    return EngineError.of(
      'ACCESS_DENIED',
      `The table function ${name} is not allowed: use tables and views of ${database}, numbers, zeros, generateSeries or values.`,
    );
  }
  return undefined;
}

function tableRefusal(name: string, isTable: boolean, { database }: GateRules): EngineError | undefined {
  const [owner = '', table = '', ...more] = name.split('.');
  if (table === '' || (owner === database && more.length === 0)) return undefined;
  if (owner === 'system' && more.length === 0 && SYSTEM_TABLES.has(table)) return undefined;
  // `router.name` of a column is the alias of a table, which may be anything but a database that everybody may read.
  if (!isTable && owner !== 'system' && owner.toLowerCase() !== 'information_schema') return undefined;
  return EngineError.of(
    'ACCESS_DENIED',
    `${name} is not allowed: an analyst reads tables of ${database} and system.${[...SYSTEM_TABLES].join(', system.')}.`,
  );
}

/** What clients need to find tables and columns. Nothing of other people's queries, the machine or its files. */
const SYSTEM_TABLES: ReadonlySet<string> = new Set([
  'one',
  'databases',
  'tables',
  'columns',
  'parts',
  'functions',
  'formats',
  'data_type_families',
  'time_zones',
]);

/** They make rows out of nothing. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'numbers',
  'zeros',
  'generateseries',
  'generate_series',
  'values',
  'sqlstandardvalues',
  'null',
]);

/** Names of table functions that are harmless functions too. */
const BOTH: ReadonlySet<string> = new Set(['format']);

/** Functions that read files, ask addresses or reach into the server; names in lower case. */
const REACHING: readonly RegExp[] = [
  /^file$/,
  /^filesystem/,
  /^catboost/,
  /^naivebayes/,
  /^ai/,
  /^dict/,
  /^joinget/,
  /^region/,
  /^addressto/,
  /^demangle$/,
  /^flamegraph$/,
  /^__/,
  /^get(server|clienthttp|merge_?tree|macro|oskernel)/,
  /^(full)?host_?name$/,
  /^fqdn$/,
  /^tcpport$/,
  /^serveruuid$/,
  /^showcertificate$/,
  /^logtrace$/,
  /^generateserialid$/,
  /^zookeeper/,
  /^hascolumnintable$/,
  /^mergetreepartinfo$/,
];

/**
 * Functions whose work grows with the square of a value, or that wait. Time is checked between blocks, and nothing stops a
 * function within one: two strings of 64 KiB take seconds for every row.
 */
const SLOW: readonly RegExp[] = [
  /^sleep/,
  /^editdistance/,
  /levenshtein/,
  /^jaro/,
  /^arraysimilarity$/,
  /^arrayautocorrelation$/,
  /^arrayfold$/,
  /^polygons?(convex|distance|equals|intersect|symdifference|union|within)/,
  /^geometryintersect/,
  /^seriesdecompose/,
];

/** Everything that a harmless query can consist of. */
const NODES: ReadonlySet<string> = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'ExpressionList',
  'Literal',
  'Asterisk',
  'QualifiedAsterisk',
  'ColumnsRegexpMatcher',
  'QualifiedColumnsRegexpMatcher',
  'ColumnsListMatcher',
  'QualifiedColumnsListMatcher',
  'ColumnsTransformerList',
  'ColumnsExceptTransformer',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableExpression',
  'TableJoin',
  'ArrayJoin',
  'SampleRatio',
  'Subquery',
  'WithElement',
  'WindowListElement',
  'WindowDefinition',
  'OrderByElement',
  'InterpolateElement',
  'Explain',
  'DescribeQuery',
  'ExistsTableQuery',
  'ExistsViewQuery',
  'ExistsDatabaseQuery',
  'ShowTables',
  'ShowColumns',
  'ShowIndexes',
  'ShowFunctions',
  'ShowCreateTableQuery',
  'ShowCreateViewQuery',
]);
