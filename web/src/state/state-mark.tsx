import type { RouterState } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';

/** The states, worst first: the order of every list that shows them. */
export const STATES_WORST_FIRST: readonly RouterState[] = ['down', 'suspect', 'unknown', 'up'];

/** The states as counts are read: the good one first. */
export const STATES: readonly RouterState[] = ['up', 'suspect', 'down', 'unknown'];

function Shape({ state }: { state: RouterState }): JSX.Element {
  switch (state) {
    case 'up':
      return <circle cx="5" cy="5" r="4" />;
    case 'suspect':
      return (
        <>
          <circle class="hollow" cx="5" cy="5" r="3.4" />
          <path d="M5 1.6a3.4 3.4 0 0 1 0 6.8z" />
        </>
      );
    case 'down':
      return <rect x="1" y="1" width="8" height="8" />;
    case 'unknown':
      return <circle class="hollow" cx="5" cy="5" r="3.4" />;
  }
}

/** The shape of a state, ● ◐ ■ ○, drawn rather than typed: fonts disagree about the size of these characters. */
export function StateShape({ state }: { state: RouterState }): JSX.Element {
  return (
    <svg class={`shape ${state}`} viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
      <Shape state={state} />
    </svg>
  );
}

/** A state as shape and word; the word is the router's own where it has a better one. */
export function StateMark({ state, word = state }: { state: RouterState; word?: string }): JSX.Element {
  return (
    <span class={`state ${state}`}>
      <StateShape state={state} />
      {word}
    </span>
  );
}
