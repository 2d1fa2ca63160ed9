/** The page of results: everything but what stands between markers is written by people. */

/** The page cannot take the result: the message says what to add. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

const opening = (name: string): string => `<!-- bench:${name} -->`;
const closing = (name: string): string => `<!-- /bench:${name} -->`;

/** The page with other text between the markers of `name`. Throws PageError when it has not exactly one pair of them. */
export function replaceSection(page: string, name: string, text: string): string {
  const parts = page.split(opening(name));
  const [before, rest] = parts;
  const [, after, ...more] = rest?.split(closing(name)) ?? [];
  if (parts.length !== 2 || before === undefined || after === undefined || more.length > 0)
    throw new PageError(
      `Cannot write the results of ${name}: the page needs ${opening(name)} and, once after it, ${closing(name)}.`,
    );
  return `${before}${opening(name)}\n\n${text.trim()}\n\n${closing(name)}${after}`;
}
