/** Position in the list of routers: opaque text that names the last router sent. */
export interface Cursor {
  readonly site: string;
  readonly router: string;
}

export function encodeCursor({ site, router }: Cursor): string {
  return Buffer.from(JSON.stringify([site, router])).toString('base64url');
}

/** Returns undefined for text that encodeCursor did not make. */
export function decodeCursor(text: string): Cursor | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [site, router]: unknown[] = value;
    return typeof site === 'string' && typeof router === 'string' ? { site, router } : undefined;
  } catch {
    return undefined;
  }
}
