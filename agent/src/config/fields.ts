/** The scalar fields of the configuration. Every message names the value and what to write instead. */
import { isIP } from 'node:net';
import { z } from 'zod';

/** A host and a port. An IPv6 host is held without its brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const NAME_LENGTH_MAX = 128;

/** A key that may be left out as far as zod is concerned: the field itself says when it is missing. */
export type Field<T> = z.ZodPipe<z.ZodOptional<z.ZodUnknown>, z.ZodTransform<T>>;

/** A field that is parsed by `read`, which returns the value or says what is wrong with the one given. */
function field<T>(read: (value: unknown) => { value: T } | string, description: string, fallback?: T): Field<T> {
  return z
    .unknown()
    .optional()
    .transform((value, context) => {
      if (value === undefined && fallback !== undefined) return fallback;
      const result = value === undefined || value === null ? 'is missing; set it' : read(value);
      if (typeof result !== 'string') return result.value;
      context.addIssue({ code: 'custom', message: result, input: value });
      return z.NEVER;
    })
    .describe(description);
}

export interface WholeRange {
  readonly unit: 'milliseconds' | 'bytes' | 'visits' | 'percent' | 'port';
  readonly min: number;
  readonly max: number;
  readonly fallback?: number;
}

/** A whole number with its unit in the key's name: `10s` is refused, with the number it stands for. */
export function whole(range: WholeRange, description: string): Field<number> {
  return field((value) => readWhole(value, range), description, range.fallback);
}

function readWhole(value: unknown, { unit, min, max }: WholeRange): { value: number } | string {
  const what = unit === 'port' ? 'port number' : `whole number of ${unit}`;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    const meant = meantNumber(value, unit);
    return `${show(value)} is not a ${what}; write ${meant ?? `a number from ${min} to ${max}`}`;
  }
  if (value < min || value > max)
    return `${value} is out of range; write ${unit === 'port' ? 'a port' : unit} from ${min} to ${max}`;
  return { value };
}

const SCALES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  milliseconds: { '': 1, ms: 1, s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 },
  bytes: {
    '': 1,
    b: 1,
    kb: 1e3,
    k: 1024,
    kib: 1024,
    mb: 1e6,
    m: 2 ** 20,
    mib: 2 ** 20,
    gb: 1e9,
    g: 2 ** 30,
    gib: 2 ** 30,
    tib: 2 ** 40,
  },
};

function meantNumber(value: unknown, unit: string): number | undefined {
  const parts = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*$/i.exec(String(value));
  const scale = SCALES[unit]?.[parts?.[2]?.toLowerCase() ?? ''];
  return parts === null || scale === undefined ? undefined : Math.round(Number(parts[1]) * scale);
}

/** A name that is stored with every row: any text of 1 to 128 characters without control characters. */
export function name(description: string): Field<string> {
  return field((value) => {
    if (typeof value !== 'string') return `${show(value)} is not text; put it in quotes`;
    if (value.trim() === '') return 'is empty; give it a name';
    if (value.length > NAME_LENGTH_MAX) return `is ${value.length} characters long; use at most ${NAME_LENGTH_MAX}`;
    if (/\p{Cc}/u.test(value)) return `${show(value)} holds a control character; remove it`;
    return { value };
  }, description);
}

/** Text of any kind, as paths and secrets. `fallback` makes it optional. */
export function text(description: string, fallback?: string): Field<string> {
  return field(
    (value) => (typeof value === 'string' && value !== '' ? { value } : `${show(value)} is not text; put it in quotes`),
    description,
    fallback,
  );
}

/** A SHA-256 in hexadecimal, with or without colons; held in lower case without them. Left out: ''. */
export function sha256(description: string): Field<string> {
  return field(
    (value) => {
      const digits = typeof value === 'string' ? value.replaceAll(':', '').toLowerCase() : '';
      return /^[0-9a-f]{64}$/.test(digits)
        ? { value: digits }
        : `${show(value)} is not a SHA-256 fingerprint; write its 64 hexadecimal digits, with or without colons`;
    },
    description,
    '',
  );
}

/** A secret that travels in a header: visible ASCII characters alone. Messages never show it. */
export function token(description: string): Field<string> {
  return field((value) => {
    if (typeof value !== 'string' || value === '') return 'is not text; put it in quotes';
    return /^[\x21-\x7e]+$/.test(value)
      ? { value }
      : 'holds a character that a token cannot have (a space, a line break, a letter with an accent); copy it again as the hub issued it';
  }, description);
}

export function flag(description: string, fallback: boolean): Field<boolean> {
  return field(
    (value) => (typeof value === 'boolean' ? { value } : `${show(value)} is neither true nor false; write one of them`),
    description,
    fallback,
  );
}

/** One of a few words; a `fallback` makes it optional. */
export function oneOf<const T extends string>(values: readonly T[], description: string, fallback?: T): Field<T> {
  return field(
    (value) => {
      const known = values.find((candidate) => candidate === value);
      return known === undefined ? `${show(value)} is not known here; write ${values.join(', ')}` : { value: known };
    },
    description,
    fallback,
  );
}

/** A host name or IP address, without a port. */
export function host(description: string, fallback?: string): Field<string> {
  return field(
    (value) =>
      typeof value === 'string' && isHost(value)
        ? { value }
        : `${show(value)} is not an address; write an IP address or a host name`,
    description,
    fallback,
  );
}

/** `host:port`, with an IPv6 host in brackets. */
export function hostPort(description: string): Field<HostPort> {
  return field((value) => {
    const parsed = typeof value === 'string' ? parseHostPort(value) : undefined;
    return parsed === undefined
      ? `${show(value)} is not host:port; write for example 192.0.2.10:4650 or [2001:db8::10]:4650`
      : { value: parsed };
  }, description);
}

/** Reads `host:port`; undefined when it is none. */
export function parseHostPort(value: string): HostPort | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(value);
  const parsed = { host: parts?.[1] ?? parts?.[2] ?? '', port: Number(parts?.[3] ?? 0) };
  if (parsed.port < 1 || parsed.port > 65_535 || !isHost(parsed.host)) return undefined;
  if (parts?.[1] !== undefined && isIP(parsed.host) !== 6) return undefined;
  return parsed;
}

/** Writes it back, an IPv6 host in brackets. */
export function formatHostPort({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True when the host can only be this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isHost(value: string): boolean {
  if (isIP(value) !== 0) return true;
  if (/^[0-9.]+$/.test(value)) return false;
  return value.length <= 253 && /^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i.test(value);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
