/** What faults are done to, and what comes of one. */
import type { AllowedLoss } from '../verify/range.ts';
import type { LinkProxy } from './link-proxy.ts';
import type { Member } from './member.ts';
import type { RedeliveryTarget } from './redelivery.ts';
import type { SealedRecord, SpoolCopy } from './spool-copy.ts';
import type { StoreProxy } from './store-proxy.ts';
import type { Surroundings } from './surroundings.ts';

export interface Stage {
  readonly agent: Member;
  /** The hub that the agent speaks to. */
  readonly hub: Member;
  /** The hub that runs the engine. */
  readonly host: Member;
  readonly link: LinkProxy;
  readonly store: StoreProxy;
  readonly spool: SpoolCopy;
  readonly surroundings: Surroundings;
  /** Of the agent. */
  readonly metricsUrl: string;
  /** Where batches are sent again; undefined while nobody listens there. */
  readonly targets: () => readonly RedeliveryTarget[];
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** What a fault excuses, and what it did. */
export interface Outcome {
  /** Times in which polls may be lost. */
  readonly losses?: readonly AllowedLoss[];
  readonly damaged?: SealedRecord;
  readonly redelivered?: number;
  /** Polls that the agent counted as given up. */
  readonly givenUp?: number;
}
