/** Deadlines of what a router is to send. */

/**
 * Calls back once the time is up and what has arrived by then has been read: a process that was held up comes to its timers
 * before its sockets, and would take answers that lie there for late. Returns what calls it off.
 */
export function startDeadline(ms: number, onLate: () => void): () => void {
  let reading: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    reading = setImmediate(onLate);
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(reading);
  };
}
