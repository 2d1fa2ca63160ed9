/** What the doctor finds out about a store: whether it works, and whether everything that was polled on a day is in it. */
import type { ClickHouseClient } from '@clickhouse/client';
import { isAgentClockOff } from '../api/clock-limits.ts';
import type { Reconciliation } from '../api/gap-schemas.ts';
import { engineFigures } from '../api/queries/engine-figures.ts';
import type { Reader } from '../api/reader.ts';
import { dayOf, readReconciliation } from '../api/reconciliation.ts';
import { MigrationError, pendingMigrationNames } from '../clickhouse/migrate.ts';
import { asStoreError, StoreError } from '../clickhouse/store-error.ts';
import { EXPIRED } from '../retention/expiry.ts';
import { diskSpace, expiredBatches, newestBatches, storedBytes, waitingDeadLetters } from './queries.ts';

export interface Finding {
  readonly check:
    | 'engine'
    | 'migrations'
    | 'detached parts'
    | 'disk'
    | 'retention'
    | 'dead letters'
    | 'agents'
    | 'clocks'
    | 'reconciliation';
  readonly ok: boolean;
  /** One line for people: what is so, and what to do when it is not well. */
  readonly detail: string;
}

export interface Diagnosis {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** Undefined when it could not be read. */
  readonly reconciliation: Reconciliation | undefined;
}

export interface DoctorDeps {
  readonly client: ClickHouseClient;
  readonly reader: Reader;
  readonly database: string;
  /** Folder of the migrations. */
  readonly migrations: string;
  /** Agents of the configuration. */
  readonly agents: readonly string[];
  readonly now: () => number;
}

/** Inserts are refused below 256 MiB: this leaves time to act. */
const FREE_BYTES_MIN = 1024 ** 3;
const DAY_MS = 24 * 3600_000;
const SILENT_MS = 5 * 60_000;

