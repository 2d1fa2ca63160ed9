import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine, headerLine, parseCommandLine, type RecordedCommand, type TranscriptHeader } from './transcript.ts';
import { createTranscriptWriter, readTranscript } from './transcript-file.ts';

const HEADER: TranscriptHeader = {
  recordedAt: '2026-06-01T12:00:00.000Z',
  routeros: '7.18.2 (stable)',
  board: 'hAP ax^2',
  agent: '0.1.0',
  scrubbed: [{ rule: 'mac', values: 3 }],
  kept: [],
};
const COMMAND: RecordedCommand = {
  atMs: 12,
  tookUs: 340,
  words: ['/interface/print', '=.proplist=name'],
  reply: [['!re', '=name=ether1', '=running', '=comment=B\xfcro', '=comment=again'], ['!done']],
  bytes: 40,
  complete: true,
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-transcript-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a line of a transcript', () => {
  it('is plain JSON, with hexadecimal where bytes are not UTF-8', () => {
    expect(JSON.parse(commandLine(COMMAND))).toEqual({
      at_ms: 12,
      took_us: 340,
      words: ['/interface/print', '=.proplist=name'],
      reply: [['!re', ['name', 'ether1'], ['running'], ['comment', { hex: '42fc726f' }], ['comment', 'again']], ['!done']],
      bytes: 40,
    });
    expect(JSON.parse(commandLine({ ...COMMAND, complete: false }))).toMatchObject({ incomplete: true });
  });

  it('gives every byte back, whatever they are', () => {
    const text = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const name = fc.string({ maxLength: 9 }).filter((value) => !value.includes('='));
    const attribute = fc.tuple(name, text).map(([own, value]) => `=${Buffer.from(own, 'utf8').toString('latin1')}=${value}`);
    const bare = text.filter((value) => !value.startsWith('='));
    const sentence = fc
      .tuple(fc.constantFrom('!re', '!trap', '!fatal', '!done'), fc.array(fc.oneof(attribute, bare), { maxLength: 4 }))
      .map(([type, words]) => [type, ...words]);
    fc.assert(
      fc.property(fc.array(sentence, { maxLength: 4 }), fc.array(text, { minLength: 1, maxLength: 3 }), (reply, words) => {
        const command = { ...COMMAND, words, reply };
        expect(parseCommandLine(commandLine(command))).toEqual(command);
      }),
    );
  });
});

describe('a transcript on disk', () => {
  it('is there when it is whole, for its owner alone, and is read back', async () => {
    const file = join(folder, 'a.jsonl');
    {
      await using writer = createTranscriptWriter(file);
      expect(writer.add(COMMAND)).toBe(true);
      expect(readdirSync(folder)).not.toContain('a.jsonl');
      await writer.finish(HEADER);
    }
    expect(readdirSync(folder)).toEqual(['a.jsonl']);
    expect(await readTranscript(file)).toEqual({ header: HEADER, commands: [COMMAND] });
  });

  it('leaves nothing behind when it does not become whole, and what was there before alone', async () => {
    const file = join(folder, 'a.jsonl');
    writeFileSync(file, 'before');
    {
      await using writer = createTranscriptWriter(file);
      writer.add(COMMAND);
    }
    expect(readdirSync(folder)).toEqual(['a.jsonl']);
    expect(readFileSync(file, 'utf8')).toBe('before');
  });

  it('takes no more than its largest size', async () => {
    await using writer = createTranscriptWriter(join(folder, 'a.jsonl'), 2 * commandLine(COMMAND).length);
    expect([writer.add(COMMAND), writer.add(COMMAND), writer.add(COMMAND)]).toEqual([true, true, false]);
  });

  it.each([
    ['', 'it holds no command'],
    [headerLine(HEADER), 'it holds no command'],
    ['{}\n', 'line 1 does not fit at format'],
    [headerLine(HEADER).replace('"version":1', '"version":9'), 'line 1 does not fit at version: is of another version than 1'],
    [`${headerLine(HEADER)}{"at_ms":1}\n`, 'line 2 does not fit at took_us'],
    [`${headerLine(HEADER)}${commandLine(COMMAND)}half`, 'line 3 is not JSON'],
  ])('says where it is none: %#', async (text, fault) => {
    const file = join(folder, 'a.jsonl');
    writeFileSync(file, text);
    await expect(readTranscript(file)).rejects.toThrow(`Cannot read the transcript ${file}: ${fault}`);
  });

  it('says that there is none', async () => {
    await expect(readTranscript(join(folder, 'none'))).rejects.toThrow(/^Cannot read the transcript .*none: ENOENT/);
  });
});
