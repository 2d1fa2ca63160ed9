import { parseArgs } from 'node:util';
import { isLetterName, type LetterFilter } from './letters.ts';

export const DEAD_LETTERS_USAGE = `Usage: npm run hub -- dead-letters list|show|replay|drop [NAME…] [--config FILE] [filters]
  list             the letters, newest first
  show NAME…       one letter each: why it was rejected, what it holds, and whether it can be stored now
  replay           stores what can be stored now and removes those letters; the others stay
  drop             removes letters for good; needs names, a filter or --all
  NAME             name of a letter, as list prints it
  --agent NAME     letters of one agent
  --reason TEXT    letters whose reason contains TEXT
  --since TIME     letters received since then: 2026-01-31, 2026-01-31T12:00:00Z, 90m, 12h or 7d
  --limit N        list and show at most N letters (1000)
  --config FILE    configuration of the hub (hub.yaml); the hub must be running when its ClickHouse is the embedded one
  --json           prints JSON
`;

/** Says what is wrong with the words of the command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface DeadLettersCommand {
  readonly action: 'list' | 'show' | 'replay' | 'drop';
  readonly config: string;
  readonly filter: LetterFilter;
  readonly limit: number;
  readonly json: boolean;
}

/** Reads the words behind `dead-letters`; undefined when help is asked for. Throws UsageError. */
export function parseDeadLetters(words: readonly string[], nowMs: number): DeadLettersCommand | undefined {
  const { values, positionals } = parseWords(words);
  if (values.help === true) return undefined;
  const [action, ...names] = positionals;
  if (action !== 'list' && action !== 'show' && action !== 'replay' && action !== 'drop')
    throw new UsageError(`Cannot do "${action ?? ''}" with dead letters: say list, show, replay or drop.`);
  const wrong = names.find((name) => !isLetterName(name));
  if (wrong !== undefined)
    throw new UsageError(`Cannot find "${wrong}": the name of a letter is 16 hexadecimal digits, see list.`);
  const { agent, reason, since } = values;
  const narrowed = names.length > 0 || agent !== undefined || reason !== undefined || since !== undefined;
  if (action === 'show' && names.length === 0) throw new UsageError('Cannot show a letter without its name: see list.');
  if (action === 'drop' && narrowed === (values.all === true))
    throw new UsageError('Cannot tell which letters to drop: give names or filters, or --all and neither.');
  if (action !== 'drop' && values.all === true) throw new UsageError('Cannot use --all here: it belongs to drop.');
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    throw new UsageError(`Cannot use --limit ${values.limit}: give a whole number from 1 to ${LIMIT_MAX}.`);
  return {
    action,
    config: values.config,
    filter: { agent, reason, sinceMs: since === undefined ? undefined : timeOf(since, nowMs), names },
    limit,
    json: values.json === true,
  };
}

/** Most letters that one command takes: their heads are held in memory. */
export const LIMIT_MAX = 200_000;

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        config: { type: 'string', default: 'hub.yaml' },
        agent: { type: 'string' },
        reason: { type: 'string' },
        since: { type: 'string' },
        limit: { type: 'string', default: '1000' },
        all: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const UNIT_MS = { m: 60_000, h: 3600_000, d: 24 * 3600_000 } as const;

/** A time that is given as itself (UTC unless it says otherwise) or as how long ago it was. */
export function timeOf(text: string, nowMs: number): number {
  const ago = /^(\d{1,6})([mhd])$/.exec(text);
  const unit = ago?.[2];
  if (unit === 'm' || unit === 'h' || unit === 'd') return nowMs - Number(ago?.[1]) * UNIT_MS[unit];
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  const local = at?.[1] !== undefined && at[4] === undefined;
  const ms = at === null ? Number.NaN : Date.parse(local ? `${text}Z` : text);
  if (Number.isNaN(ms))
    throw new UsageError(`Cannot read the time "${text}": write 2026-01-31, 2026-01-31T12:00:00Z, 90m, 12h or 7d.`);
  return ms;
}
