import type { ComponentChildren, JSX } from 'preact';

/** A titled part of a page, with the address of its data. */
export function Panel({
  title,
  children,
  href,
  class: name = '',
}: {
  title: string;
  href: string;
  class?: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={`panel ${name}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        <a class="muted" href={href} target="_blank" rel="noreferrer">
          as JSON
        </a>
      </header>
      {children}
    </section>
  );
}
