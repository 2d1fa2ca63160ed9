/** Takes a part of a running Poplar away for a long time, and brings it back. */
import { HUB_GRACE_MS } from '../../stack/programs.ts';
import type { Stage } from '../stage.ts';
import type { OutageKind } from './plan.ts';

/** Resolves when the part is away. */
export async function cutOff(kind: OutageKind, { hub, host, link, store }: Stage): Promise<void> {
  switch (kind) {
    case 'hub':
      await link.set({ kind: 'refuse' });
      await hub.kill();
      return;
    case 'clickhouse':
      // The engine ends with the hub that runs it.
      await store.set({ kind: 'refuse' });
      await host.stop(HUB_GRACE_MS);
      return;
    case 'clickhouse_hang':
      await store.set({ kind: 'hang' });
      return;
  }
}

/** Resolves when the part serves again and can be reached. */
export async function bringBack(kind: OutageKind, { hub, host, link, store }: Stage): Promise<void> {
  switch (kind) {
    case 'hub':
      await hub.start();
      await link.set({ kind: 'pass' });
      return;
    case 'clickhouse':
      await host.start();
      await store.set({ kind: 'pass' });
      return;
    case 'clickhouse_hang':
      await store.set({ kind: 'pass' });
      return;
  }
}
