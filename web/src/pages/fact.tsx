import type { ComponentChildren, JSX } from 'preact';

/** A name and what it is, in a block of facts. */
export function Fact({ name, children, title }: { name: string; children: ComponentChildren; title?: string }): JSX.Element {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
