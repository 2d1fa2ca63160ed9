/**
 * Preloaded into an agent (`node --import`), it has the system's clock go wrong by as much as the file `offset` says, from the
 * moment that `log` has: `Date.now()` and `new Date()` are off, the monotonic clock runs on. agent-clock.ts writes the one and
 * reads the other.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['POPLAR_STEPPED_CLOCK'];
if (folder === undefined) throw new Error('Cannot step the clock: POPLAR_STEPPED_CLOCK does not name a folder');

const offsetFile = join(folder, 'offset');
const logFile = join(folder, 'log');
const LOOK_MS = 20;
const System = globalThis.Date;
const trueMs = System.now;
let offsetMs = 0;

function follow(wantedMs: number): void {
  // Nothing else runs meanwhile: what read the clock before has the old time, what reads it later the new one.
  appendFileSync(logFile, `[${trueMs()},${wantedMs}]\n`);
  offsetMs = wantedMs;
}

function wanted(): number {
  return Number(readFileSync(offsetFile, 'utf8'));
}

System.now = () => trueMs() + offsetMs;
globalThis.Date = new Proxy(System, {
  construct: (target, parts: unknown[], made) => Reflect.construct(target, parts.length === 0 ? [target.now()] : parts, made),
  apply: (target) => new target(target.now()).toString(),
});
follow(wanted());
setInterval(() => {
  const next = wanted();
  if (next !== offsetMs) follow(next);
}, LOOK_MS).unref();
