/** A repeated signal within this time is the same Ctrl-C: npm passes on what the terminal has already sent. */
const SAME_SIGNAL_MS = 1000;
const PARENT_CHECK_MS = 500;

/**
 * Aborts on SIGINT, SIGTERM and SIGHUP and when the parent process vanishes. A second signal, more than a second after the
 * first, ends the process at once: its children notice and end too.
 */
export function stopRequests(nowMs: () => number): AbortSignal {
  const stopping = new AbortController();
  let firstMs: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const now = nowMs();
      if (firstMs === undefined) {
        firstMs = now;
        stopping.abort(new Error(name));
      } else if (now - firstMs > SAME_SIGNAL_MS) process.exit(130);
    });
  }
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(watch);
      stopping.abort(new Error('the parent process ended'));
    }
  }, PARENT_CHECK_MS);
  watch.unref();
  return stopping.signal;
}
