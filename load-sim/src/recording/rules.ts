/**
 * What leaves a recording and what stays: the rules of the scrubber, as data. For an attribute, the first rule that fits
 * its name and menu decides. An attribute that no rule names stays only when its value is plainly a reading (a number, a
 * duration, a date, a flag): everything else that nobody has vouched for is text that someone may have typed.
 */

/**
 * How a value is replaced. `secret`: by the word `removed`. `form`: letter by letter and digit by digit, so that length and
 * punctuation stay. `smaller`: a number of one digit less. `name`: word-1, word-2 … in the order of appearance. `interface`:
 * like name, but RouterOS' own names stay. `address`: addresses one by one, host names as names. `number`: AS numbers.
 * `managed`: within what RouterOS says of a radio that a CAPsMAN manages. `keep`: not at all, but for addresses, e-mails and
 * keys within it.
 */
export type Replacement = 'secret' | 'form' | 'smaller' | 'name' | 'interface' | 'address' | 'number' | 'managed' | 'keep';

/** What `--keep` can leave as it is: nothing that opens a door, only what tells where a recording was made. */
export const KEEPABLE = ['comments', 'ssids', 'interfaces', 'identities'] as const;
export type Keepable = (typeof KEEPABLE)[number];

export interface ScrubRule {
  readonly rule: string;
  /** Attributes, by their whole name or by what follows their last dot: `ssid` is `configuration.ssid` too. */
  readonly names: RegExp;
  /** Menus that it holds in; all unless named. */
  readonly menus?: RegExp;
  readonly replace: Replacement;
  /** First part of made-up names. */
  readonly word?: string;
  /** Values that it holds for; all unless given. Others are text that someone typed. */
  readonly form?: RegExp;
  /** What RouterOS appends to the name of something else: it stays. */
  readonly suffix?: RegExp;
  readonly reason: string;
  readonly keepable?: Keepable;
}

function oneOf(words: string): RegExp {
  return new RegExp(`^(${words.trim().split(/\s+/).join('|')})$`);
}

