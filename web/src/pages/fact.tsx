import type { ComponentChildren, JSX } from 'preact';

/** A name and what it is, in a block of facts. */
export function Fact({
  name,
  children,
  title,
  long = false,
}: {
  name: string;
  children: ComponentChildren;
  title?: string;
  /** Takes the room of two. */
  long?: boolean;
}): JSX.Element {
  return (
    <div title={title} class={long ? 'long' : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
