/** Sends what a router says in segments of a test's choice. */
import type { Peer } from '../../routeros/scripted-router.ts';

/** The bytes in pieces of these sizes, in turn. */
export function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Sends each piece as a segment (over TLS, a record) of its own. */
export async function sendApart(peer: Peer, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    if (!peer.socket.writable) return;
    await new Promise<void>((resolve) => {
      peer.socket.write(chunk, () => setImmediate(resolve));
    });
  }
}
