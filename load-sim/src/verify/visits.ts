/**
 * Holds the stored polls and rows against the served replies. Pure: fed with what a store holds, it fills a report.
 *
 * A poll's window is [start, start + duration]. Every reply that was served belongs to the one poll whose window holds it, and
 * the rows of that poll in a table must be those of one such reply, all of them at the reply's very millisecond.
 */
import type { RouterModel, World } from '../traffic/world.ts';
import type { AgentTime } from './agent-time.ts';
import { compareRows, type RowFault, type StoredRow } from './compare.ts';
import type { AllowedLoss } from './range.ts';
import { createReplyTrack, type Replies, type Reply, type ReplyTrack } from './replies.ts';
import { addFault, addRows, type FaultKind, type VerifiedTable, type VerifyReport } from './report.ts';
import { ROW_TABLES, type RowTable, TABLE_TRUTHS } from './truth/all.ts';
import type { AgentClock, MenuTruth } from './truth/table-truth.ts';

/** One row of polls. */
export interface StoredPoll {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly tsMs: number;
  readonly durationUs: number;
  readonly outcome: string;
  readonly address: string;
  /** Rows that the poll says it has in each table. */
  readonly declared: Readonly<Record<RowTable, number>>;
}

/** The rows of one poll in one table. */
export interface StoredGroup {
  readonly table: RowTable;
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly tsMs: number;
  readonly rows: readonly StoredRow[];
}

export interface VisitCheckOptions {
  /** How far outside of a poll's window a reply may lie, for rounding and for clocks that are slewed; ms. */
  readonly toleranceMs: number;
  /** Replies before and after these times are left alone: of an earlier run, or of visits that may not be stored yet. Unix ms. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Times in which what an agent had not sealed may be lost, as when it is killed. Unix ms. */
  readonly allowedLoss: readonly AllowedLoss[];
  /** By which the times of polls are those of the replies. */
  readonly agentTime: AgentTime;
  /** True: there is no journal; the rows must be those of any one whole millisecond of the window. */
  readonly searchInstants: boolean;
}

export interface VisitCheck {
  /** Takes polls; each before its groups. */
  poll(poll: StoredPoll): void;
  /** Takes the rows of one poll in one table. */
  group(group: StoredGroup): void;
  /** Ends a run of polls whose groups have all been given: whatever they lack now is missing. */
  settle(): void;
  /**
   * After everything: replies that no poll holds are missing. Returns how many more polls may be lost where only so many may:
   * polls without any reply.
   */
  finish(): number;
}

/** A reply and how far stored rows are from it. */
interface Match {
  readonly reply: Reply;
  readonly faults: readonly RowFault[];
  readonly expected: number;
}

interface OpenPoll extends StoredPoll {
  readonly model: RouterModel;
  readonly stored: Map<RowTable, number>;
  /** Paths of the menus whose rows were given. */
  readonly given: Set<string>;
}

const NO_REPLIES = createReplyTrack([]);
const ANSWERED = new Set(['ok', 'partial']);
/** Unclaimed replies of one router that are closer than this belong to one lost visit. */
const VISIT_GAP_MS = 1_000;

