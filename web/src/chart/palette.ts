/** Colours of a graph, as the canvas takes them. */
export interface Palette {
  readonly rx: string;
  readonly tx: string;
  readonly grid: string;
  readonly text: string;
  readonly zero: string;
  readonly mark: string;
  readonly hatch: string;
  /** What the graph lies on. */
  readonly ground: string;
}

/** Reads the colours that style/tokens.css gives under the theme shown now. */
export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement('i');
  probe.hidden = true;
  element.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const palette: Palette = {
    rx: read('in'),
    tx: read('out'),
    grid: read('grid'),
    text: read('muted'),
    zero: read('line-strong'),
    mark: read('suspect'),
    hatch: read('hatch'),
    ground: read('surface'),
  };
  probe.remove();
  return palette;
}

/** A computed colour, `rgb(…)`, made see-through. */
export function faded(colour: string, alpha: number): string {
  const parts = /^rgba?\(([\d.]+), ?([\d.]+), ?([\d.]+)/.exec(colour);
  return parts === null ? colour : `rgba(${parts[1]}, ${parts[2]}, ${parts[3]}, ${alpha})`;
}
