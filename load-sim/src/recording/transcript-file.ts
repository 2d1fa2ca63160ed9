/** Transcripts on disk: written command by command, and there only when whole. */
import { closeSync, createReadStream, createWriteStream, openSync, rmSync, writeSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import {
  commandLine,
  headerLine,
  parseCommandLine,
  parseHeader,
  type RecordedCommand,
  type TranscriptHeader,
} from './transcript.ts';

/** Of a whole transcript; a replay holds it in memory several times over. */
export const TRANSCRIPT_BYTES_MAX = 256 * 2 ** 20;

export interface TranscriptWriter extends AsyncDisposable {
  /** Writes one command to disk. Returns false, without it, when the transcript would become too large. Throws on a full disk. */
  add(command: RecordedCommand): boolean;
  /** Puts the transcript in its place. The header comes last, as it tells what the commands have shown. */
  finish(header: TranscriptHeader): Promise<void>;
}

/** Nothing is at `file` until finish(); disposing without it leaves nothing behind. Throws when the folder cannot be written. */
export function createTranscriptWriter(file: string, bytesMax: number = TRANSCRIPT_BYTES_MAX): TranscriptWriter {
  const [body, whole] = [`${file}.${process.pid}.body.tmp`, `${file}.${process.pid}.tmp`];
  const handle = openForWriting(body, file);
  let open = true;
  let bytes = 0;

  function close(): void {
    if (open) closeSync(handle);
    open = false;
  }

  return {
    add(command) {
      const line = Buffer.from(commandLine(command));
      if (bytes + line.length > bytesMax) return false;
      bytes += line.length;
      for (let at = 0; at < line.length; ) at += writeSync(handle, line, at);
      return true;
    },
    async finish(header) {
      close();
      const out = createWriteStream(whole, { mode: 0o600, flush: true });
      out.write(headerLine(header));
      await pipeline(createReadStream(body), out);
      await rename(whole, file);
    },
    async [Symbol.asyncDispose]() {
      close();
      for (const temporary of [body, whole]) rmSync(temporary, { force: true });
      await Promise.resolve();
    },
  };
}

/** Nobody else's: a transcript is scrubbed, but still tells of a network. */
function openForWriting(body: string, file: string): number {
  try {
    return openSync(body, 'w', 0o600);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = isAbsent ? 'the folder is not there' : error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot write the transcript ${file}: ${reason}. Name a folder that can be written to`, { cause: error });
  }
}

export interface Transcript {
  readonly header: TranscriptHeader;
  /** In the order in which their answers ended. */
  readonly commands: readonly RecordedCommand[];
}

/** Reads a transcript. Rejects with the file, the line and the fault when it is none, or too large. */
export async function readTranscript(file: string): Promise<Transcript> {
  const cannot = (reason: string, cause?: unknown): Error =>
    new Error(`Cannot read the transcript ${file}: ${reason}`, { cause });
  try {
    const { size } = await stat(file);
    if (size > TRANSCRIPT_BYTES_MAX) throw cannot(`it has ${size} bytes, at most ${TRANSCRIPT_BYTES_MAX} are taken`);
    await using handle = await open(file);
    let header: TranscriptHeader | undefined;
    const commands: RecordedCommand[] = [];
    let number = 0;
    for await (const line of handle.readLines({ encoding: 'utf8' })) {
      number++;
      try {
        if (header === undefined) header = parseHeader(line);
        else commands.push(parseCommandLine(line));
      } catch (error) {
        throw cannot(`line ${number} ${faultOf(error)}. Record it again with "sim record"`, error);
      }
    }
    if (header === undefined || commands.length === 0) throw cannot('it holds no command');
    return { header, commands };
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw cannot(error.message, error);
    throw error;
  }
}

function faultOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return `does not fit at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`;
  }
  return 'is not JSON';
}
