/** Limits of batches. */

/** What a receiver accepts; sent to agents in Welcome. All in bytes. */
export interface BatchLimits {
  /** Largest compressed payload. */
  readonly payloadBytesMax: number;
  /** Largest payload after decompression: bounds what a small message can make a hub allocate. */
  readonly uncompressedBytesMax: number;
  /** Most payload bytes in flight on one stream. */
  readonly windowBytesMax: number;
}

export const DEFAULT_LIMITS: BatchLimits = {
  payloadBytesMax: 2 * 1024 * 1024,
  uncompressedBytesMax: 16 * 1024 * 1024,
  windowBytesMax: 4 * 1024 * 1024,
};

/** Largest gRPC message either side accepts: a full payload and its envelope. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/** Longest agent, site, router or interface name, and longest of any other text, in UTF-16 units. */
export const SYMBOL_LENGTH_MAX = 4096;