export function createVisitCheck(world: World, replies: Replies, report: VerifyReport, options: VisitCheckOptions): VisitCheck {
  const models = new Map(world.routers.map((model) => [nameOf(model.plan), model]));
  let open = new Map<string, OpenPoll>();

  function trackOf(model: RouterModel): ReplyTrack {
    return replies.get(model.plan.index) ?? NO_REPLIES;
  }

  function windowOf(poll: StoredPoll): [number, number] {
    const startMs = options.agentTime.trueMs(poll.tsMs);
    return [startMs - options.toleranceMs, startMs + Math.ceil(poll.durationUs / 1000) + options.toleranceMs];
  }

  function clockOf(poll: OpenPoll): AgentClock {
    return {
      aheadMs: poll.tsMs - options.agentTime.trueMs(poll.tsMs),
      stepped: options.agentTime.stepped(...windowOf(poll)),
    };
  }

  function candidatesOf(poll: OpenPoll, menu: MenuTruth): Reply[] {
    const [fromMs, toMs] = windowOf(poll);
    if (!options.searchInstants) return trackOf(poll.model).within([menu.path], fromMs, toMs);
    return Array.from({ length: toMs - fromMs + 1 }, (_, ms) => ({
      atMs: fromMs + ms,
      menu: menu.path,
      rows: 0,
      fate: 'open',
    }));
  }

  /** When the visit had its latest answer to a menu before `untilMs`; that itself when it had none, or none is known. */
  function askedMs(poll: OpenPoll, path: string, untilMs: number): number {
    if (options.searchInstants) return untilMs;
    return trackOf(poll.model).within([path], windowOf(poll)[0], untilMs).at(-1)?.atMs ?? untilMs;
  }

  /** True when the items of a monitor were printed: a visit that fails before they are monitored stores what the print said. */
  function wasPrinted(poll: OpenPoll, { path }: MenuTruth): boolean {
    const printed = path.slice(0, path.lastIndexOf('/'));
    return trackOf(poll.model).within([printed], ...windowOf(poll)).length > 0;
  }

  function nearestOf(poll: OpenPoll, { path }: MenuTruth): string {
    const replies = Array.from(trackOf(poll.model).all()).filter(({ menu }) => menu === path);
    if (replies.length === 0) return 'none was served at all';
    const startMs = options.agentTime.trueMs(poll.tsMs);
    const { atMs } = replies.reduce((a, b) => (Math.abs(b.atMs - startMs) < Math.abs(a.atMs - startMs) ? b : a));
    return `the nearest was served at ${atMs}`;
  }

  function fault(
    kind: FaultKind,
    table: VerifiedTable,
    at: Pick<StoredPoll, 'site' | 'router' | 'tsMs'>,
    object: string,
    detail: string,
    rows = 1,
  ): void {
    addFault(report, { kind, table, site: at.site, router: at.router, at_ms: at.tsMs, object, detail }, rows);
  }

  /** The reply whose rows are the stored ones, an unclaimed one if there is any; otherwise the one that is closest. */
  function bestOf(poll: OpenPoll, group: StoredGroup, menu: MenuTruth): Match | undefined {
    const { columns } = TABLE_TRUTHS[group.table];
    const clock = clockOf(poll);
    let best: Match | undefined;
    for (const reply of candidatesOf(poll, menu)) {
      const truth = menu.rows(poll.model, reply.atMs, (path) => askedMs(poll, path, reply.atMs), clock);
      if (!options.searchInstants)
        checkJournal(reply, menu.replyRows?.(poll.model, truth.size, reply.atMs) ?? truth.size, poll.model);
      const faults = compareRows(columns, truth, group.rows);
      const better = best === undefined || rankOf(reply, faults) < rankOf(best.reply, best.faults);
      if (better) best = { reply, faults, expected: truth.size };
      if (faults.length === 0 && reply.fate !== 'claimed') break;
    }
    return best;
  }

  /** Rows of one poll that come from one menu. */
  function checkPart(poll: OpenPoll, group: StoredGroup, menu: MenuTruth): void {
    const object = group.rows[0]?.object ?? '';
    const best = bestOf(poll, group, menu);
    if (best === undefined && poll.outcome === 'partial' && wasPrinted(poll, menu)) {
      addRows(report, group.table, 'rows_expected', group.rows.length);
      report.excused_rows += group.rows.length;
      return;
    }
    if (best === undefined) {
      const window = `between ${windowOf(poll).join(' and ')}, the window of its poll (${poll.outcome})`;
      const detail = `no such reply was served ${window}; ${nearestOf(poll, menu)}`;
      return fault('wrong', group.table, poll, object, detail, group.rows.length);
    }
    if (best.reply.fate === 'claimed') {
      const detail = `another poll has already stored the reply of ${best.reply.atMs}`;
      return fault('duplicate', group.table, poll, object, detail, group.rows.length);
    }
    best.reply.fate = 'claimed';
    addRows(report, group.table, 'rows_expected', best.expected);
    for (const one of best.faults) fault(one.kind, group.table, poll, one.object, `${one.detail} (reply of ${best.reply.atMs})`);
  }

  return {
    poll(poll) {
      report.polls++;
      if (options.agentTime.trueMs(poll.tsMs) !== poll.tsMs) report.shifted_polls++;
      addRows(report, 'polls', 'rows_stored', 1);
      addRows(report, 'polls', 'rows_expected', 1);
      const model = models.get(nameOf(poll));
      if (model === undefined) return fault('wrong', 'polls', poll, '', `the fleet has no router ${poll.router} at ${poll.site}`);
      const address = `${model.plan.address}:${model.plan.port}`;
      if (poll.address !== address) fault('wrong', 'polls', poll, '', `address is ${poll.address} instead of ${address}`);
      if (!ANSWERED.has(poll.outcome)) report.failed_polls++;
      const key = keyOf(poll);
      if (open.has(key)) return fault('duplicate', 'polls', poll, '', 'is stored twice');
      const opened: OpenPoll = { ...poll, model, stored: new Map(), given: new Set() };
      open.set(key, opened);
      if (options.searchInstants) return;
      const held = ROW_TABLES.flatMap((table) => TABLE_TRUTHS[table].menus.flatMap((menu) => candidatesOf(opened, menu)));
      for (const reply of held) if (reply.fate === 'open') reply.fate = 'seen';
      if (poll.outcome === 'ok' && held.length === 0)
        fault('wrong', 'polls', poll, '', 'its outcome is ok, but nothing was served in its window');
    },

    group(group) {
      addRows(report, group.table, 'rows_stored', group.rows.length);
      const poll = open.get(keyOf(group));
      if (poll === undefined) {
        fault('wrong', group.table, group, group.rows[0]?.object ?? '', 'its poll is not stored', group.rows.length);
        return;
      }
      poll.stored.set(group.table, group.rows.length);
      for (const [menu, rows] of partsOf(group)) {
        poll.given.add(menu.path);
        checkPart(poll, { ...group, rows }, menu);
      }
    },

    settle() {
      for (const poll of open.values()) {
        for (const table of ROW_TABLES) {
          const stored = poll.stored.get(table);
          if (stored !== poll.declared[table] && (stored ?? 0) !== poll.declared[table]) {
            fault(
              'wrong',
              'polls',
              poll,
              '',
              `${TABLE_TRUTHS[table].countColumn} is ${poll.declared[table]}, but ${stored ?? 0} rows are stored in ${table}`,
            );
          }
          if (options.searchInstants) continue;
          for (const menu of TABLE_TRUTHS[table].menus) if (!poll.given.has(menu.path)) settleUnstored(poll, table, menu);
        }
      }
      open = new Map();
    },

    finish() {
      const losses = options.allowedLoss.map((loss) => ({ ...loss, left: loss.pollsMax ?? Number.POSITIVE_INFINITY }));
      for (const model of world.routers) {
        let visitEndMs = Number.NEGATIVE_INFINITY;
        let excusedEndMs = Number.NEGATIVE_INFINITY;
        const excusedMenus = new Set<string>();
        for (const reply of trackOf(model).all()) {
          if (reply.atMs < options.fromMs || reply.atMs > options.untilMs || reply.fate === 'claimed') continue;
          const table = ROW_TABLES.find((one) => TABLE_TRUTHS[one].menus.some(({ path }) => path === reply.menu));
          // Menus that are not stored are in the journal too.
          if (table === undefined) continue;
          if (reply.fate === 'seen') {
            report.repeated_replies++;
            continue;
          }
          // A visit asks once for each menu.
          const another = reply.atMs > excusedEndMs + VISIT_GAP_MS || excusedMenus.has(reply.menu);
          const loss = losses.find(
            ({ fromMs, toMs, left }) => reply.atMs >= fromMs && reply.atMs <= toMs && (left > 0 || !another),
          );
          if (loss !== undefined) {
            if (another) {
              report.excused_polls++;
              loss.left--;
              excusedMenus.clear();
            }
            excusedEndMs = reply.atMs;
            excusedMenus.add(reply.menu);
            report.excused_rows += reply.rows;
          } else {
            excusedEndMs = Number.NEGATIVE_INFINITY;
            const at = { ...model.plan, tsMs: reply.atMs };
            if (reply.atMs > visitEndMs + VISIT_GAP_MS) {
              addRows(report, 'polls', 'rows_expected', 1);
              fault('missing', 'polls', at, '', 'replies were served, but no poll is stored');
            }
            visitEndMs = reply.atMs;
            addRows(report, table, 'rows_expected', reply.rows);
            if (reply.rows > 0) fault('missing', table, at, '', `${reply.rows} rows were served, no poll holds them`, reply.rows);
          }
        }
      }
      return losses.reduce((sum, { left }) => sum + (Number.isFinite(left) ? left : 0), 0);
    },
  };

  /** A poll without rows of a menu: right when it did not ask, when the reply was empty, or when the poll says that it failed. */
  function settleUnstored(poll: OpenPoll, table: RowTable, menu: MenuTruth): void {
    const waiting = candidatesOf(poll, menu).filter(({ fate }) => fate !== 'claimed');
    const reply = waiting.find(({ rows }) => rows === 0) ?? waiting[0];
    if (reply === undefined) return;
    reply.fate = 'claimed';
    const failed = poll.outcome !== 'ok' && poll.declared[table] === (poll.stored.get(table) ?? 0);
    if (failed) {
      report.excused_rows += reply.rows;
      return;
    }
    addRows(report, table, 'rows_expected', reply.rows);
    if (reply.rows > 0)
      fault('missing', table, poll, '', `${reply.rows} rows were served at ${reply.atMs}, none is stored`, reply.rows);
  }
}

