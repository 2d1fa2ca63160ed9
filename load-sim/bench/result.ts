/** What a benchmark found, and how that reads. */
import { median } from '../src/statistics.ts';
import { figure } from './figure.ts';

export interface Measurement {
  /** What it and the following ones are about, up to the next group. */
  readonly group?: string;
  /** What was measured, with its unit at the end. */
  readonly what: string;
  /** One value per round. */
  readonly rounds: readonly number[];
  /** What others do or what was set as a goal: its words, and its value in the same unit where there is one. */
  readonly anchor?: { readonly text: string; readonly value?: number };
}

export interface BenchResult {
  /** Also the name on the command line and in the page's markers. */
  readonly name: string;
  /** One line about the conditions. */
  readonly conditions: string;
  readonly measurements: readonly Measurement[];
  /** Programs besides Node and their versions. */
  readonly versions?: readonly string[];
  /** What else the reader must know of this run. */
  readonly notes?: readonly string[];
  /** A picture that goes beside the page, by its path from there. */
  readonly picture?: { readonly path: string; readonly svg: string };
}

/** A Markdown table, one row per measurement. */
export function resultTable({ measurements }: BenchResult): string {
  const lines = measurements.map(({ group, what, rounds, anchor }) => {
    const least = figure(Math.min(...rounds));
    const most = figure(Math.max(...rounds));
    const spread = rounds.length === 1 ? '' : `${least} – ${most}`;
    const heading = group === undefined ? '' : `| **${group}** | | | | |\n`;
    return `${heading}| ${[what, figure(median(rounds)), spread, anchor?.text ?? '', ratioText(rounds, anchor?.value)].join(' | ')} |`;
  });
  return ['| what | median | min – max | anchor | ours ÷ anchor |', '|---|---:|---:|---|---:|', ...lines].join('\n');
}

function ratioText(rounds: readonly number[], anchor: number | undefined): string {
  return anchor === undefined ? '' : figure(median(rounds) / anchor);
}

/** The part of the page between a benchmark's markers. */
export function resultSection(result: BenchResult, machine: string): string {
  const notes = (result.notes ?? []).map((note) => `- ${note}`);
  const parts = [result.conditions, machine, resultTable(result), ...(notes.length === 0 ? [] : [notes.join('\n')])];
  return parts.join('\n\n');
}
