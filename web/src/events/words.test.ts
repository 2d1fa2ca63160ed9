import type { PoplarEvent } from '@poplar/hub/api/event-schemas';
import { expect, test } from 'vitest';
import { eventWords } from './words.ts';

function event(kind: string, change: Partial<PoplarEvent> = {}): PoplarEvent {
  return {
    ts_ms: 0,
    site: 'fra1',
    kind,
    router: 'r1',
    object: '',
    old: '',
    new: '',
    cause: '',
    detail: {},
    lasted_ms: null,
    ...change,
  };
}

const said = (kind: string, change: Partial<PoplarEvent> = {}): string[] => {
  const { state, text, more } = eventWords(event(kind, change));
  return [state, text, more];
};

test('states are told with how long the one before had lasted, and why', () => {
  expect(
    said('router_state', { old: 'suspect', new: 'down', cause: 'timeout', detail: { error: 'no answer' }, lasted_ms: 20_000 }),
  ).toEqual(['down', 'down after 20 s suspect', 'timeout: no answer']);
  expect(said('router_state', { old: 'unknown', new: 'up', lasted_ms: null })).toEqual(['up', 'up', '']);
  expect(said('interface_state', { old: 'up', new: 'disabled', lasted_ms: 60_000 })).toEqual([
    'unknown',
    'disabled after 1 m up',
    '',
  ]);
});

test('flaps, reboots and starts are told as such', () => {
  expect(said('interface_flapped', { old: 'up', new: 'up', detail: { link_downs: 3 } })).toEqual([
    'suspect',
    'went down and up',
    '3 times',
  ]);
  expect(said('interface_flapped', { detail: { link_downs: 1 } })).toEqual(['suspect', 'went down and up', '']);
  expect(said('router_rebooted', { lasted_ms: 3_600_000, cause: 'version_changed' })).toEqual([
    'suspect',
    'rebooted after 1 h',
    'to another version',
  ]);
  expect(said('agent_started', { old: '1', new: '2', detail: { silent_ms: 5000 } })).toEqual([
    'unknown',
    'agent started',
    '5 s after the last poll before',
  ]);
});

test('values are told with what they were, and so is what has no words of its own', () => {
  expect(said('version_changed', { old: '7.15', new: '7.16' })).toEqual(['unknown', 'version 7.15 → 7.16', '']);
  expect(said('board_changed', { old: 'A', new: 'B', cause: 'serial_changed' })).toEqual([
    'unknown',
    'board A → B',
    'serial changed',
  ]);
  expect(said('client_joined')).toEqual(['unknown', 'client joined', '']);
});
