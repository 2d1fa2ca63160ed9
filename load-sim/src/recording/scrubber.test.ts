import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import { everything } from '../routers/menus/menu.ts';
import { MENU_PATHS, menuOf } from '../routers/menus/menus.ts';
import { createWorld } from '../traffic/world.ts';
import type { Keepable } from './rules.ts';
import { createScrubber } from './scrubber.ts';
import { commandLine } from './transcript.ts';

const START = Date.UTC(2026, 5, 1, 12);
const KEY = Buffer.alloc(32, 5);

/** Bytes as text, one character each. */
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Scrubs single values. */
function scrub(keep: readonly Keepable[] = []) {
  const scrubber = createScrubber(KEY, new Set(keep));
  return (path: string, name: string, value: string): string => {
    const [, word = ''] = scrubber.sentence(path, ['!re', `=${name}=${bytes(value)}`]);
    return Buffer.from(word.slice(name.length + 2), 'latin1').toString('utf8');
  };
}

describe('what a router answers', () => {
  it('loses nothing but what tells whose it is', () => {
    const { routers } = createWorld(planFleet({ routers: 130, sites: 2, seed: 3, startMs: START, mix: 'all' }));
    const value = scrub();
    const changed = new Set<string>();
    for (const model of routers) {
      for (const path of MENU_PATHS) {
        const menu = menuOf(model, path);
        const rows = menu?.print?.(model, START + 3_600_000, everything) ?? [];
        const items = rows.map((row) => row.find(([name]) => name === 'name')?.[1] ?? '');
        const monitored = Object.entries(menu?.monitors ?? {}).flatMap(([verb, rowOf]) =>
          items.map((item) => ({ command: `${path}/${verb}`, row: rowOf(model, item, START) ?? [] })),
        );
        for (const { command, row } of [...rows.map((one) => ({ command: `${path}/print`, row: one })), ...monitored]) {
          for (const [name, text] of row) if (value(command, name, text) !== text) changed.add(`${path} ${name}`);
        }
      }
    }
    const names = new Set(Array.from(changed, (one) => one.slice(one.indexOf(' ') + 1)));
    const expected =
      `address address6 comment configuration.ssid current-cellid enb-id host identity imei imsi in-filter instance lac
      mac-address name out-filter output.network owner policy radio-mac radio-name remote-address sector-id serial-number
      sfp-vendor-serial software-id source ssid system-description time-zone-name uicc vendor-serial`.split(/\s+/);
    // An attribute that is new here needs a rule, if only the one for RouterOS' own words.
    expect([...names].filter((name) => !expected.includes(name))).toEqual([]);
    for (const name of ['comment', 'identity', 'imei', 'mac-address', 'serial-number', 'ssid', 'uicc'])
      expect(names).toContain(name);
    // RouterOS' own names stay, also where others would be typed.
    const own = [...changed].filter((one) => /^\/(interface|caps-man|system\/(package|health|resource))\S* name$/.test(one));
    expect(own).toEqual([]);
  });

  it('keeps what is equal equal, in every menu and however it is written', () => {
    const value = scrub();
    const mac = value('/interface/print', 'mac-address', '02:1A:0C:00:00:07');
    expect(mac).toMatch(/^[0-9A-F][26AE](:[0-9A-F]{2}){5}$/);
    expect(value('/interface/wifi/registration-table/print', 'mac-address', '02:1A:0C:00:00:07')).toBe(mac);
    expect(value('/ip/arp/print', 'mac-address', '02:1a:0c:00:00:07')).toBe(mac.toLowerCase());
    expect(value('/ppp/active/print', 'caller-id', '02:1A:0C:00:00:07')).toBe(mac);
    expect(value('/interface/wireless/print', 'radio-name', '021A0C000007')).toBe(mac.replaceAll(':', ''));
    expect(value('/interface/wifi/monitor', 'status', 'managed by CAPsMAN 02:1A:0C:00:00:07%ether1')).toContain(mac);
    expect(value('/ip/dhcp-server/lease/print', 'client-id', '1:02:1A:0C:00:00:07')).toBe(`1:${mac}`);
    const short = mac.toLowerCase().replace(/(^|:)0/g, '$1');
    expect(value('/ip/dhcp-server/lease/print', 'client-id', '1:2:1a:c:0:0:7')).toBe(`1:${short}`);

    expect(value('/ppp/active/print', 'name', 'anna')).toBe('client-1');
    expect(value('/interface/print', 'name', '<pppoe-anna>')).toBe('<pppoe-client-1>');
    expect(value('/queue/simple/print', 'name', '<pppoe-anna>')).toBe('<pppoe-client-1>');
    expect(value('/queue/simple/print', 'target', '<pppoe-anna>')).toBe('<pppoe-client-1>');
    expect(value('/ip/neighbor/print', 'identity', 'mast-4')).toBe(value('/system/identity/print', 'name', 'mast-4'));
    expect(value('/interface/print', 'name', 'to-anna')).toBe('interface-1');
    expect(value('/ip/neighbor/print', 'interface', 'ether3,to-anna')).toBe('ether3,interface-1');
    expect(value('/ip/route/print', 'immediate-gw', '8.8.4.4%to-anna')).toBe('192.0.2.1%interface-1');
    expect(value('/tool/netwatch/print', 'host', '8.8.4.4')).toBe('192.0.2.1');
    expect(value('/tool/netwatch/print', 'host', 'mast-4.example.com')).toBe('host-1');
  });

  it.each([
    ['/ip/neighbor/print', 'address6', 'fe80::1aff:fe00:7', /^fe80::1$/],
    ['/ip/neighbor/print', 'address6', '2a02:db8:0:1::7', /^2001:db8::1$/],
    ['/ip/address/print', 'address', '8.8.8.8/24', /^192\.0\.2\.1\/24$/],
    ['/ip/arp/print', 'address', '192.168.88.4', /^192\.168\.88\.4$/],
    ['/routing/bgp/session/print', 'remote.as', '3356', /^64496$/],
    ['/routing/bgp/session/print', 'local.as', '64601', /^64601$/],
    ['/system/routerboard/print', 'serial-number', 'HP04PFUKI0', /^[A-Z]{2}\d{2}[A-Z]{5}\d$/],
    ['/interface/lte/monitor', 'imei', '007773227424910', /^\d{15}$/],
    ['/interface/lte/monitor', 'current-cellid', '108812492', /^[1-9]\d{7}$/],
    ['/interface/wifi/print', 'security.passphrase', 'correct horse', /^removed$/],
    ['/interface/wireguard/peers/print', 'preshared-key', '', /^$/],
    ['/something/new/print', 'wps-pin-code', '1234', /^removed$/],
    ['/something/new/print', 'note', 'call Anna', /^text-1$/],
    ['/something/new/print', 'card', '8900777777976574013', /^\d{19}$/],
    ['/something/new/print', 'total-bytes', '8900777777976574013', /^8900777777976574013$/],
    ['/something/new/print', 'delay', '1m30s', /^1m30s$/],
    ['/interface/wireless/monitor', 'channel', '5280/20-eeeC/ac(27dBm)', /^5280\/20-eeeC\/ac\(27dBm\)$/],
    ['/system/package/update/print', 'channel', 'long-term', /^long-term$/],
    ['/caps-man/interface/print', 'channel', 'roof-of-anna', /^text-1$/],
    ['/caps-man/interface/print', 'channel', '600123456', /^text-1$/],
    ['/interface/print', 'name', 'gre-8.8.8.8', /^interface-1$/],
    ['/interface/print', 'name', '48600123456', /^interface-1$/],
    ['/interface/print', 'name', 'wan-600-123-456', /^interface-1$/],
    ['/interface/print', 'name', '<anna-at-home>', /^interface-1$/],
    ['/interface/print', 'name', 'qsfp56-dd-1-1', /^qsfp56-dd-1-1$/],
    ['/interface/print', 'name', 'sfp-sfpplus12', /^sfp-sfpplus12$/],
    ['/interface/print', '.id', '*1A', /^\*1A$/],
    ['/interface/ethernet/print', 'switch', 'annas-switch', /^interface-1$/],
    ['/tool/netwatch/print', 'name', '600123456', /^text-1$/],
    ['/routing/ospf/neighbor/print', 'instance', '4711', /^text-1$/],
    ['/routing/bgp/session/print', 'name', 'isp-48600123456', /^peer-1$/],
    ['/something/new/print', 'asset', 'Анна', /^text-1 é$/],
    ['/something/new/print', 'note', '+48 600 123 456', /^\+\d\d \d{3} \d{3} \d{3}(?<! 600 123 456)$/],
    ['/something/new/print', 'since', '2026-06-01 12:00:00', /^2026-06-01 12:00:00$/],
    ['/interface/wifi/monitor', 'status', 'managed by CAPsMAN 8.8.8.8%to-anna', /^managed by CAPsMAN 192\.0\.2\.1%interface-1$/],
    ['/interface/wifi/print', '.about', 'managed by CAPsMAN, mode: at annas', /^managed by CAPsMAN, text-1$/],
    ['/interface/wireless/registration-table/print', 'signal-strength', '-66@5.5Mbps', /^-66@5\.5Mbps$/],
    ['/ip/neighbor/print', 'version', 'from a.b@mast-4.example.com', /^from mail-1@example\.net$/],
    ['/ip/neighbor/print', 'version', 'at 2a02:db8::7: up', /^at 2001:db8::1: up$/],
    ['/ip/neighbor/print', 'version', 'src:2a02:11:22:33:44:55:66:777 up', /^srremoved up$/],
    ['/ip/neighbor/print', 'platform', 'SEP021A0C0000F7', /^SEP[\dA-F]{12}(?<!021A0C0000F7)$/],
    ['/system/resource/print', 'version', '7.18.2 (stable)', /^7\.18\.2 \(stable\)$/],
  ])('%s: %s=%s becomes %s', (path, name, value, made) => {
    const result = scrub()(path, name, value);
    expect(result).toMatch(made);
  });

  it('leaves no part of an IPv4 address within an IPv6 one', () => {
    const value = scrub();
    for (let last = 1; last <= 40; last++) {
      for (const name of ['version', 'address', 'new'])
        expect(value('/ip/neighbor/print', name, `::ffff:185.12.33.${last}`)).toMatch(/^2001:db8::[\da-f]+$/);
    }
  });

  it('keeps what RouterOS makes of names: the sessions of a peer, and what it says of a managed radio', () => {
    const value = scrub();
    expect(value('/routing/bgp/connection/print', 'name', 'isp-1')).toBe('peer-1');
    expect(value('/routing/bgp/session/print', 'name', 'isp-1-2')).toBe('peer-1-2');
    const about = (text: string): string => value('/interface/wifi/print', '.about', text);
    const mac = value('/interface/print', 'mac-address', '02:71:00:00:00:09');
    expect(value('/interface/wifi/print', 'configuration.ssid', 'Anna, at home')).toBe('ssid-1');
    expect(
      about('managed by CAPsMAN 02:71:00:00:00:09%ether1, traffic processing on CAP, SSID: Anna, at home, channel: 5280/ax/eCee'),
    ).toBe(`managed by CAPsMAN ${mac}%ether1, traffic processing on CAP, SSID: ssid-1, channel: 5280/ax/eCee`);
    expect(about('managed by CAPsMAN\nchannel: 5280/20-eeeC/ac(27dBm), SSID: Büro, local forwarding')).toBe(
      'managed by CAPsMAN\nchannel: 5280/20-eeeC/ac(27dBm), SSID: ssid-2 é, local forwarding',
    );
    expect(about('managed by CAPsMAN 8.8.8.8, for Anna\nmode: AP, SSID: ')).toBe(
      'managed by CAPsMAN 192.0.2.1, text-1\nmode: AP, SSID: ',
    );
    expect(about("Anna's radio")).toBe('text-2');
  });

  it('keeps what --keep names, without the addresses and accounts in it', () => {
    const value = scrub(['comments', 'ssids', 'identities', 'interfaces']);
    expect(value('/interface/print', 'comment', 'Büro, 8.8.8.8')).toBe('Büro, 192.0.2.1');
    expect(value('/interface/wifi/print', 'configuration.ssid', 'Harbour')).toBe('Harbour');
    expect(value('/system/identity/print', 'name', 'mast-4')).toBe('mast-4');
    expect(value('/interface/print', 'name', 'to-mast')).toBe('to-mast');
    expect(value('/interface/print', 'name', '<pppoe-anna>')).toBe('<pppoe-client-1>');
    expect(value('/interface/print', 'comment', 'for <shed>')).toBe('for <shed>');
    expect(value('/ip/neighbor/print', 'interface', 'ether1,<l2tp-anna>,to-mast')).toBe('ether1,<l2tp-client-1>,to-mast');
    expect(value('/interface/print', 'name', '<pppoe-anna,eve>')).not.toMatch(/anna|eve/);
    expect(value('/interface/print', 'password', 'x')).toBe('removed');
  });

  it('keeps the encoding of a name: ASCII, UTF-8, or a code page', () => {
    const scrubber = createScrubber(KEY, new Set());
    const comment = (value: string): string | undefined => scrubber.sentence('/interface/print', ['!re', `=comment=${value}`])[1];
    expect(comment('shed')).toBe('=comment=comment-1');
    expect(comment(bytes('Büro'))).toBe('=comment=comment-2 \xc3\xa9');
    expect(comment('B\xfcro')).toBe('=comment=comment-3 \xe9');
  });

  it('keeps the words of errors that RouterOS has, and no others', () => {
    const scrubber = createScrubber(KEY, new Set());
    const trap = (message: string): string | undefined => scrubber.sentence('/x/print', ['!trap', `=message=${message}`])[1];
    for (const known of [
      'no such command or directory (wifi)',
      'no such command prefix',
      'not enough permissions (9)',
      'no such item (4)',
    ])
      expect(trap(known)).toBe(`=message=${known}`);
    expect(trap('failure: already have user anna')).toBe('=message=failure: text-1');
    expect(scrubber.sentence('/x/print', ['!fatal', 'bye Anna'])).toEqual(['!fatal', 'failure: text-2']);
    expect(scrubber.sentence('/x/print', ['!anna', 'x'])[0]).toBe('!other');
  });

  it('takes its time with nothing that a router may send', () => {
    const scrubber = createScrubber(KEY, new Set());
    const pieces = ['1s,', '1s1m', 'a', 'aA1', 'f', '1:', '::', 'a.', 'a@', '0.0.', '-', '1-', '<a-', '%', ',', '1d1', '\n'];
    for (const piece of pieces) {
      for (const length of [4000, 1_000_000]) {
        const long = `${piece.repeat(length / piece.length)}!`;
        const names = ['status', 'address', 'interface', 'comment', 'new', 'serial', 'as', 'host', 'lac'];
        scrubber.sentence('/interface/print', ['!re', ...names.map((name) => `=${name}=${long}`), `=${long}=1`, long]);
        scrubber.sentence('/interface/print', ['!trap', `=message=${long}`]);
      }
    }
    expect(scrubber.sentence('/x/print', ['!re', `=supported=${'1G-baseT-full,'.repeat(200)}`])[1]).toHaveLength(2811);
  });

  it('scrubs what is asked as it scrubs the answers', () => {
    const scrubber = createScrubber(KEY, new Set());
    scrubber.sentence('/interface/print', ['!re', '=name=to-anna']);
    expect(
      scrubber.command(['/interface/ethernet/monitor', '=numbers=ether1,to-anna', '=once=', '=.proplist=name,rate']),
    ).toEqual(['/interface/ethernet/monitor', '=numbers=ether1,interface-1', '=once=', '=.proplist=name,rate']);
    expect(scrubber.command(['/ppp/active/print', '?name=anna', '?#!'])).toEqual(['/ppp/active/print', '?name=client-1', '?#!']);
  });
});

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const pick = (alphabet: string, least: number, most: number = least) =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: least, maxLength: most });
const octet = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
const octets = fc
  .array(octet, { minLength: 6, maxLength: 6 })
  .filter((all) => new Set(all).size > 2 && /[a-f]/.test(all.join('')));

