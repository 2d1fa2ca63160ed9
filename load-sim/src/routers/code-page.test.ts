import { describe, expect, it } from 'vitest';
import { encodeText } from './code-page.ts';

describe('texts in a code page', () => {
  it.each(['Größe prüfen', 'Склад №2', 'rack A', 'Ёлка я'])('are decoded to %s again, or to question marks', (text) => {
    const decoded = (codePage: 'utf-8' | 'windows-1251'): string => new TextDecoder(codePage).decode(encodeText(text, codePage));
    expect(decoded('utf-8')).toBe(text);
    expect(decoded('windows-1251')).toBe(text.replaceAll(/[^ -~А-яЁё]/g, '?'));
    expect(encodeText(text, 'latin1').toString('latin1')).toBe(text.replaceAll(/[^ -ÿ]/g, '?'));
  });
});
