/** The port between the sessions of a router and what answers their commands. */
import type { CodePage } from '../boards/layout.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { FaultTrack } from '../faults/plan.ts';
import type { RouterPlan } from '../router-plan.ts';
import type { Command } from './command.ts';
import type { LastingCommands } from './lasting.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** What a session gives to whatever answers its commands. */
export interface SessionTools {
  /** Wall clock, Unix milliseconds. */
  readonly nowMs: () => number;
  readonly writer: ReplyWriter;
  readonly lasting: LastingCommands;
  /** Ends the session with `!fatal` and this reason. */
  readonly fatal: (reason: string) => void;
}

/** A router as its sessions see it. */
export interface ServedRouter {
  readonly plan: RouterPlan;
  readonly dialect: Pick<Dialect, 'login' | 'loginRefused'>;
  readonly codePage: CodePage;
  /** What goes wrong with it; undefined: nothing. */
  readonly faults?: FaultTrack;
  /** The boot that this time belongs to: sessions of an earlier one are cut. */
  bootAt(atMs: number): { readonly number: number };
  /** Returns what answers the commands of one session after its login; all but /login, /quit and /cancel are given to it. */
  openSession(tools: SessionTools): (command: Command) => void;
}
