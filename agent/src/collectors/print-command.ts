/** The words that print a menu, restricted to the properties that are read: without .proplist the router computes all of them. */
export function printCommand(path: string, properties: readonly string[]): readonly string[] {
  return [`${path}/print`, `=.proplist=${properties.join(',')}`];
}
