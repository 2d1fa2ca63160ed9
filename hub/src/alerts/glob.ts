/** True when a name fits one of the patterns, where * stands for any text and ? for one character. No patterns: every name fits. */
export function fits(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => expression(pattern).test(name));
}

function expression(pattern: string): RegExp {
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}
