/** Opens the engine on its folder, with bounds that suit a small machine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Addon, Connection } from './addon.ts';

/** Another process has the folder open. */
export class FolderTakenError extends Error {
  override readonly name = 'FolderTakenError';
}

export interface EngineConfig {
  readonly folder: string;
  /** The engine's configuration file: users and roles. */
  readonly configFile: string;
  readonly memoryBytesMax: number;
}

/** A hub that was just killed leaves an engine that closes within a moment. */
const FOLDER_WAIT_MS = 6000;
const FOLDER_RETRY_MS = 200;

const MIB = 1024 * 1024;

/** Opens the folder; the connection holds it until it is closed. Throws FolderTakenError when another process keeps it. */
export async function openEngine(addon: Addon, config: EngineConfig, signal: AbortSignal): Promise<Connection> {
  const giveUpAt = performance.now() + FOLDER_WAIT_MS;
  for (;;) {
    try {
      return addon.CreateConnection(config.folder, engineArguments(config));
    } catch (error) {
      const holder = folderHolder(config.folder);
      if (holder === undefined) throw error;
      if (performance.now() > giveUpAt) {
        throw new FolderTakenError(
          `Cannot open ${config.folder}: process ${holder} uses it. Stop that hub, or give this one a data_dir of its own.`,
          { cause: error },
        );
      }
      await delay(FOLDER_RETRY_MS, undefined, { signal });
    }
  }
}

/** Options of the engine's command line. Source: system.server_settings; defaults are for a server that owns its machine. */
function engineArguments({ configFile, memoryBytesMax }: EngineConfig): string[] {
  const options: Record<string, number> = {
    max_server_memory_usage: memoryBytesMax,
    // Caches: 5 GiB of marks and the like by default.
    mark_cache_size: 32 * MIB,
    index_mark_cache_size: 8 * MIB,
    primary_index_cache_size: 32 * MIB,
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    mmap_cache_size: 0,
    query_condition_cache_size: 8 * MIB,
    compiled_expression_cache_size: 16 * MIB,
    parquet_metadata_cache_size: MIB,
    iceberg_metadata_files_cache_size: MIB,
    vector_similarity_index_cache_size: MIB,
    unique_key_index_cache_size_bytes: MIB,
    text_index_tokens_cache_size: MIB,
    text_index_header_cache_size: MIB,
    text_index_postings_cache_size: MIB,
    // Two merges at once keep up with one insert per table and second; more would only compete with the inserts.
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_common_pool_size: 2,
    background_schedule_pool_size: 4,
  };
  return [`--config-file=${configFile}`, ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)];
}

/** Process that has the folder open, by the engine's own note in it; undefined when that process is gone. */
function folderHolder(folder: string): number | undefined {
  const note = join(folder, 'status');
  if (!existsSync(note)) return undefined;
  const pid = Number(/^PID: (\d+)/m.exec(readFileSync(note, 'utf8'))?.[1] ?? 0);
  if (pid === 0 || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
