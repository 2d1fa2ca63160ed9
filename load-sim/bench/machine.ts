/** Where a benchmark ran: figures mean little without it. */
import { cpus, totalmem } from 'node:os';

/** One line: cores, CPU, memory, versions and the day. */
export function machineLine(versions: readonly string[], nowMs: number): string {
  const cores = cpus();
  const model = cores[0]?.model.trim().replaceAll(/\s+/g, ' ') || 'unknown CPU';
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  const day = new Date(nowMs).toISOString().slice(0, 10);
  return `${day}; ${cores.length} cores (${model}), ${memory}; ${[`Node ${process.versions.node}`, ...versions].join(', ')}.`;
}
