/** What /listen tells about a menu: whole rows whose watched attributes changed, and the ids of those that went. */
import type { Row } from '../dialects/forms.ts';

export interface ChangeWatch {
  /** The rows to send now, given all rows of the menu. The first call only remembers. */
  changes(rows: readonly Row[]): Row[];
}

/** Watches these attributes by `.id`. Counters are never among them: they would tell something at every look. */
export function createChangeWatch(watched: readonly string[]): ChangeWatch {
  let known: Map<string, string> | undefined;

  return {
    changes(rows) {
      const now = new Map(rows.map((row) => [valueOf(row, '.id'), watched.map((name) => valueOf(row, name)).join('\n')]));
      const before = known;
      known = now;
      if (before === undefined) return [];
      const changed = rows.filter((row) => {
        const id = valueOf(row, '.id');
        return before.get(id) !== now.get(id);
      });
      const gone = Array.from(before.keys()).filter((id) => !now.has(id));
      return [
        ...changed,
        ...gone.map(
          (id): Row => [
            ['.id', id],
            ['.dead', 'true'],
          ],
        ),
      ];
    },
  };
}

function valueOf(row: Row, name: string): string {
  return row.find(([key]) => key === name)?.[1] ?? '';
}
