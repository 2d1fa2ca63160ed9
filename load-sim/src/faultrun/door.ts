/** A listening port on loopback that can be closed for a while and opened again under the same number. */
import { once } from 'node:events';
import type { Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Door {
  readonly port: number;
  open(): Promise<void>;
  /** From now on connections are refused. Those that stand are the caller's. */
  close(): void;
}

const REOPEN_TRIES = 100;
const REOPEN_WAIT_MS = 50;

/** Opens the server on a port that the system chooses. */
export async function openDoor(server: Server): Promise<Door> {
  await listen(server, 0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  const { port } = address;
  return {
    port,
    async open() {
      for (let tries = 1; !server.listening; tries++) {
        try {
          await listen(server, port);
        } catch (error) {
          // An outgoing connection of some program may have the number for a moment.
          if (tries === REOPEN_TRIES) throw error;
          await delay(REOPEN_WAIT_MS);
        }
      }
    },
    close() {
      if (server.listening) server.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
}
