/** How visits end. */
import { PollOutcome, PollOutcomeSchema } from '@poplar/proto/telemetry/v1/payload';
import type { SessionFault } from './router-client.ts';

/** A collector that the router answered with a trap. */
export interface CollectorFailure {
  readonly permission: boolean;
  readonly reason: string;
}

const OUTCOME_OF_FAULT: Readonly<Record<SessionFault, PollOutcome>> = {
  refused: PollOutcome.REFUSED,
  timeout: PollOutcome.TIMEOUT,
  auth: PollOutcome.AUTH,
  permission: PollOutcome.PERMISSION,
  closed: PollOutcome.CLOSED,
  protocol: PollOutcome.PROTOCOL,
  tls: PollOutcome.TLS,
  unreachable: PollOutcome.UNREACHABLE,
  'max-sessions': PollOutcome.MAX_SESSIONS,
};

/** The outcome of a visit whose session failed after `answered` collectors had their answer. */
export function outcomeOfFault(fault: SessionFault, answered: number): PollOutcome {
  return answered > 0 ? PollOutcome.PARTIAL : OUTCOME_OF_FAULT[fault];
}

/**
 * The outcome of a visit whose session held. A router that answers every command with an error is reached, so that is
 * partial too, unless rights are all that it lacks.
 */
export function outcomeOfAnswers(answered: number, failures: readonly CollectorFailure[]): PollOutcome {
  if (failures.length === 0) return PollOutcome.OK;
  if (answered === 0 && failures.every((failure) => failure.permission)) return PollOutcome.PERMISSION;
  return PollOutcome.PARTIAL;
}

/** True when the router answered at least one collector, or at least answered. */
export function isAnswered(outcome: number): boolean {
  return outcome === PollOutcome.OK || outcome === PollOutcome.PARTIAL;
}

/** A PollOutcome's name as it is stored: `ok`, `timeout` … */
export function outcomeName(outcome: number): string {
  const prefix = 'POLL_OUTCOME_';
  const name = PollOutcomeSchema.values.find((value) => value.number === outcome)?.name ?? String(outcome);
  return (name.startsWith(prefix) ? name.slice(prefix.length) : name).toLowerCase();
}