/** Rules that know an attribute. */
const NAMED: readonly ScrubRule[] = [
  {
    rule: 'serial',
    names: oneOf(
      'serial(-(number|no))? .+-serial(-number)? software-id system-id license-id imei imeisv imsi uicc iccid eid msisdn subscriber-number phone-number',
    ),
    replace: 'form',
    reason: 'names one device or one SIM card, whose owner can be asked for',
  },
  {
    rule: 'cell',
    names: oneOf('lac tac current-cellid cell-id enb-id gnb-id sector-id'),
    replace: 'smaller',
    reason: 'tells where the router stands',
  },
  {
    rule: 'position',
    names: oneOf('latitude longitude altitude location coordinates time-zone-name'),
    replace: 'secret',
    reason: 'tells where the router stands',
  },
  {
    rule: 'identity',
    names: /^name$/,
    menus: /^\/system\/identity$/,
    replace: 'name',
    word: 'router',
    reason: 'operators name routers after places and customers',
    keepable: 'identities',
  },
  {
    rule: 'identity',
    names: /^identity$/,
    replace: 'name',
    word: 'router',
    reason: 'neighbours have names too; the same name stays the same',
    keepable: 'identities',
  },
  {
    rule: 'client',
    names: oneOf('host-name caller-id (active-)?client-id eap-identity user(name)? login owner common-name'),
    replace: 'name',
    word: 'client',
    reason: 'names a person, a customer or their device',
  },
  {
    rule: 'client',
    names: oneOf('name parent'),
    menus: /^\/(ppp|queue|user|ip\/hotspot|radius|ip\/ipsec|tool\/user-manager|user-manager)(\/|$)/,
    replace: 'name',
    word: 'client',
    reason: 'accounts and queues are named after customers',
  },
  {
    rule: 'peer',
    names: /^name$/,
    menus: /^\/routing\/bgp\/session$/,
    replace: 'name',
    word: 'peer',
    suffix: /-\d{1,3}$/,
    reason: 'operators name peers after providers and customers',
  },
  {
    rule: 'peer',
    names: /^name$/,
    menus: /^\/routing\/bgp(\/|$)/,
    replace: 'name',
    word: 'peer',
    reason: 'operators name peers after providers and customers',
  },
  {
    rule: 'managed',
    names: /^\.about$/,
    replace: 'managed',
    word: 'ssid',
    reason: 'says which network a managed radio has, and whose manager',
  },
  {
    rule: 'radio',
    names: /^radio-name$/,
    replace: 'name',
    word: 'radio',
    reason: 'operators name radios after places and customers',
  },
  {
    rule: 'ssid',
    names: /^ssid$/,
    replace: 'name',
    word: 'ssid',
    reason: 'public maps of networks tell where an SSID is',
    keepable: 'ssids',
  },
  {
    rule: 'comment',
    names: /^comment$/,
    replace: 'name',
    word: 'comment',
    reason: 'free text of the operator: customers, places, phone numbers',
    keepable: 'comments',
  },
  {
    rule: 'interface',
    names: /^name$/,
    menus: /^\/(interface|caps-man\/interface)(\/|$)/,
    replace: 'interface',
    word: 'interface',
    reason: 'operators name interfaces after customers, RouterOS names dynamic ones after accounts',
    keepable: 'interfaces',
  },
  {
    rule: 'interface',
    names: oneOf(
      '\\.id interfaces? numbers? master-interface default-name interface-name bridge put-in-bridge parent slaves? switch',
    ),
    replace: 'interface',
    word: 'interface',
    reason: 'refers to an interface: the same name stays the same',
    keepable: 'interfaces',
  },
  {
    rule: 'address',
    names: oneOf(
      '(.+-)?address[46]? (.+-)?mac mac-.+ (.+-)?ip gateway immediate-gw host target dr bdr (router|remote|local)-id id (to|from)-addresses (.+-)?server-address network endpoint',
    ),
    replace: 'address',
    word: 'host',
    reason: 'public and MAC addresses name a customer or a device; private IPv4 addresses stay',
  },
  {
    rule: 'as-number',
    names: oneOf('as (remote|local|peer)-as'),
    replace: 'number',
    reason: 'public AS numbers name the provider',
  },
  {
    rule: 'routeros-names',
    names: /^name$/,
    menus: /^\/system\/(package|health|resource)(\/|$)/,
    replace: 'keep',
    reason: "RouterOS' own names of packages and sensors",
  },
  {
    rule: 'routeros-words',
    names: oneOf('(.+-)?channels?'),
    form: /^(\d{1,6}([/+][\w-]{1,12}|\(-?\d{1,3}dBm\)){0,8}|stable|long-term|testing|development|current|bugfix|release-candidate|legacy|upgrade)$/,
    replace: 'keep',
    reason: 'a frequency with its width, or where updates come from; others are names of profiles',
  },
  {
    rule: 'routeros-words',
    names: oneOf(`
      .proplist .section .dead category type status state mode stack band bands channel-width width
      version routeros-version installed-version latest-version factory-software factory-firmware current-firmware
      minimum-firmware upgrade-firmware firmware firmware-type build-time architecture-name architecture board board-name
      platform model product revision hw-type hw-caps interface-type manufacturer cpu routerboard
      auth-type authentication-types? encryption group-encryption ciphers management-protection pin-status
      wireless-protocol frequency frequency-mode country countries installation rate tx-rate rx-rate tx-phy-rate
      tx-rate-set rate-set signal-strength strength-at-rates tx-sector tx-sector-info chains .x-chains
      registration-status .+-(state|status|type|mode|rate-set|band|width|version) functionality access-technology data-class dl-modulation ul-modulation modulation network-mode
      primary-band ca-band nr-band roaming current-operator (sfp-)?vendor-name
      (sfp-)?vendor-part-number (sfp-)?vendor-revision eeprom-checksum fec advertising link-partner-advertising supported
      combo-state poe-out poe-out-status poe-voltage poe-priority auto-negotiation speed .x-flow-control
      cable-setting discovered-by system-caps system-caps-enabled unpack protocol tcp-state service encoding
      capabilities role adjacency instance-type arp loop-protect duplex rstp-status port-role port-state
      address-families default-originate nexthop-choice bundle unit bandwidth scheduled
    `),
    replace: 'keep',
    reason: "RouterOS' own words and the makers' product names: nobody types them",
  },
];

/** Rules that suspect an attribute by its name; they come after what is known. */
const SUSPECTED: readonly ScrubRule[] = [
  {
    rule: 'secret',
    names:
      /pass(word|wd|phrase|code)?|secret|psk|(^|[.-])(key|keys|pin|puk|pin-code|otp|pwd|salt|hash|cookie|nonce)($|[.-])|key$|token|communit(y|ies)|private|shared|credential|certificate|fingerprint|signature|challenge|license/,
    replace: 'secret',
    reason: 'opens a door',
  },
  {
    rule: 'serial',
    names: /serial|imei|imsi|iccid|uicc|msisdn|subscriber|phone|uuid|asset/,
    replace: 'form',
    reason: 'looks like what names one device or person',
  },
  {
    rule: 'client',
    names: /user|login|e-?mail|customer|client-name|host-?name|contact|owner|account/,
    replace: 'name',
    word: 'client',
    reason: 'looks like what names a person or a customer',
  },
  {
    rule: 'address',
    names: /address|(^|[.-])(ip|mac|dns|url|domain|fqdn)($|[.-])/,
    replace: 'address',
    word: 'host',
    reason: 'looks like an address',
  },
  {
    rule: 'text',
    names: /(^|[.-])(name|instance|area|profile|vrf)$/,
    replace: 'name',
    word: 'text',
    reason: 'text in an attribute that nobody has vouched for',
  },
];

