/** Takes everything out of commands and replies that would tell whose they are, before anything is written. */
import { isUtf8 } from 'node:buffer';
import { isIPv4, isIPv6 } from 'node:net';
import { menuPath } from '../routers/command.ts';
import { createMadeUp } from './made-up.ts';
import { type ManagedParts, replaceInManaged } from './managed-text.ts';
import { type Replacer, replacePatterns } from './patterns.ts';
import {
  COUNTED,
  DYNAMIC_NAME,
  ITEM,
  type Keepable,
  KNOWN_MESSAGE,
  LONG_NUMBER,
  OWN_INTERFACE,
  PLAIN_WORDS,
  READING,
  RULES,
  type ScrubRule,
  VALUE_RULES,
  type ValueRule,
} from './rules.ts';

export interface Scrubber {
  /** The words of a command. All texts are bytes: one character each. */
  command(words: readonly string[]): string[];
  /** The words of a reply sentence, without its tag, to a command at this path. */
  sentence(path: string, words: readonly string[]): string[];
  /** How many values each rule has replaced so far. */
  readonly counts: ReadonlyMap<string, number>;
}

/** `key` is random and belongs to one recording alone. */
export function createScrubber(key: Buffer, keep: ReadonlySet<Keepable>): Scrubber {
  const madeUp = createMadeUp(key);
  const counts = new Map<string, number>();
  const rules = new Map<string, ScrubRule | undefined>();

  function counted(rule: string, original: string, made: string): string {
    if (made !== original) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    return made;
  }

  function byValue(rule: ValueRule, value: string): string {
    const known = VALUE_RULES[rule];
    return counted(rule, value, 'word' in known ? named(known.word, value) : madeUp.form(value));
  }

  const replacer: Replacer = {
    key: (text) => counted('key', text, REMOVED),
    email: (text) => counted('email', text, `${madeUp.name('mail', text)}@example.net`),
    mac: (text) => counted('mac', text, madeUp.mac(text)),
    ip: (text) => counted('ip', text, madeUp.ip(text)),
  };

  /** A made-up name in the encoding of the original, whose readers may depend on it. */
  function named(word: string, original: string): string {
    const made = madeUp.name(word, original);
    if (isAscii(original)) return made;
    return isUtf8(Buffer.from(original, 'latin1')) ? `${made} ${UTF8_LETTER}` : `${made} ${LATIN1_LETTER}`;
  }

  /** The value when it is made of addresses alone; undefined otherwise. */
  function addresses(value: string): string | undefined {
    const parts = value.split(',');
    if (!parts.every(isAddress)) return undefined;
    return parts
      .map((part) => {
        const [address = '', ...zone] = part.split('%');
        return [replacePatterns(address, replacer), ...zone.map((name) => interfaceName(name))].join('%');
      })
      .join(',');
  }

  function interfaceName(name: string): string {
    if (name === '' || PLAIN_WORDS.has(name) || OWN_INTERFACE.test(name) || ITEM.test(name)) return name;
    return dynamicName(name) ?? named('interface', name);
  }

  /** RouterOS names the interfaces and queues of accounts `<pppoe-account>`. */
  function dynamicName(name: string): string | undefined {
    const [, service, account] = DYNAMIC_NAME.exec(name) ?? [];
    return service === undefined || account === undefined ? undefined : `<${service}-${accountName(account)}>`;
  }

  function accountName(account: string): string {
    return PLAIN_WORDS.has(account) ? account : (addresses(account) ?? named('client', account));
  }

  function formOf(value: string): string {
    return isAscii(value) ? madeUp.form(value) : named('text', value);
  }

  function suffixed({ suffix }: ScrubRule, word: string, value: string): string {
    const [end = ''] = suffix?.exec(value) ?? [];
    return `${named(word, value.slice(0, value.length - end.length))}${end}`;
  }

  const managedParts: ManagedParts = {
    address: (text) => addresses(text) ?? named('host', text),
    ssid: (text) => (keep.has('ssids') ? replacePatterns(text, replacer) : named('ssid', text)),
    text: (text) => named('text', text),
  };

  function hostName({ rule, word = 'host' }: ScrubRule, name: string): string {
    return counted(rule, name, dynamicName(name) ?? named(word, name));
  }

  function replaced(rule: ScrubRule, value: string): string {
    const { word = 'text' } = rule;
    switch (rule.replace) {
      case 'secret':
        return FLAGS.has(value) ? value : REMOVED;
      case 'form':
        return formOf(value);
      case 'smaller':
        return /^\d+$/.test(value) ? madeUp.smaller(value) : formOf(value);
      case 'number':
        return /^\d{1,10}$/.test(value) ? madeUp.asNumber(value) : named('text', value);
      case 'name':
        if (PLAIN_WORDS.has(value)) return value;
        return dynamicName(value) ?? addresses(value) ?? suffixed(rule, word, value);
      case 'interface':
        return value.split(',').map(interfaceName).join(',');
      case 'address':
        return value
          .split(',')
          .map((part) => addresses(part) ?? (PLAIN_WORDS.has(part) ? part : hostName(rule, part)))
          .join(',');
      case 'managed':
        return replaceInManaged(value, managedParts) ?? named('text', value);
      case 'keep':
        return replaceInManaged(value, managedParts) ?? replacePatterns(value, replacer);
    }
  }

  /** A name that was to be kept, without what cannot be: addresses, and the account that RouterOS named it after. */
  function keptInterface(name: string): string {
    if (!/^<|>$/.test(name)) return replacePatterns(name, replacer);
    return counted('client', name, dynamicName(name) ?? named('client', name));
  }

  function scrubValue(menu: string, name: string, value: string): string {
    if (value === '') return value;
    if (value.length > VALUE_LENGTH_MAX || name.length > NAME_LENGTH_MAX || value.split(',').length > PARTS_MAX)
      return byValue('text', value);
    const rule = ruleOf(menu, name);
    if (rule?.form?.test(value) === false) return PLAIN_WORDS.has(value) ? value : byValue('text', value);
    if (rule?.keepable !== undefined && keep.has(rule.keepable))
      return rule.replace === 'interface' ? value.split(',').map(keptInterface).join(',') : replacePatterns(value, replacer);
    // What these replace is counted part by part.
    if (rule?.replace === 'keep' || rule?.replace === 'address') return replaced(rule, value);
    if (rule !== undefined) return counted(rule.rule, value, replaced(rule, value));
    const made = addresses(value);
    if (made !== undefined) return made;
    if (PLAIN_WORDS.has(value)) return value;
    if (!READING.test(value)) return byValue('text', value);
    return LONG_NUMBER.test(value) && !COUNTED.test(name) ? byValue('number', value) : value;
  }

  function ruleOf(menu: string, name: string): ScrubRule | undefined {
    const key = `${menu}\n${name}`;
    if (rules.has(key)) return rules.get(key);
    const last = name.slice(name.lastIndexOf('.', name.length - 2) + 1);
    const rule = RULES.find(
      ({ names, menus }) => menus?.test(menu) !== false && (names.test(name) || (name[0] !== '.' && names.test(last))),
    );
    // Names come from the router: it must not fill the memory with them.
    if (rules.size >= RULES_REMEMBERED_MAX) rules.clear();
    rules.set(key, rule);
    return rule;
  }

  /** `=name=value`, where the name itself must be one that RouterOS could have. */
  function attribute(menu: string, sign: string, text: string): string {
    const end = text.indexOf('=');
    const name = end < 0 ? text : text.slice(0, end);
    const value = end < 0 ? '' : `=${scrubValue(menu, name, text.slice(end + 1))}`;
    const plausible = name.length <= NAME_LENGTH_MAX && ATTRIBUTE.test(name) && replacePatterns(name, SAME) === name;
    return `${sign}${plausible ? name : byValue('attribute', name)}${value}`;
  }

  function message(text: string): string {
    return KNOWN_MESSAGE.test(text) ? text : counted('message', text, `failure: ${named('text', text)}`);
  }

  function replyWord(type: string, menu: string, word: string): string {
    if (type === '!trap' && word.startsWith(MESSAGE)) return `${MESSAGE}${message(word.slice(MESSAGE.length))}`;
    if (word.startsWith('=')) return attribute(menu, '=', word.slice(1));
    return type === '!fatal' ? message(word) : byValue('text', word);
  }

  return {
    counts,
    command([path = '', ...words]) {
      const menu = menuPath(path);
      return [
        path,
        ...words.map((word) => {
          if (word.startsWith('?#')) return word;
          const [sign = ''] = /^(\?[-=<>]?|=)/.exec(word) ?? [];
          return sign === '' ? byValue('text', word) : attribute(menu, sign, word.slice(sign.length));
        }),
      ];
    },
    sentence(path, [type = '', ...words]) {
      const menu = menuPath(path);
      const known = REPLY_TYPES.has(type) ? type : '!other';
      return [known, ...words.map((word) => replyWord(known, menu, word))];
    },
  };
}

