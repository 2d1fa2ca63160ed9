/** The last so many milliseconds, ending now and moving with it; or a fixed period. */
export type Range =
  | { readonly kind: 'last'; readonly name: PresetName }
  | { readonly kind: 'between'; readonly fromMs: number; readonly toMs: number };

/** A period with both ends known, Unix milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The ranges on offer and their lengths in milliseconds. */
export const PRESETS = {
  '15m': 900_000,
  '1h': 3_600_000,
  '6h': 21_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const;

export type PresetName = keyof typeof PRESETS;

export const DEFAULT_PRESET: PresetName = '1h';

/** The shortest period that can be zoomed into. */
const SHORTEST_MS = 10_000;

/** The names of the presets, shortest first. */
export const PRESET_NAMES: readonly PresetName[] = Object.keys(PRESETS).filter(isPreset);

function isPreset(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

function parseMoment(text: string | null): number | null {
  if (text === null) return null;
  const ms = /^\d{10,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(ms) ? ms : null;
}

function formatMoment(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Reads `range=6h` or `from=…&to=…` (ISO 8601 or Unix ms); what cannot be read is the default range. */
export function parseRange(params: URLSearchParams): Range {
  const fromMs = parseMoment(params.get('from'));
  const toMs = parseMoment(params.get('to'));
  if (fromMs !== null && toMs !== null && toMs > fromMs) return { kind: 'between', fromMs, toMs };
  const name = params.get('range') ?? '';
  return { kind: 'last', name: isPreset(name) ? name : DEFAULT_PRESET };
}

/**
 * The query parameters that say this range; null removes one. A fixed period leaves `range` alone: it is what
 * the person comes back to.
 */
export function rangeParams(range: Range): Readonly<Record<string, string | null>> {
  if (range.kind === 'last') return { range: range.name === DEFAULT_PRESET ? null : range.name, from: null, to: null };
  return { from: formatMoment(range.fromMs), to: formatMoment(range.toMs) };
}

/** The period that a range means at `nowMs`. */
export function periodOf(range: Range, nowMs: number): Period {
  if (range.kind === 'between') return { fromMs: range.fromMs, toMs: range.toMs };
  return { fromMs: nowMs - PRESETS[range.name], toMs: nowMs };
}

/** The period in whole seconds, which keeps addresses short; widened about its middle when it is shorter than ten. */
export function zoomTo(fromMs: number, toMs: number): Range {
  const middle = (fromMs + toMs) / 2;
  const half = Math.max(SHORTEST_MS, toMs - fromMs) / 2;
  return { kind: 'between', fromMs: Math.floor((middle - half) / 1000) * 1000, toMs: Math.ceil((middle + half) / 1000) * 1000 };
}

/**
 * Steps one length back or forth. A step that would end after now, or short of it by less than a quarter of the
 * length, ends at now instead, and is live again when its length is one of the presets.
 */
export function stepRange(range: Range, direction: -1 | 1, nowMs: number): Range {
  const { fromMs, toMs } = periodOf(range, nowMs);
  const length = toMs - fromMs;
  if (direction === 1 && toMs + length * 1.25 >= nowMs) {
    for (const [name, ms] of Object.entries(PRESETS)) {
      if (isPreset(name) && Math.abs(ms - length) < 1000) return { kind: 'last', name };
    }
    return { kind: 'between', fromMs: nowMs - length, toMs: nowMs };
  }
  return { kind: 'between', fromMs: fromMs + direction * length, toMs: toMs + direction * length };
}
