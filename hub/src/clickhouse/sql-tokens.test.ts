import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStatements, sqlName, sqlString, sqlTokens } from './sql-tokens.ts';

describe('splitStatements', () => {
  it('splits at semicolons outside quotes, comments and heredocs', () => {
    const script = [
      "SELECT ';', 'it''s; \\'; fine' -- not ; here",
      '; /* nor ; here */ SELECT `a;b`, "c;d" # nor ; here',
      ';; SELECT $x$ a ; b $x$;',
    ].join('\n');
    expect(splitStatements(script)).toEqual(["SELECT ';', 'it''s; \\'; fine'", 'SELECT `a;b`, "c;d"', 'SELECT $x$ a ; b $x$']);
  });

  it('leaves out what is only comments', () => {
    expect(splitStatements('-- one\n/* two */;\n  ;')).toEqual([]);
  });

  it('takes an unfinished string to the end of the text', () => {
    expect(splitStatements("SELECT 'a; b")).toEqual(["SELECT 'a; b"]);
  });

  it('never splits a quoted text, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const statement = `SELECT ${sqlString(text)}, ${sqlName(text)}`;
        expect(splitStatements(`${statement}; ${statement};`)).toEqual([statement, statement]);
      }),
    );
  });
});

describe('sqlTokens', () => {
  it('tells the depth of brackets', () => {
    const words = [...sqlTokens('a (b [c] d) e')].filter(({ kind }) => kind === 'word');
    expect(words.map(({ text, depth }) => `${text}${depth}`)).toEqual(['a0', 'b1', 'c2', 'd1', 'e0']);
  });

  it('gives offsets that cut the text into its tokens, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (sql) => {
        let end = 0;
        for (const token of sqlTokens(sql)) {
          expect(token.start).toBeGreaterThanOrEqual(end);
          expect(token.end).toBeGreaterThan(token.start);
          expect(sql.slice(token.start, token.end)).toBe(token.text);
          end = token.end;
        }
      }),
    );
  });
});
