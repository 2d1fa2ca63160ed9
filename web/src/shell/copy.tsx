import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A button that puts a text on the clipboard and says so; where there is none, it shows the text to copy by hand. */
export function CopyButton({ name, text }: { name: string; text: () => string }): JSX.Element {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      setDone(true);
    } catch {
      window.prompt('Copy this:', text());
    }
  }
  return (
    <button type="button" onClick={() => void copy()}>
      {done ? 'copied' : name}
    </button>
  );
}
