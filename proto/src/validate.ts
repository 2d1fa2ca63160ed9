/** What a decoded batch must satisfy before it may be stored. A pure function of the batch's bytes: every hub, on any day, decides the same. */
import type { OpenBatch } from './batch.ts';
import { ABSENT, columnAt, type Family, hasColumn, u32At } from './columns.ts';
import { FAMILIES, ROW_FAMILIES } from './families.ts';
import { PollOutcome } from './gen/poplar/telemetry/v1/payload_pb.ts';
import { SYMBOL_LENGTH_MAX } from './limits.ts';

/** Earliest time accepted: nothing was polled before Poplar existed. 2020-01-01. */
export const TIME_MIN_MS = Date.UTC(2020, 0, 1);
/** Latest time accepted: ClickHouse's hour functions wrap in 2106. 2100-01-01. */
export const TIME_MAX_MS = Date.UTC(2100, 0, 1);
/** A batch is sealed about a second after its polls; a day leaves room for an agent whose clock was stepped. */
export const POLL_BEFORE_SEAL_MAX_MS = 24 * 3600_000;
/** Room for rounding, and for a clock that was stepped back between a poll and the seal. */
export const POLL_AFTER_SEAL_MAX_MS = 3600_000;

/** Columns of polls that every release sends. What counts rows may be missing: a batch from before its family has none of them. */
const REQUIRED_POLL_COLUMNS = FAMILIES.polls.columns.filter(
  ({ name, nullsField }) => nullsField === undefined && !ROW_FAMILIES.some(({ countColumn }) => countColumn === name),
);

const OUTCOME_MAX = Math.max(...Object.values(PollOutcome));

/** Returns why the batch cannot be stored, or undefined when it can. */
export function validateBatch(batch: OpenBatch): string | undefined {
  if (batch.agent === '') return 'agent is empty';
  if (batch.epoch === 0n) return 'epoch is 0';
  if (batch.sequence < 1) return 'sequence is 0';
  if (!inTimeRange(batch.sealedAtMs)) return `sealed_at_ms ${batch.sealedAtMs} is outside 2020 to 2100`;
  if (!inTimeRange(batch.epochStartedAtMs)) return `epoch_started_at_ms ${batch.epochStartedAtMs} is outside 2020 to 2100`;
  if (batch.symbols[0] !== '') return 'symbol 0 is not the empty string';
  const long = batch.symbols.findIndex((symbol) => symbol.length > SYMBOL_LENGTH_MAX);
  if (long >= 0) return `symbol ${long} is longer than ${SYMBOL_LENGTH_MAX} characters`;
  const { polls } = batch.families;
  if (polls.rows === 0) return 'there are no polls';
  return pollsFault(batch, polls) ?? rowsFault(batch) ?? symbolsFault(batch) ?? nullsFault(batch);
}

function pollsFault(batch: OpenBatch, polls: Family): string | undefined {
  const lacking = REQUIRED_POLL_COLUMNS.find(({ name }) => !hasColumn(polls, name));
  if (lacking !== undefined) return `polls lack ${lacking.name}`;
  const { bytes } = polls;
  const outcomeAt = columnAt(polls, 'outcome');
  const siteAt = columnAt(polls, 'site_symbol');
  const routerAt = columnAt(polls, 'router_symbol');
  for (let row = 0; row < polls.rows; row++) {
    const at = batch.pollTimesMs[row] ?? 0;
    if (!inTimeRange(at) || at < batch.sealedAtMs - POLL_BEFORE_SEAL_MAX_MS || at > batch.sealedAtMs + POLL_AFTER_SEAL_MAX_MS)
      return `poll ${row} has time ${at}, the batch was sealed at ${batch.sealedAtMs}`;
    const code = bytes[outcomeAt + row] ?? 0;
    if (code < 1 || code > OUTCOME_MAX) return `poll ${row} has outcome ${code}, unknown to this hub`;
    if (u32At(bytes, siteAt + 4 * row) === 0 || u32At(bytes, routerAt + 4 * row) === 0)
      return `poll ${row} has no site or router`;
  }
  return undefined;
}

function rowsFault(batch: OpenBatch): string | undefined {
  const { polls } = batch.families;
  for (const { family: spec, countColumn } of ROW_FAMILIES) {
    const family = batch.families[spec.name];
    const declared = sumU32(polls, countColumn);
    if (declared !== family.rows) return `polls declare ${declared} rows of ${spec.name}, ${family.rows} are there`;
  }
  return undefined;
}

/** The sum of a u32 column. Reads it where it lies: a copy for each of the many counts of a small batch would cost more than the sum. */
function sumU32({ spec, places, rows, bytes }: Family, name: string): number {
  const at = places[2 * (spec.positions.get(name) ?? 0)] ?? ABSENT;
  if (at === ABSENT) return 0;
  let total = 0;
  for (let row = 0; row < rows; row++) total += u32At(bytes, at + 4 * row);
  return total;
}

function symbolsFault(batch: OpenBatch): string | undefined {
  const count = batch.symbols.length;
  for (const { spec, places, rows, bytes } of Object.values(batch.families)) {
    if (rows === 0) continue;
    for (let position = 0; position < spec.columns.length; position++) {
      const at = places[2 * position] ?? ABSENT;
      if (at === ABSENT || spec.columns[position]?.symbol !== true) continue;
      for (let row = 0; row < rows; row++)
        if (u32At(bytes, at + 4 * row) >= count)
          return `${spec.name}.${spec.columns[position]?.name} row ${row} names a symbol that does not exist`;
    }
  }
  return undefined;
}

/** Rows up to which null maps are looked at byte by byte. */
const FEW_ROWS = 64;

function nullsFault(batch: OpenBatch): string | undefined {
  for (const { spec, places, rows, bytes } of Object.values(batch.families)) {
    if (rows === 0) continue;
    const words = rows > FEW_ROWS ? new Uint32Array(Math.ceil(rows / 4)) : undefined;
    for (let position = 0; position < spec.columns.length; position++) {
      const at = places[2 * position + 1] ?? ABSENT;
      if (at === ABSENT || (words !== undefined && onlyMarks(bytes.subarray(at, at + rows), words))) continue;
      for (let row = 0; row < rows; row++) {
        const mark = bytes[at + row] ?? 0;
        if (mark > 1) return `${spec.name}.${spec.columns[position]?.name}_nulls row ${row} is ${mark}, neither 0 nor 1`;
      }
    }
  }
  return undefined;
}

const BEYOND_MARKS = 0xfefe_fefe;

/** True when every byte is 0 or 1: looked at four at a time, since every null map of a batch passes here. `words` is overwritten. */
function onlyMarks(nulls: Uint8Array, words: Uint32Array): boolean {
  new Uint8Array(words.buffer).set(nulls);
  for (let word = 0; word < words.length; word++) if (((words[word] ?? 0) & BEYOND_MARKS) !== 0) return false;
  return true;
}

function inTimeRange(ms: number): boolean {
  return ms >= TIME_MIN_MS && ms < TIME_MAX_MS;
}