/** The rows of a group by the menu that they say they are from. */
function partsOf({ table, rows }: StoredGroup): Map<MenuTruth, StoredRow[]> {
  const { menus, menuOf } = TABLE_TRUTHS[table];
  const [first] = menus;
  if (first === undefined) throw new Error(`BUG: ${table} has no menu`);
  return Map.groupBy(rows, ({ values }) => menuOf?.(values) ?? first);
}

function rankOf(reply: Reply, faults: readonly RowFault[]): number {
  return faults.length * 2 + (reply.fate === 'claimed' ? 1 : 0);
}

/** The journal and the fleet must belong together, otherwise every comparison is meaningless. */
function checkJournal(reply: Reply, rows: number, model: RouterModel): void {
  if (reply.rows === rows) return;
  throw new Error(
    `Cannot verify: the journal says that ${model.plan.router} served ${reply.rows} rows of ${reply.menu} at ${reply.atMs}, this fleet has ${rows}. ` +
      'Give the fleet file that was written together with the journal',
  );
}

function keyOf({ site, router, agent, tsMs }: Pick<StoredPoll, 'site' | 'router' | 'agent' | 'tsMs'>): string {
  return `${site}\n${router}\n${agent}\n${tsMs}`;
}

function nameOf({ site, router }: { readonly site: string; readonly router: string }): string {
  return `${site}\n${router}`;
}
