/** What the agent counts, read from its metrics. */

/** The sum of a counter over those of its labels that the text begins; 0 while it has none. Rejects when the agent does not answer. */
export async function readCounter(metricsUrl: string, name: string, labels = ''): Promise<number> {
  const answer = await fetch(metricsUrl);
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith(`${name}${labels}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