const REMOVED = 'removed';
const FLAGS: ReadonlySet<string> = new Set(['true', 'false', 'yes', 'no', 'none']);
const REPLY_TYPES: ReadonlySet<string> = new Set(['!re', '!done', '!trap', '!empty', '!fatal']);
const MESSAGE = '=message=';
const ATTRIBUTE = /^(\.?[a-z0-9]([a-z.-]|\d(?!\d{5}))*|DHCP)$/;
const NAME_LENGTH_MAX = 48;
/** Longer values are text: a list of link modes has some hundred bytes. */
const VALUE_LENGTH_MAX = 4096;
/** Members of a list. */
const PARTS_MAX = 256;
const RULES_REMEMBERED_MAX = 10_000;
/** An e with an acute accent, as bytes. */
const LATIN1_LETTER = '\xe9';
const UTF8_LETTER = '\xc3\xa9';
const SAME: Replacer = { key: () => '', email: () => '', mac: () => '', ip: () => '' };

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** An IP address, with a prefix length, a port or a zone where there is one, or a MAC address, with its DHCP type. */
function isAddress(part: string): boolean {
  const address = part.replace(/%.*$/, '').replace(/\/\d{1,3}$/, '');
  return (
    isIPv4(address.replace(/:\d{1,5}$/, '')) ||
    isIPv6(address) ||
    /^(\d{1,2}:)?[\da-f]{1,2}(:[\da-f]{1,2}){5}$|^[\da-f]{2}(-[\da-f]{2}){5}$|^(?=\d*[a-f])[\da-f]{12}$/i.test(address)
  );
}
