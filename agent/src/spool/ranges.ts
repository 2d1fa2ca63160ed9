/** A set of whole numbers as inclusive runs, sorted, disjoint and never adjacent: its size is that of its holes. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

export type Runs = readonly Run[];

/** The set with `run` added. */
export function addRun(runs: Runs, run: Run): Runs {
  if (run.first > run.last) return runs;
  let { first, last } = run;
  const before: Run[] = [];
  const after: Run[] = [];
  for (const other of runs) {
    if (other.last < first - 1) before.push(other);
    else if (other.first > last + 1) after.push(other);
    else {
      first = Math.min(first, other.first);
      last = Math.max(last, other.last);
    }
  }
  return [...before, { first, last }, ...after];
}

/** What of `run` is not in the set. */
export function missingFrom(runs: Runs, run: Run): Runs {
  const missing: Run[] = [];
  let { first } = run;
  for (const other of runs) {
    if (other.last < first) continue;
    if (other.first > run.last) break;
    if (other.first > first) missing.push({ first, last: other.first - 1 });
    first = other.last + 1;
  }
  if (first <= run.last) missing.push({ first, last: run.last });
  return missing;
}
