import type { Link, LinkDetail, SignalPoint } from '@poplar/hub/api/link-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatDuration } from '../format/duration.ts';
import { Moment } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatMinute } from '../format/time.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Empty, Notice } from '../shell/notice.tsx';
import { StateMark } from '../state/state-mark.tsx';
import { ListTable } from '../table/list.tsx';
import { useViewer } from '../viewer.ts';
import { LINK_STATES, linkCauseWords, linkKey, markOf } from './state.ts';
import { runsOf, stretchesOf } from './timeline.ts';

/** Beats of five seconds between two readings. */
const BEATS = 6;
const WIDTH = 1000;
const HEIGHT = 130;
/** The scale of signals: from where nothing works to where nothing can be better, dBm. */
const [LEAST_DBM, MOST_DBM] = [-95, -35];
const GRID_DBM = [-80, -70, -60];
const BAR_PX = 10;

/** A day of one link: its signal, its states, and why they changed. */
export function LinkHistory({ link }: { link: Link }): JSX.Element {
  const { api, beat } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading(
    linkKey(link),
    (signal) => api.link(link.site, link.router, link.mac, signal),
    Math.floor(beat.value / BEATS),
  );
  return (
    <div class="link-history" data-testid="link-history">
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && (
        <>
          <div class="toolbar">
            <h3>Signal at {link.router}, 24 hours</h3>
            <div class="actions">
              <CopyButton name="as SQL" text={() => data.sql} />
              <a href={API.link(link.site, link.router, link.mac)} target="_blank" rel="noreferrer">
                as JSON
              </a>
            </div>
          </div>
          <Timeline detail={data} />
          <Transitions detail={data} />
        </>
      )}
    </div>
  );
}

function Timeline({ detail }: { detail: LinkDetail }): JSX.Element {
  const { from_ms, to_ms, step_ms, points } = detail;
  const x = (ms: number): number => (WIDTH * (ms - from_ms)) / (to_ms - from_ms);
  const y = (dbm: number): number =>
    ((HEIGHT - 2 * BAR_PX) * (MOST_DBM - Math.max(LEAST_DBM, Math.min(MOST_DBM, dbm)))) / (MOST_DBM - LEAST_DBM);
  const line = (run: readonly SignalPoint[]): string =>
    `M${run.map(({ ts_ms, signal_dbm }) => `${x(ts_ms + step_ms / 2).toFixed(1)} ${y(signal_dbm ?? LEAST_DBM).toFixed(1)}`).join('L')}`;
  return (
    <figure class="signal-graph">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label="Signal and states over a day">
        {GRID_DBM.map((dbm) => (
          <path key={dbm} class="grid" d={`M0 ${y(dbm)}H${WIDTH}`} />
        ))}
        {runsOf(points, step_ms).map((run) =>
          run.length === 1 ? (
            <circle
              key={run[0]?.ts_ms}
              class="point"
              cx={x((run[0]?.ts_ms ?? 0) + step_ms / 2)}
              cy={y(run[0]?.signal_dbm ?? LEAST_DBM)}
              r="2"
            />
          ) : (
            <path key={run[0]?.ts_ms} class="line" d={line(run)} />
          ),
        )}
        {stretchesOf(detail).map(({ state, fromMs, toMs }) => (
          <rect
            key={fromMs}
            class={`stretch ${markOf(LINK_STATES.find((known) => known === state) ?? 'unknown')}`}
            x={x(fromMs)}
            y={HEIGHT - BAR_PX}
            width={Math.max(1.5, x(toMs) - x(fromMs))}
            height={BAR_PX}
          >
            <title>{`${state} ${formatMinute(fromMs)} – ${formatMinute(toMs)}, ${formatDuration(toMs - fromMs)}`}</title>
          </rect>
        ))}
      </svg>
      <ul aria-hidden="true">
        {GRID_DBM.map((dbm) => (
          <li key={dbm} style={{ top: `${(100 * y(dbm)) / HEIGHT}%` }}>
            −{-dbm} dBm
          </li>
        ))}
      </ul>
      <figcaption>
        <Moment ms={from_ms} /> <span>signal above, states below</span> <Moment ms={to_ms} />
      </figcaption>
    </figure>
  );
}

function Transitions({ detail: { transitions } }: { detail: LinkDetail }): JSX.Element {
  if (transitions.length === 0) return <Empty>Nothing changed within the range.</Empty>;
  return (
    <div class="scroll">
      <ListTable
        testId="link-transition"
        rows={transitions}
        keyOf={({ ts_ms, kind }) => `${ts_ms} ${kind}`}
        columns={[
          { title: 'When', class: 'nowrap', cell: ({ ts_ms }) => <Moment ms={ts_ms} /> },
          {
            title: 'Became',
            cell: ({ kind, new: now }) => {
              const state = LINK_STATES.find((known) => known === now);
              return kind === 'link_state' && state !== undefined ? (
                <StateMark state={markOf(state)} word={state} />
              ) : (
                `address of ${now}`
              );
            },
          },
          { title: 'Why', cell: ({ cause }) => linkCauseWords(cause) },
          { title: 'Was', class: 'mid', cell: ({ old }) => old },
          {
            title: 'For',
            class: 'right nowrap',
            cell: ({ lasted_ms }) => (lasted_ms === null ? NOT_KNOWN : formatDuration(lasted_ms)),
          },
        ]}
      />
    </div>
  );
}
