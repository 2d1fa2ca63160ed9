import type { BoardName } from './boards/board.ts';
import type { DialectName } from './dialects/dialect.ts';

/** How a router speaks on its port. `certificate`: TLS with the test certificate; `anonymous`: TLS as a router without one. */
export const TRANSPORTS = ['plain', 'certificate', 'anonymous'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** One simulated router: where it listens, what it is, and who may log in. */
export interface RouterPlan {
  /** Position in the fleet, from 0. The truth journal names routers by it. */
  readonly index: number;
  readonly site: string;
  /** Name by which agents know it. */
  readonly router: string;
  readonly address: string;
  readonly port: number;
  readonly board: BoardName;
  readonly dialect: DialectName;
  readonly user: string;
  readonly password: string;
  /** True: every login fails, whatever the password. */
  readonly refusesLogin: boolean;
  readonly transport: Transport;
}
