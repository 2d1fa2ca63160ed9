import type { JSX } from 'preact';

/** An address that no page has. */
export function MissingPage({ path }: { path: string }): JSX.Element {
  return (
    <section class="page">
      <h1>There is no page {path}</h1>
      <p>
        Go to the <a href="/">overview</a> or the <a href="/routers">routers</a>, or press <kbd>/</kbd> and type a name.
      </p>
    </section>
  );
}
