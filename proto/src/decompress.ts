/** How the payload of a batch becomes bytes again: into memory of its own, or into memory that the next payload takes over. */
import { constants, createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { isWholeFrame } from './zstd-frame.ts';

/** Decompresses a payload to `bytes` bytes, as its envelope declares. Throws when it is not zstd or holds more; what holds less comes as it is. */
export type Decompress = (payload: Uint8Array, bytes: number) => Uint8Array;

/** Smallest chunk that zlib takes. */
const CHUNK_BYTES_MIN = 64;

/** Into memory of its own. */
export const decompress: Decompress = (payload, bytes) => {
  // One chunk with room to spare: the stream never has to ask for a second one, nor to join them.
  const chunkSize = Math.max(CHUNK_BYTES_MIN, bytes + 1);
  return zstdDecompressSync(payload, { maxOutputLength: Math.max(1, bytes), chunkSize });
};

/** Memory is kept up to here: what is larger is rare and gets its own. */
const KEEP_BYTES = 2 * 1024 * 1024;
const INITIAL_BYTES = 64 * 1024;

/**
 * Returns a Decompress whose answer is valid until its next call: all answers share one memory, and all payloads one zstd context.
 *
 * `decompress` takes both anew for each payload. The pages that a hub touched for the first time and gave back with every batch, and
 * the garbage collections that their bytes set off, took it longer than everything else that it did with the batch. Node has no documented
 * way to say where a stream's output goes, so this uses the object under Node's own stream, tries it on some bytes first, and
 * is `decompress` where that does not work. Payloads that are not exactly one zstd frame, or large, go to `decompress` as well.
 */
export function createDecompressor(open: () => Context | undefined = openContext): Decompress {
  let context = trusted(open);
  let memory = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  return (payload, bytes) => {
    // What stopped within a frame would go on with it in the next payload.
    if (context === undefined || bytes >= KEEP_BYTES || !isWholeFrame(payload)) return decompress(payload, bytes);
    if (bytes >= memory.length) memory = Buffer.allocUnsafeSlow(Math.min(KEEP_BYTES, Math.max(bytes + 1, 2 * memory.length)));
    // One byte more than declared, to see what holds more.
    const written = context.write(payload, memory.subarray(0, bytes + 1));
    if (written !== undefined && written <= bytes) return memory.subarray(0, written);
    context = trusted(open);
    return decompress(payload, bytes);
  };
}

/** A zstd context of Node's. */
export interface Context {
  /** Decompresses a whole frame; undefined when it is damaged or does not fit, after which the context cannot be used any more. */
  write(frame: Uint8Array, to: Uint8Array): number | undefined;
}

const PROBE = Buffer.from('Poplar, Poplar, Poplar');

/** The context, if it does what it should; a throw, another answer or none at all say that this Node is made otherwise. */
function trusted(open: () => Context | undefined): Context | undefined {
  try {
    const context = open();
    const answer = Buffer.alloc(PROBE.length + 1);
    // Twice, since a context is for more than one frame.
    for (const _ of [1, 2])
      if (
        context?.write(zstdCompressSync(PROBE), answer.fill(0)) !== PROBE.length ||
        !PROBE.equals(answer.subarray(0, PROBE.length))
      )
        return undefined;
    return context;
  } catch {
    return undefined;
  }
}

/** By way of Node's stream: `_handle.writeSync` fills memory that the caller names, `_writeState` tells how much of output and input is left. */
function openContext(): Context | undefined {
  const stream = createZstdDecompress();
  // A damaged frame destroys the stream, which tells of it here.
  stream.on('error', () => {});
  const handle: unknown = Reflect.get(stream, '_handle');
  const left: unknown = Reflect.get(stream, '_writeState');
  if (typeof handle !== 'object' || handle === null || !(left instanceof Uint32Array)) return undefined;
  const writeSync: unknown = Reflect.get(handle, 'writeSync');
  if (typeof writeSync !== 'function') return undefined;
  return {
    write(frame, to) {
      Reflect.apply(writeSync, handle, [constants.ZSTD_e_end, frame, 0, frame.length, to, 0, to.length]);
      const [outputLeft = 0, inputLeft = 0] = left;
      return stream.destroyed || inputLeft > 0 ? undefined : to.length - outputLeft;
    },
  };
}
