/** Growing memory that blocks are written into one after the other. It is made once and used for insert after insert: memory that every insert took anew would cost more in collecting it than writing it does. */
export interface ByteSink {
  /** Bytes written since the start, or since the last `clear`. */
  readonly size: number;
  /** The next `bytes` bytes, with whatever was there before: the caller fills all of them, before it asks for more. */
  room(bytes: number): Buffer;
  byte(value: number): void;
  /** Writes a text as UTF-8, of which it has so many bytes. */
  text(text: string, bytes: number): void;
  /** What was written from `from` up to `to`. Valid until the next `room` or `clear`. */
  slice(from: number, to: number): Uint8Array;
  /** Forgets what was written. Memory beyond `keepBytes` is given back. */
  clear(keepBytes: number): void;
}

const INITIAL_BYTES = 64 * 1024;
/** It doubles up to here, then grows by so much: it is kept, so that what is copied now is not copied again. */
const STEP_BYTES = 2 * 1024 * 1024;

export function createByteSink(): ByteSink {
  let memory = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  let size = 0;

  function enlarge(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, memory.length + Math.min(memory.length, STEP_BYTES)));
    larger.set(memory.subarray(0, size));
    memory = larger;
  }

  function reserve(bytes: number): number {
    if (size + bytes > memory.length) enlarge(size + bytes);
    size += bytes;
    return size - bytes;
  }

  return {
    get size() {
      return size;
    },
    room(bytes) {
      const at = reserve(bytes);
      return memory.subarray(at, at + bytes);
    },
    byte(value) {
      const at = reserve(1);
      memory[at] = value;
    },
    text(text, bytes) {
      const at = reserve(bytes);
      memory.write(text, at);
    },
    slice: (from, to) => memory.subarray(from, to),
    clear(keepBytes) {
      size = 0;
      if (memory.length > keepBytes) memory = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    },
  };
}
