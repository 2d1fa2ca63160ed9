import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 judge when to collect garbage by the heap and the buffers outside it together. By default it starts over whenever buffers have
 * grown by 64 MB, and batches are buffers: at full load collecting took a third of the hub's time. Other releases of V8 than that of
 * Node 24 may not know the flag, and would say so on stderr.
 */
export function countBuffersWithHeap(): void {
  if (process.versions.node.startsWith('24.')) setFlagsFromString('--external-memory-accounted-in-global-limit');
}
