import type { PoplarEvent } from '@poplar/hub/api/event-schemas';
import type { RouterState } from '@poplar/hub/api/schemas';
import { formatDuration } from '../format/duration.ts';
import { formatCount } from '../format/volume.ts';

/** An event in words, with the shape that says at a glance how good or bad it is. */
export interface EventWords {
  readonly state: RouterState;
  readonly text: string;
  /** What else there is to know; empty when nothing is. */
  readonly more: string;
}

/** The kinds that can be chosen, and what they are called. */
export const EVENT_KINDS: readonly (readonly [kind: string, name: string])[] = [
  ['router_state', 'router state'],
  ['router_rebooted', 'reboots'],
  ['version_changed', 'RouterOS versions'],
  ['serial_changed,board_changed,firmware_changed', 'hardware and firmware'],
  ['interface_state', 'interface state'],
  ['interface_flapped', 'interface flaps'],
  ['agent_started', 'agents'],
];

const STATES: Readonly<Record<string, RouterState>> = {
  up: 'up',
  suspect: 'suspect',
  down: 'down',
  unknown: 'unknown',
  disabled: 'unknown',
};

/** Says what happened. A kind that has no words of its own is told by its name and its values. */
export function eventWords({ kind, old, new: now, cause, detail, lasted_ms: lasted }: PoplarEvent): EventWords {
  switch (kind) {
    case 'router_state':
    case 'interface_state': {
      const error = textOf(detail['error']);
      const after = lasted === null || old === 'unknown' ? '' : ` after ${formatDuration(lasted)} ${old}`;
      return {
        state: STATES[now] ?? 'unknown',
        text: `${now}${after}`,
        more: [cause, error].filter((part) => part !== '').join(': '),
      };
    }
    case 'interface_flapped': {
      const times = detail['link_downs'];
      return {
        state: 'suspect',
        text: 'went down and up',
        more: typeof times === 'number' && times > 1 ? `${formatCount(times)} times` : '',
      };
    }
    case 'router_rebooted':
      return {
        state: 'suspect',
        text: lasted === null ? 'rebooted' : `rebooted after ${formatDuration(lasted)}`,
        more: cause === 'version_changed' ? 'to another version' : '',
      };
    case 'agent_started': {
      const silent = detail['silent_ms'];
      return {
        state: 'unknown',
        text: 'agent started',
        more: typeof silent === 'number' ? `${formatDuration(silent)} after the last poll before` : '',
      };
    }
    default: {
      const [what = kind] = kind.split('_changed');
      const values = old === '' && now === '' ? '' : ` ${old === '' ? '' : `${old} → `}${now}`;
      return { state: 'unknown', text: `${what.replaceAll('_', ' ')}${values}`, more: cause.replaceAll('_', ' ') };
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