/** Examines the store. What cannot be read is a finding, never an exception; only the signal's reason is thrown. */
export async function diagnose(deps: DoctorDeps, day: string | undefined, signal?: AbortSignal): Promise<Diagnosis> {
  const { reader, database } = deps;
  const findings: Finding[] = [];
  async function check(name: Finding['check'], examine: () => Promise<Omit<Finding, 'check'>>): Promise<boolean> {
    try {
      findings.push({ check: name, ...(await examine()) });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof StoreError || error instanceof MigrationError)) throw error;
      const hint = name === 'engine' ? '. See that the hub runs, and its log' : '';
      findings.push({ check: name, ok: false, detail: error.message + hint });
    }
    return findings.at(-1)?.ok ?? false;
  }

  const answers = await check('engine', async () => ({
    ok: true,
    detail: `ClickHouse ${await versionOf(deps.client, signal)} answers`,
  }));
  // Without an engine, or on another schema, every further question fails for the same reason.
  const readable =
    answers &&
    (await check('migrations', async () => {
      const pending = await pendingMigrationNames(deps.client, deps.migrations);
      return pending.length === 0
        ? { ok: true, detail: 'all are applied' }
        : { ok: false, detail: `not applied: ${pending.join(', ')}. Start the hub: it applies them` };
    }));
  if (!readable) return { ok: false, findings, reconciliation: undefined };

  await check('detached parts', async () => {
    const parts = (await reader.rows(engineFigures, { database }, signal))[0]?.detached_parts ?? 0;
    return parts === 0
      ? { ok: true, detail: 'none' }
      : { ok: false, detail: `${parts} were set aside as damaged: see system.detached_parts, and restore or drop them` };
  });
  await check('disk', async () => {
    const { free_bytes: free = 0, total_bytes: total = 0 } = (await reader.rows(diskSpace, {}, signal))[0] ?? {};
    const detail = `${gibibytes(free)} of ${gibibytes(total)} free`;
    return free >= FREE_BYTES_MIN
      ? { ok: true, detail }
      : { ok: false, detail: `${detail}; below 0.25 GiB nothing is stored. Free space, or drop old partitions` };
  });
  await check('retention', async () => {
    const { bytes = 0, floor_ms: floorMs = 0 } = (await reader.rows(storedBytes, { database }, signal))[0] ?? {};
    const late = await reader.rows(expiredBatches, { reason: EXPIRED, since_ms: deps.now() - DAY_MS }, signal);
    const kept = `${gibibytes(bytes)} stored, ${floorMs === 0 ? 'no samples have expired' : `samples from ${dayOf(floorMs)} on`}`;
    const words = late.map(({ agent, batches }) => `${batches} of ${agent}`);
    return late.length === 0
      ? { ok: true, detail: kept }
      : {
          ok: false,
          detail: `${kept}; rejected as older in the last 24 hours: ${words.join(', ')} batches. Raise retention.raw_days above the age of what waits in the spools`,
        };
  });
  await check('dead letters', async () => {
    const letters = await reader.rows(waitingDeadLetters, {}, signal);
    const [first] = letters;
    if (first === undefined) return { ok: true, detail: 'none wait' };
    const total = letters.reduce((sum, row) => sum + row.letters, 0);
    const oldest = new Date(Math.min(...letters.map(({ oldest_ms }) => oldest_ms))).toISOString();
    return { ok: false, detail: `${total} rejected batches wait since ${oldest}, most of them for: ${first.reason}` };
  });
  await check('agents', async () => {
    const heard = new Map((await reader.rows(newestBatches, {}, signal)).map((row) => [row.agent, row.received_ms]));
    const silent = deps.agents.filter((agent) => deps.now() - (heard.get(agent) ?? 0) > SILENT_MS);
    const words = silent.map((agent) => `${agent} (${sinceText(heard.get(agent))})`);
    return silent.length === 0
      ? { ok: true, detail: `${deps.agents.length} of ${deps.agents.length} sent a batch in the last 5 minutes` }
      : { ok: false, detail: `silent: ${words.join(', ')}` };
  });
  await check('clocks', async () => {
    const known = (await reader.rows(newestBatches, {}, signal)).filter(({ agent }) => deps.agents.includes(agent));
    const off = known.filter(({ offset_ms }) => isAgentClockOff(offset_ms));
    const words = off.map(({ agent, offset_ms }) => `${agent} (${aheadText(-(offset_ms ?? 0))} the hub)`);
    return off.length === 0
      ? { ok: true, detail: "agents keep the hub's time" }
      : {
          ok: false,
          detail: `off: ${words.join(', ')}. The times of what they poll are wrong by it: have agents and hub keep time by NTP`,
        };
  });
  let reconciliation: Reconciliation | undefined;
  await check('reconciliation', async () => {
    const asked = day ?? dayOf(deps.now());
    reconciliation = await readReconciliation(deps, asked, signal);
    const { agents } = reconciliation;
    const wrong = agents.filter(({ adds_up }) => !adds_up).map(({ agent }) => agent);
    if (wrong.length > 0) return { ok: false, detail: `${asked} does not add up for ${wrong.join(', ')}` };
    if (reconciliation.expired) return { ok: true, detail: `the rows of ${asked} have expired: nothing to add up` };
    return { ok: true, detail: agents.length === 0 ? `nothing was polled on ${asked}` : `${asked} adds up` };
  });
  return { ok: findings.every(({ ok }) => ok), findings, reconciliation };
}

async function versionOf(client: ClickHouseClient, signal: AbortSignal | undefined): Promise<string> {
  try {
    const answer = await client.query({
      query: 'SELECT version()',
      format: 'TabSeparated',
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    return (await answer.text()).trim();
  } catch (error) {
    throw asStoreError(error);
  }
}

function sinceText(ms: number | undefined): string {
  return ms === undefined ? 'never sent a batch' : `since ${new Date(ms).toISOString()}`;
}

function aheadText(ms: number): string {
  return `${(Math.abs(ms) / 1000).toFixed(1)} s ${ms > 0 ? 'ahead of' : 'behind'}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
