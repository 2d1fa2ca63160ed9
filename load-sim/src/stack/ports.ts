import { createServer } from 'node:net';

/** A port that the stack needs, with the flag that moves it. */
export interface NeededPort {
  readonly port: number;
  readonly flag: string;
}

/** Returns one line per port that another program uses on 127.0.0.1. */
export async function takenPorts(needed: readonly NeededPort[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { port, flag } of needed) {
    if (await isTaken(port))
      faults.push(`Port ${port} is in use by another program: choose another with ${flag}, or stop that program.`);
  }
  return faults;
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(true));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)));
  });
}
