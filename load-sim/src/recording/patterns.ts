/**
 * What secrets and addresses are recognised by, wherever in a value they stand. The values come from the router: whatever
 * they are, each pattern takes linear time.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** Base64 of a 32-byte key, long hexadecimal, and long words of lower case, upper case and digits together. */
const KEY =
  /[A-Za-z\d+/]{43}=|(?<![\dA-Za-z])[\dA-Fa-f]{32,}(?![\dA-Za-z])|(?<![\w+/=-])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*\d)[\w+/=-]{24,}/g;
/** Top-level domains begin with a letter: `-66@5.5Mbps` is a signal at a rate. */
const EMAIL = /(?<![\w.%+-])[\w.%+-]+@(?:[a-z\d-]+\.)+[a-z][a-z\d-]*/gi;
const IPV6_LIKE = /(?=[\da-f:])(?:::?)?(?:[\da-f]+::?)*(?:\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|[\da-f]+)?/gi;
/** More than an address, or with a word before it: one may be within it. */
const HOLDS_IPV6 = /^(?=.*[\da-f]{3})(?:.*[\da-f]::|(?:[\da-f]*:){7})/i;
const IPV4_LIKE = /(?<!\d\.?)\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g;
/** With colons, also with single digits and a leading type as in DHCP client ids; with dashes; with dots; bare, with a letter in it. */
const MAC =
  /(?:[\da-f]{1,2}:){5,}[\da-f]{1,2}|(?:[\da-f]{2}-){5}[\da-f]{2}|[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}|(?<![\da-f])(?=\d*[a-f])[\da-f]{12}(?![\da-f])/gi;

export interface Replacer {
  key(text: string): string;
  email(text: string): string;
  mac(text: string): string;
  ip(text: string): string;
}

/** The value with every key, e-mail, IP and MAC address in it replaced. */
export function replacePatterns(value: string, replacer: Replacer): string {
  // Nothing shorter can hold any of them, and most values are.
  if (value.length < 3) return value;
  return value
    .replace(KEY, (text) => replacer.key(text))
    .replace(EMAIL, (text) => replacer.email(text))
    .replace(IPV6_LIKE, (text) => replaceIpv6(text, replacer))
    .replace(MAC, (text) => replacer.mac(text))
    .replace(IPV4_LIKE, (text) => (isIPv4(text) ? replacer.ip(text) : text));
}

/** A run of hexadecimal digits and colons may have a colon before or after it that is punctuation. */
function replaceIpv6(text: string, replacer: Replacer): string {
  if (isIPv6(text)) return replacer.ip(text);
  const [, before = '', trimmed = '', after = ''] = /^(:(?!:))?(.*?)((?<!:):)?$/.exec(text) ?? [];
  if (isIPv6(trimmed)) return `${before}${replacer.ip(trimmed)}${after}`;
  return HOLDS_IPV6.test(text) ? replacer.key(text) : text;
}
