import { beforeEach, expect, it } from 'vitest';
import { ABSENCE_BELIEVED_MS, type Capabilities, createCapabilities } from './capabilities.ts';

const LTE = '/interface/lte';
let capabilities: Capabilities;

beforeEach(() => {
  capabilities = createCapabilities();
  capabilities.sessionOpened();
  capabilities.noteSystem('7.16.1', false);
  capabilities.noteAbsent(LTE, 0);
});

it('believes the router what it lacks, menu by menu', () => {
  expect(capabilities.lacks(LTE, 1)).toBe(true);
  expect(capabilities.lacks('/interface/w60g', 1)).toBe(false);
});

it('goes on believing over sessions with the same version, if the router has not booted', () => {
  for (let session = 0; session < 3; session++) {
    capabilities.sessionOpened();
    capabilities.noteSystem('7.16.1', false);
    expect(capabilities.lacks(LTE, 1)).toBe(true);
  }
});

it.each<readonly [string, (router: Capabilities) => void]>([
  ['the version has changed', (router) => router.noteSystem('7.17', false)],
  ['the router has booted', (router) => router.noteSystem('7.16.1', true)],
  ['another device answers', (router) => router.forget()],
  ['a new session has not said what the router is', (router) => router.sessionOpened()],
])('forgets when %s', (_, happens) => {
  happens(capabilities);
  expect(capabilities.lacks(LTE, 1)).toBe(false);
  capabilities.noteAbsent(LTE, 1);
  expect(capabilities.lacks(LTE, 1)).toBe(true);
});

it('asks again now and then all the same', () => {
  expect(capabilities.lacks(LTE, ABSENCE_BELIEVED_MS - 1)).toBe(true);
  expect(capabilities.lacks(LTE, ABSENCE_BELIEVED_MS)).toBe(false);
});
