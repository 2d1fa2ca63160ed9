/** What a decoded batch must satisfy before it may be stored. A pure function of the batch's bytes: every hub, on any day, decides the same. */
import type { OpenBatch } from './batch.ts';
import { type Family, readColumn, u32Column, u64Column } from './columns.ts';
import { FAMILIES, ROW_FAMILIES } from './families.ts';
import { PollOutcome } from './gen/poplar/telemetry/v1/payload_pb.ts';

/** Earliest time accepted: nothing was polled before Poplar existed. 2020-01-01. */
export const TIME_MIN_MS = Date.UTC(2020, 0, 1);
/** Latest time accepted: ClickHouse's hour functions wrap in 2106. 2100-01-01. */
export const TIME_MAX_MS = Date.UTC(2100, 0, 1);
/** A batch is sealed about a second after its polls; a day leaves room for an agent whose clock was stepped. */
export const POLL_BEFORE_SEAL_MAX_MS = 24 * 3600_000;
/** Room for rounding, and for a clock that was stepped back between a poll and the seal. */
export const POLL_AFTER_SEAL_MAX_MS = 3600_000;
/** Longest agent, site, router or interface name, and longest of any other text, in UTF-16 units. */
export const SYMBOL_LENGTH_MAX = 4096;

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
  const lacking = REQUIRED_POLL_COLUMNS.find(({ name }) => !polls.columns.has(name));
  if (lacking !== undefined) return `polls lack ${lacking.name}`;
  const ts = u64Column(polls, 'ts_ms');
  const outcome = readColumn(polls, 'outcome');
  const site = u32Column(polls, 'site_symbol');
  const router = u32Column(polls, 'router_symbol');
  for (let row = 0; row < polls.rows; row++) {
    const at = ts[row] ?? 0;
    if (!inTimeRange(at) || at < batch.sealedAtMs - POLL_BEFORE_SEAL_MAX_MS || at > batch.sealedAtMs + POLL_AFTER_SEAL_MAX_MS)
      return `poll ${row} has time ${at}, the batch was sealed at ${batch.sealedAtMs}`;
    const code = Number(outcome(row));
    if (code < 1 || code > OUTCOME_MAX) return `poll ${row} has outcome ${code}, unknown to this hub`;
    if (site[row] === 0 || router[row] === 0) return `poll ${row} has no site or router`;
  }
  return undefined;
}

function rowsFault(batch: OpenBatch): string | undefined {
  for (const { family: spec, countColumn } of ROW_FAMILIES) {
    const family = batch.families[spec.name];
    const declared = sumU32(batch.families.polls.columns.get(countColumn)?.bytes);
    if (declared !== family.rows) return `polls declare ${declared} rows of ${spec.name}, ${family.rows} are there`;
  }
  return undefined;
}

/** The sum of a u32 column. Reads it where it lies: a copy for each of the many counts of a small batch would cost more than the sum. */
function sumU32(bytes: Uint8Array = NOTHING): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 4) total += readU32(bytes, at);
  return total;
}

const NOTHING = new Uint8Array();

function readU32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return low + (bytes[at + 3] ?? 0) * 0x100_0000;
}

function symbolsFault(batch: OpenBatch): string | undefined {
  const count = batch.symbols.length;
  for (const family of Object.values(batch.families)) {
    for (const { spec, bytes } of family.columns.values()) {
      if (!spec.symbol) continue;
      const past = firstFrom(bytes, count);
      if (past >= 0) return `${family.spec.name}.${spec.name} row ${past} names a symbol that does not exist`;
    }
  }
  return undefined;
}

/** The first row of a u32 column with `min` or more, or -1. */
function firstFrom(bytes: Uint8Array, min: number): number {
  for (let at = 0; at < bytes.length; at += 4) if (readU32(bytes, at) >= min) return at / 4;
  return -1;
}

function nullsFault(batch: OpenBatch): string | undefined {
  for (const family of Object.values(batch.families)) {
    if (family.rows === 0) continue;
    const words = new Uint32Array(Math.ceil(family.rows / 4));
    for (const { spec, nulls } of family.columns.values()) {
      if (nulls === undefined || onlyMarks(nulls, words)) continue;
      const odd = nulls.findIndex((mark) => mark > 1);
      return `${family.spec.name}.${spec.name}_nulls row ${odd} is ${nulls[odd]}, neither 0 nor 1`;
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
