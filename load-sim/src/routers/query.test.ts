import { describe, expect, it } from 'vitest';
import { createRowFilter } from './query.ts';

const ROWS = [
  [
    ['name', 'ether1'],
    ['type', 'ether'],
    ['rx-byte', '9007199254740993'],
    ['comment', 'uplink'],
  ],
  [
    ['name', 'ether2'],
    ['type', 'ether'],
    ['rx-byte', '20'],
  ],
  [
    ['name', 'vlan10'],
    ['type', 'vlan'],
    ['rx-byte', '100'],
  ],
] as const;

describe('query words', () => {
  it.each([
    ['?comment', ['ether1']],
    ['?-comment', ['ether2', 'vlan10']],
    ['?type=ether', ['ether1', 'ether2']],
    ['?=type=ether', ['ether1', 'ether2']],
    ['?>rx-byte=100', ['ether1']],
    ['?<rx-byte=100', ['ether2']],
    ['?>rx-byte=9007199254740992', ['ether1']],
    ['?type=ether ?comment', ['ether1']],
    ['?type=ether ?comment ?#&', ['ether1']],
    ['?name=ether2 ?name=vlan10 ?#|', ['ether2', 'vlan10']],
    ['?=type=ether ?#!', ['vlan10']],
    ['?name=ether1 ?name=ether2 ?#|!', ['vlan10']],
    ['?type=vlan ?type=ether ?#1', ['vlan10']],
    ['?comment ?#.!|', ['ether1', 'ether2', 'vlan10']],
    ['?comment ?type=ether ?#1.&', ['ether1']],
    ['?missing=x', []],
  ])('%s', (words, names) => {
    const filter = createRowFilter(words.split(' '));
    expect(ROWS.filter((row) => filter(row)).map(([[, name]]) => name)).toEqual(names);
  });
});
