/** What a client program is asked to do, given as JSON in its only argument, and how it tells what it got. */
import { z } from 'zod';

const read = z.strictObject({
  /** Path of the menu: /interface. */
  menu: z.string(),
  /** Command of the menu. */
  verb: z.string().default('print'),
  /** Properties that the rows are to have; all unless named. */
  properties: z.array(z.string()).optional(),
  /** Properties that the rows must have, with these values. */
  where: z.record(z.string(), z.string()).default({}),
  /** Query words as they are sent. */
  queries: z.array(z.string()).default([]),
  /** Arguments of the command; an empty text is one that has no value. */
  options: z.record(z.string(), z.string()).default({}),
});

const ask = z.strictObject({
  host: z.string(),
  port: z.int(),
  user: z.string(),
  password: z.string(),
  /** True: the commands are sent without waiting for answers. */
  together: z.boolean().default(true),
  reads: z.array(read).default([]),
});

export type Read = z.infer<typeof read>;
export type Ask = z.input<typeof ask>;

/** One line of a program's standard output. */
const told = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('login') }),
  z.strictObject({ what: z.literal('refused'), error: z.string() }),
  z.strictObject({ what: z.literal('closed') }),
  z.strictObject({ what: z.literal('rows'), read: z.int(), rows: z.array(z.record(z.string(), z.unknown())) }),
  z.strictObject({ what: z.literal('error'), read: z.int(), error: z.string() }),
]);

export type Told = z.infer<typeof told>;

/** The request of this program. Throws when it is none. */
export function readAsk(): z.infer<typeof ask> {
  return ask.parse(JSON.parse(process.argv[2] ?? ''));
}

export function tell(what: Told): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** What a program has told so far. */
export function readTold(stdout: string): Told[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => told.parse(JSON.parse(line)));
}

/** Has every read answered, one after the other or together, and tells the rows or the failure of each. */
export async function tellReads(
  reads: readonly Read[],
  together: boolean,
  rowsOf: (read: Read) => Promise<Record<string, unknown>[]>,
): Promise<void> {
  const answer = async (read: Read, index: number): Promise<void> => {
    try {
      tell({ what: 'rows', read: index, rows: await rowsOf(read) });
    } catch (error) {
      tell({ what: 'error', read: index, error: textOf(error) });
    }
  };
  if (together) await Promise.all(reads.map(answer));
  else for (const [index, read] of reads.entries()) await answer(read, index);
}

/** What an error says: clients reject with errors, with texts, and with objects of their own. */
export function textOf(error: unknown): string {
  return error instanceof Error && 'errno' in error ? `${String(error.errno)}: ${error.message}` : String(error);
}