/** Things that must never be written, and the attributes that they belong to. */
const SECRETS = {
  password: {
    value: fc.tuple(pick(`${LETTERS}ABCDEF0123`, 7, 20), pick('!#$&*?', 1)).map((parts) => parts.join('')),
    names: 'password secret wpa2-pre-shared-key security.passphrase private-key snmp-community token',
  },
  key: {
    value: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => Buffer.from(key).toString('base64')),
    names: 'private-key public-key preshared-key',
    anywhere: true,
  },
  serial: {
    value: pick('ABCDEFGHJKLMNPQRSTUVWXYZ', 3).chain((head) => pick('0123456789ABCDEF', 6, 9).map((tail) => `${head}${tail}`)),
    names: 'serial-number serial sfp-vendor-serial software-id',
  },
  imei: { value: pick('123456789', 15, 19), names: 'imei imsi uicc iccid phone-number' },
  mac: {
    value: fc.tuple(octets, fc.constantFrom(':', '-', '')).map(([all, separator]) => all.join(separator)),
    names: 'mac-address caller-id radio-mac radio-name',
    anywhere: true,
  },
  ipv4: {
    value: fc
      .tuple(fc.integer({ min: 11, max: 99 }), ...[1, 2, 3].map(() => fc.integer({ min: 100, max: 254 })))
      .map((parts) => parts.join('.')),
    names: 'address remote-address gateway host last-ip remote.address',
    anywhere: true,
  },
  ipv6: {
    value: fc
      .array(fc.integer({ min: 0x1000, max: 0xffff }), { minLength: 7, maxLength: 7 })
      .map((parts) => ['2a02', ...parts.map((part) => part.toString(16))].join(':')),
    names: 'address6 address from-addresses',
    anywhere: true,
  },
  email: {
    value: fc.tuple(pick(LETTERS, 5, 9), pick(LETTERS, 5, 9)).map(([user, host]) => `${user}@${host}.example`),
    names: 'user contact owner',
    anywhere: true,
  },
  name: {
    value: fc
      .tuple(pick(LETTERS, 4, 9), fc.constantFrom('-', ' ', '.', 'ü', 'Ж', '_'), pick(LETTERS, 4, 9))
      .map((parts) => parts.join('')),
    names: 'host-name user comment ssid configuration.ssid identity radio-name eap-identity interface name',
  },
} as const;

