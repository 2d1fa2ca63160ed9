import { type ComponentType, h, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component whose code is fetched when it is first drawn; where that fails, it says what helps. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element | null {
  let loaded: ComponentType<P> | null = null;
  return function Later(props: P): JSX.Element | null {
    const [state, setState] = useState<'waiting' | 'ready' | 'failed'>('waiting');
    useEffect(() => {
      if (loaded !== null) return;
      load().then(
        (component) => {
          loaded = component;
          setState('ready');
        },
        () => setState('failed'),
      );
    }, []);
    if (loaded !== null) return h(loaded, props);
    if (state !== 'failed') return null;
    return (
      <p class="notice" role="alert">
        <b>A part of the viewer cannot be fetched.</b> The hub may have been updated since this page was opened, or does not
        answer. Reload the page.
      </p>
    );
  };
}
