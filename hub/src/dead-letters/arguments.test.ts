import { describe, expect, it } from 'vitest';
import { parseDeadLetters, UsageError } from './arguments.ts';

const NOW = Date.UTC(2026, 0, 31, 12);
const NAME = '00ff00ff00ff00ff';
const parse = (line: string) => parseDeadLetters(line.split(' '), NOW);

describe('the words of dead-letters', () => {
  it('name an action, letters and filters', () => {
    expect(parse(`replay ${NAME} --config a.yaml --agent fra1 --reason outcome --json`)).toEqual({
      action: 'replay',
      config: 'a.yaml',
      filter: { agent: 'fra1', reason: 'outcome', sinceMs: undefined, names: [NAME] },
      limit: 1000,
      json: true,
    });
    expect(parse('list --help')).toBeUndefined();
  });

  it.each([
    ['2026-01-30', Date.UTC(2026, 0, 30)],
    ['2026-01-30T06:30', Date.UTC(2026, 0, 30, 6, 30)],
    ['2026-01-30T06:30:15Z', Date.UTC(2026, 0, 30, 6, 30, 15)],
    ['2026-01-30T06:30+02:00', Date.UTC(2026, 0, 30, 4, 30)],
    ['90m', NOW - 90 * 60_000],
    ['12h', NOW - 12 * 3600_000],
    ['7d', NOW - 7 * 24 * 3600_000],
  ])('take %s as a time, in UTC unless it says otherwise', (since, ms) => {
    expect(parse(`list --since ${since}`)?.filter.sinceMs).toBe(ms);
  });

  it.each([
    ['', /say list, show, replay or drop/],
    ['mend', /Cannot do "mend"/],
    ['show', /without its name/],
    ['show 12', /16 hexadecimal digits/],
    ['list --since yesterday', /Cannot read the time "yesterday"/],
    ['list --since 2026-13-01', /Cannot read the time/],
    ['list --limit 0', /from 1 to/],
    ['list --limt 3', /limt/],
    ['list --all', /belongs to drop/],
    ['drop', /give names or filters, or --all/],
    ['drop --all --agent fra1', /or --all and neither/],
  ])('are refused with what to do: %s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });

  it('let everything be dropped only when --all says so', () => {
    expect(parse('drop --all')).toMatchObject({ action: 'drop' });
    expect(parse('drop --reason outcome')).toMatchObject({ action: 'drop' });
  });
});