export const RULES: readonly ScrubRule[] = [...NAMED, ...SUSPECTED];

/** What the values themselves are replaced for, wherever they stand. In the header of a transcript beside the rules. */
export const VALUE_RULES = {
  text: { word: 'text', reason: 'text in an attribute that nobody has vouched for' },
  number: { reason: 'ten digits and more in an unknown attribute: a phone, card or account number' },
  message: { reason: 'an error text that is none of those known, and may repeat what was typed' },
  attribute: { word: 'attribute', reason: 'a name of an attribute that RouterOS would not give' },
  mac: { reason: 'a MAC address within another value' },
  ip: { reason: 'a public address within another value' },
  email: { reason: 'an e-mail address within another value' },
  key: { reason: 'as long and as random as a key' },
} as const;
export type ValueRule = keyof typeof VALUE_RULES;

/** Attributes that count: their numbers may be of any length. */
export const COUNTED =
  /^[rt]x-\d|(^|[.-])(bytes?|packets?|frames?|drops?|dropped|errors?|bits|memory|hdd|sect|counts?|throughput|messages|updates|limit|rates?|size|free|total|used|collisions?|pause|unicast|multicast|broadcast|octets|overflow|underrun|jabber|fragment|tests)($|[.-])/;

const UNIT = String.raw`(?:%|dBm?|[kMGT]?bps|[kMGT]?Hz|[kKMGT]i?B|[kMGTmun]?[sxSVAWC]|[kMGTmhdw]|us|RPM)`;
/** A number with its unit, or several of them in a row, as a duration. Nothing in it can be read in two ways: it takes linear time. */
const NUMBER = String.raw`[<>~+-]?(?:\d+${UNIT})*\d+(?:\.\d+)?${UNIT}?`;
const DATE = String.raw`(\d{4}-\d\d-\d\d|[a-z]{3}/\d\d/\d{4})( \d\d:\d\d:\d\d)?`;
/** A number with a unit, a duration, a date, an id, or several of them. Nobody is found by it, unless it is long. */
export const READING = new RegExp(String.raw`^(?:${DATE}|\*[\dA-F]+|${NUMBER}(?:[ ,/:@-]${NUMBER})*)$`, 'i');
/** A longer number may be somebody's, unless it counts something or is a date. */
export const LONG_NUMBER = new RegExp(String.raw`^(?!${DATE}$).*\d(?:[ -]?\d){9}`, 'i');
/** How RouterOS refers to an item: by its id, or by its place. */
export const ITEM = /^(\*[\dA-F]+|\d{1,3})$/;

/** Words that say nothing, also where names stand. */
export const PLAIN_WORDS: ReadonlySet<string> = new Set(
  'true false yes no none auto never default main all any unlimited dynamic static enabled disabled on off ok fail present not-present no-input idle unknown backbone full parent inherit'.split(
    ' ',
  ),
);

/** Names that RouterOS itself gives to interfaces. Longer numbers may be an address or somebody's. */
export const OWN_INTERFACE =
  /^\*?(ether|combo|sfp(-sfpplus)?|sfpplus|sfp28-|qsfp(28|plus|56)?(-dd)?-?|wlan(60-(station-)?)?|wifi|cap|lte|w60g-?(station-)?|bridge|vlan|bonding|bond|lo|wireguard|wg|vrrp|eoip|gre|ipip|veth|vxlan|ovpn|switch|port|(pppoe|l2tp|pptp|sstp|ppp|ovpn)-(in|out)|eth|en|wan|lan|br)-?(\d{1,4}([./-]\d{1,2}){0,2})?$/;
/** What RouterOS makes the interfaces and queues of accounts of: `<pppoe-account>`. */
export const DYNAMIC_NAME = /^<(pppoe|pptp|l2tp|sstp|ovpn|ppp|hotspot)-([^]+)>$/;

/** Error texts of RouterOS that hold nothing but its own words. */
export const KNOWN_MESSAGE =
  /^(no such command( or directory \([a-z0-9-]{1,24}\)| prefix)?|no such item( \(\d+\))?|not enough permissions( \(\d+\))?|interrupted|(unknown parameter|missing argument|invalid value for argument|input does not match any value of) [a-z0-9.-]{1,32}|timeout|std failure: timeout( \(\d+\))?|not logged in|session terminated on request|too many commands before login|invalid user name or password( \(\d+\))?|cannot log in|failure: not supported( on this (device|platform))?)$/;
