/** Commands of a session that go on: repeated prints, monitors, /listen and large tables. */
import type { ReplyWriter } from './reply-writer.ts';

/** A command that goes on until it is cancelled, its time is over, or it has sent everything. */
interface Lasting {
  readonly tag: string | undefined;
  stop(): void;
}

export interface LastingCommands {
  /** Calls `tick` every `everyMs` until the session ends or the command is cancelled; a tick that returns true ends it. */
  repeat(tag: string | undefined, everyMs: number, tick: () => boolean): void;
  /**
   * Calls `step` whenever the peer has taken what was sent, until it returns true. The first step is taken at once.
   */
  stream(tag: string | undefined, step: () => boolean): void;
  /** Calls `act` once, after `ms`, unless the session ends or the command is cancelled before. */
  later(tag: string | undefined, ms: number, act: () => void): void;
  /** Ends the commands with this tag, or all, and says so. */
  cancel(wanted: string | undefined, cancelTag: string | undefined): void;
  /** Ends everything without a word. */
  close(): void;
}

export interface LastingDeps {
  readonly writer: ReplyWriter;
  /** Calls back when the connection can take more. */
  readonly whenWritable: (resume: () => void) => void;
  /** False when the session has ended, as by a reboot: nothing goes on then. */
  readonly alive: () => boolean;
  /**
   * True: a cancel of a tag that runs nothing is answered with `!done` alone. So it is on versions with the MD5 login:
   * mikronode-ng cancels its login after every login there, and would not survive an untagged trap.
   */
  readonly cancelsNothingQuietly: boolean;
}

export function createLastingCommands({ writer, whenWritable, alive, cancelsNothingQuietly }: LastingDeps): LastingCommands {
  const running = new Set<Lasting>();

  return {
    repeat(tag, everyMs, tick) {
      const timer = setInterval(() => {
        if (!alive()) return;
        if (tick()) {
          entry.stop();
          running.delete(entry);
          writer.reply('!done', tag);
        }
        writer.flush();
      }, everyMs);
      const entry: Lasting = { tag, stop: () => clearInterval(timer) };
      running.add(entry);
    },

    stream(tag, step) {
      let stopped = false;
      const entry: Lasting = { tag, stop: () => (stopped = true) };
      const advance = (): void => {
        if (stopped || !alive()) return;
        const finished = step();
        writer.flush();
        if (finished) running.delete(entry);
        else whenWritable(advance);
      };
      running.add(entry);
      advance();
    },

    later(tag, ms, act) {
      const timer = setTimeout(() => {
        running.delete(entry);
        if (!alive()) return;
        act();
        writer.flush();
      }, ms);
      const entry: Lasting = { tag, stop: () => clearTimeout(timer) };
      running.add(entry);
    },

    // Order as captured on 7.23: the trap of the cancelled command, the end of the cancel, the end of the cancelled one.
    cancel(wanted, cancelTag) {
      const victims = [...running].filter(({ tag }) => wanted === undefined || tag === wanted);
      for (const victim of victims) {
        running.delete(victim);
        victim.stop();
        writer.trap(victim.tag, 'interrupted', 2);
      }
      if (victims.length === 0 && wanted !== undefined && !cancelsNothingQuietly) writer.trap(cancelTag, 'no such item', 0);
      writer.reply('!done', cancelTag);
      for (const victim of victims) writer.reply('!done', victim.tag);
    },

    close() {
      for (const one of running) one.stop();
      running.clear();
    },
  };
}
