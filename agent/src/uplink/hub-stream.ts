/** The port between the uplink and whatever carries its messages. */
import type { StreamResponse } from '@poplar/proto/telemetry/v1/ingest';

/** Why a stream is over. `ok` only when the hub ended it in order. */
export type HubFault =
  | 'ok'
  /** Nobody answers at the address, or the connection broke. */
  | 'unreachable'
  /** The hub does not know the token. */
  | 'unauthenticated'
  /** The hub knows the token and refuses what it wants. */
  | 'denied'
  /** The hub refuses a message: too large, or not what it expects. */
  | 'refused'
  | 'other';

export interface StreamEnd {
  readonly fault: HubFault;
  /** The peer's or the system's own words. */
  readonly reason: string;
}

/** One stream to one hub. */
export interface HubStream {
  /** Resolves when the hub is reached; stays pending when it is not: race it with `ended`. */
  readonly opened: Promise<void>;
  /** Sends an encoded StreamRequest. Resolves when there is room for the next one, or when the stream is over. */
  send(request: Uint8Array): Promise<void>;
  /** Tells the hub that nothing more comes; it answers what it has and ends the stream. */
  finish(): void;
  /** Ends the stream at once, as unreachable for this reason. Idempotent. */
  cancel(reason: string): void;
  /** Resolves when the stream is over. */
  readonly ended: Promise<StreamEnd>;
}

/** Opens a stream. Never throws: an address that does not answer is a stream that ends. */
export type DialHub = (address: string, onResponse: (response: StreamResponse) => void) => HubStream;