/** Where `name` is one that RouterOS gave. */
const OWN_NAMES = /^\/system\/(package|health|resource)/;
const MENUS = [
  ...MENU_PATHS.filter((path) => !OWN_NAMES.test(path)),
  '/ppp/secret',
  '/interface/wireguard/peers',
  '/user',
  '/new/menu',
];
/** Of letters that no known word has together. */
const unknownName = fc.tuple(pick('qwxzjk', 3, 8), pick('qwxzjk', 3, 8)).map((parts) => parts.join('-'));
const CARRIERS = ['status', 'version', 'model', 'system-caps', 'type', 'ca-band'];

/** A secret, and the words of a reply that has it somewhere. */
const planted = fc.constantFrom(...Object.values(SECRETS)).chain((kind) =>
  fc
    .tuple(kind.value, fc.constantFrom(...kind.names.split(' ')), unknownName, fc.constantFrom(...CARRIERS), fc.boolean())
    .chain(([value, named, unknown, carrier, latin]) => {
      const secret = latin && !value.includes('Ж') ? value : bytes(value);
      const places = [
        `=${named}=${secret}`,
        `=${unknown}=${secret}`,
        `=${unknown}=told ${secret} so`,
        `=message=failure: ${secret}`,
        secret,
      ];
      // What RouterOS could have named an attribute stays: nobody types such names.
      if (!/^[a-z.-]+$/.test(secret)) places.push(`=${secret}=1`);
      if ('anywhere' in kind) places.push(`=${carrier}=managed by ${secret}, 5180/ax`, `=${carrier}=${secret}`);
      return fc.record({ secret: fc.constant(secret), word: fc.constantFrom(...places) });
    }),
);
const reply = fc.array(planted, { minLength: 1, maxLength: 6 });

describe('a secret', () => {
  it('is nowhere in what is written, whatever menu and attribute it stands in', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MENUS),
        fc.array(fc.tuple(fc.constantFrom('!re', '!trap', '!done', '!fatal'), reply), { minLength: 1, maxLength: 4 }),
        reply,
        (menu, sentences, asked) => {
          const scrubber = createScrubber(KEY, new Set());
          const path = `${menu}/print`;
          const line = commandLine({
            atMs: 0,
            tookUs: 0,
            words: scrubber.command([path, ...asked.map(({ word }) => word)]),
            reply: sentences.map(([type, words]) => scrubber.sentence(path, [type, ...words.map(({ word }) => word)])),
            bytes: 0,
            complete: true,
          });
          const written = Buffer.from(line).toString('latin1').toLowerCase();
          for (const { secret } of [...asked, ...sentences.flatMap(([, words]) => words)]) {
            const raw = Buffer.from(secret, 'latin1');
            for (const form of [
              secret,
              raw.toString('base64').replace(/=+$/, ''),
              raw.toString('hex'),
              JSON.stringify(raw.toString('utf8')).slice(1, -1),
            ])
              expect(written).not.toContain(form.toLowerCase());
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
