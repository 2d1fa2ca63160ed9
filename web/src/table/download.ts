/** Hands a text to the browser as a file. */
export function downloadText(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A file name that says what and when: `poplar-routers-2026-11-23T10-23-40Z.csv`. */
export function fileName(what: string, nowMs: number, ending: string): string {
  const when = new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  return `poplar-${what.replaceAll(/[^\w.-]+/g, '-')}-${when}.${ending}`;
}
