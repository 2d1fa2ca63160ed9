import { Fragment, type JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { zoneName } from '../format/time.ts';
import { QUERY_KEYS } from '../query/tokens.ts';
import { KEYS } from './keyboard.ts';

/** The keys and the query language, in a dialog. */
export function Help({ open, onClose }: { open: boolean; onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-label="Keys and filters"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div>
        <h2>Keys</h2>
        <dl>
          {KEYS.map(([keys, does]) => (
            <Fragment key={keys}>
              <dt>
                {keys.split('  ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </Fragment>
          ))}
        </dl>
        <h2>Filters</h2>
        <p>
          <code>site:fra1 state:down,suspect model:RB* ros:&lt;7.16 cpu:&gt;80 in:&gt;100M -agent:lon2</code>
        </p>
        <p>
          Words find routers by name, identity, site, address, model or problem. All conditions must hold; a comma is <em>or</em>,
          a leading minus is <em>not</em>, <code>*</code> and <code>?</code> stand for any text and any character.
        </p>
        <p>Filters: {QUERY_KEYS.join(', ')}.</p>
        <p class="muted">Times are in {zoneName(Date.now())}; hover one for ISO 8601.</p>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </div>
    </dialog>
  );
}
