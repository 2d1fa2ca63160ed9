/** A sender whose bytes trickle while a fault has them do so. */
import type { Sender } from '../routers/sender.ts';
import type { FaultTrack } from './plan.ts';

const DRIP_BYTES_PER_S = 20;
const MILD_DRIP_BYTES_PER_S = 100_000;
/** Shortest wait between two drops. */
const DROP_MS = 10;

export interface DrippingSender extends Sender {
  /** Forgets what has not been sent. To be called when the connection has closed. */
  stop(): void;
}

/** Bytes per second at which a router with these faults sends; undefined: as fast as it can. */
export function dripRate(faults: FaultTrack, atMs: number): number | undefined {
  const fault = faults.at(atMs);
  if (fault?.kind === 'drip') return fault.settings.bytes_per_s ?? DRIP_BYTES_PER_S;
  if (fault?.kind === 'mild_drip') return fault.settings.bytes_per_s ?? MILD_DRIP_BYTES_PER_S;
  return undefined;
}

/** `rate` is asked before every drop. What is still waiting when it becomes undefined leaves at once, in order. */
export function createDrippingSender(sender: Sender, rate: () => number | undefined): DrippingSender {
  let waiting: Buffer = Buffer.alloc(0);
  let then: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  function drop(): void {
    timer = undefined;
    const perS = rate();
    const bytes = perS === undefined ? waiting.length : Math.max(1, Math.floor((perS * DROP_MS) / 1000));
    if (waiting.length > 0) sender.send(waiting.subarray(0, bytes));
    waiting = waiting.subarray(bytes);
    if (waiting.length > 0) return schedule(perS ?? 1);
    const resumed = then;
    then = [];
    for (const resume of resumed) resume();
  }

  function schedule(perS: number): void {
    timer ??= setTimeout(drop, Math.max(DROP_MS, 1000 / perS));
  }

  /** After what is waiting. */
  function afterwards(task: () => void): void {
    if (timer === undefined) task();
    else then.push(task);
  }

  return {
    send(bytes) {
      const perS = rate();
      if (perS === undefined && timer === undefined) return sender.send(bytes);
      waiting = Buffer.concat([waiting, bytes]);
      schedule(perS ?? 1000);
    },
    whenWritable: (resume) => afterwards(() => sender.whenWritable(resume)),
    end: () => afterwards(() => sender.end()),
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting = Buffer.alloc(0);
      then = [];
    },
  };
}
