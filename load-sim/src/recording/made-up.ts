/**
 * Made-up values of the same form, the same one for the same original. What is made follows from a random key that nothing
 * but this recording knows, or from the order of appearance, so that no original can be found by trying.
 */
import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';

export interface MadeUp {
  /** A locally administered MAC address, written like the original: case, separators, and single digits as they come. */
  mac(text: string): string;
  /** An address of the documentation and benchmarking ranges. Private IPv4 addresses stay, as do those that mean nothing. */
  ip(text: string): string;
  /** `word-1`, `word-2` … in the order in which originals appear. */
  name(word: string, original: string): string;
  /** Other letters and digits in the same places. */
  form(text: string): string;
  /** A number of one digit less: still one wherever the original was. */
  smaller(digits: string): string;
  /** An AS number for documentation, or a private one when those are used up. Private ones stay. */
  asNumber(digits: string): string;
}

/** Originals that are numbered; names of later ones come from the key alone, so that memory has a bound. */
const NUMBERED_MAX = 100_000;

export function createMadeUp(key: Buffer): MadeUp {
  const numbers = new Map<string, Map<string, number>>();

  const digest = (kind: string, text: string): Buffer => createHmac('sha256', key).update(`${kind}\0${text}`, 'latin1').digest();

  /** 1 for the first original of a kind, 2 for the second … */
  function numberOf(kind: string, original: string): number {
    const known = numbers.get(kind) ?? new Map<string, number>();
    numbers.set(kind, known);
    // Not the original: it may be long, and is best forgotten.
    const bytes = digest(`number of ${kind}`, original);
    const name = bytes.toString('base64', 0, 12);
    const number = known.get(name);
    if (number !== undefined) return number;
    if (known.size >= NUMBERED_MAX) return NUMBERED_MAX + 1 + bytes.readUIntBE(12, 6);
    known.set(name, known.size + 1);
    return known.size;
  }

  return {
    mac(text) {
      const parts = text.split(/[:.-]/);
      const [separator = ''] = /[:.-]/.exec(text) ?? [];
      // A DHCP client id has the type of hardware before the address; longer ones hold more than an address.
      if (parts.length > 7) return hexLike(text, digest('client id', text).toString('hex'));
      const type = parts.length === 7 ? parts.slice(0, 1) : [];
      const digits = (parts.length >= 6 ? parts.slice(-6).map((part) => part.padStart(2, '0')) : parts).join('').toLowerCase();
      if (/^(0+|f+)$/.test(digits)) return text;
      const bytes = digest('mac', digits).subarray(0, 6);
      bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
      const hex = /[A-F]/.test(text) || !/[a-f]/.test(text) ? bytes.toString('hex').toUpperCase() : bytes.toString('hex');
      if (parts.length < 6) return (hex.match(parts.length === 3 ? /.{4}/g : /.+/g) ?? []).join(separator);
      const short = parts.slice(-6).some((part) => part.length === 1);
      const octets = hex.match(/../g) ?? [];
      return [...type, ...octets.map((octet) => (short ? octet.replace(/^0/, '') : octet))].join(separator);
    },

    ip(text) {
      if (isIPv6(text)) return madeIpv6(text.toLowerCase(), (range) => numberOf(range, canonicalIpv6(text)));
      if (staysIpv4(text)) return text;
      return madeIpv4(numberOf('ip', text));
    },

    name: (word, original) => `${word}-${numberOf(word, original)}`,

    form(text) {
      const bytes = digest('form', text);
      return text.replace(/[0-9A-Za-z]/g, (character, at: number) => {
        const byte = (bytes[at % bytes.length] ?? 0) + Math.floor(at / bytes.length) * 7;
        if (/\d/.test(character)) return String(byte % 10);
        return String.fromCharCode((character < 'a' ? 65 : 97) + (byte % 26));
      });
    },

    smaller(digits) {
      if (digits.length < 2) return digits === '' ? '' : '0';
      const span = 10 ** Math.min(12, digits.length - 1);
      return String(span / 10 + (digest('smaller', digits).readUIntBE(0, 6) % (span - span / 10)));
    },

    asNumber(digits) {
      const number = Number(digits);
      if (number === 0 || (number >= 64_512 && number <= 65_535) || number >= 4_200_000_000) return digits;
      const made = numberOf('as', digits);
      return String(made <= 16 ? 64_495 + made : made <= 32 ? 65_519 + made : 4_200_000_000 + (made % 94_967_295));
    },
  };
}

/** Other hexadecimal digits in the same places. */
function hexLike(text: string, digits: string): string {
  return text.replace(/[\da-f]/gi, (_, at: number) => digits[(at + Math.floor(at / digits.length)) % digits.length] ?? '0');
}

/** Private, shared, loopback, link-local and multicast addresses, and netmasks. */
function staysIpv4(text: string): boolean {
  const [a = 0, b = 0] = text.split('.').map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

const DOCUMENTATION = ['192.0.2', '198.51.100', '203.0.113'] as const;
const HOSTS = 254;
const BENCHMARK_SIZE = 2 ** 17;

/** 762 addresses of the documentation ranges (RFC 5737), then those of 198.18.0.0/15 (RFC 2544) over and over. */
function madeIpv4(number: number): string {
  const range = DOCUMENTATION[Math.floor((number - 1) / HOSTS)];
  if (range !== undefined) return `${range}.${1 + ((number - 1) % HOSTS)}`;
  const rest = (number - DOCUMENTATION.length * HOSTS - 1) % BENCHMARK_SIZE;
  return `198.${18 + Math.floor(rest / 65_536)}.${Math.floor(rest / 256) % 256}.${rest % 256}`;
}

/** Link-local and unique local addresses too: they are made of MAC addresses. */
function madeIpv6(text: string, numberIn: (range: string) => number): string {
  if (text === '::' || text === '::1' || text.startsWith('ff')) return text;
  const range = /^fe[89ab]/.test(text) ? 'fe80' : /^f[cd]/.test(text) ? 'fd00' : '2001:db8';
  const number = numberIn(range);
  const low = (number % 65_536).toString(16);
  return number < 65_536 ? `${range}::${low}` : `${range}::${(Math.floor(number / 65_536) % 65_536).toString(16)}:${low}`;
}

/** One way of writing for each address: zeroes may be left out in several. */
function canonicalIpv6(text: string): string {
  return new URL(`http://[${text}]/`).hostname;
}
