import type { BoardSummary, RouterSummary, SensorReading } from '@poplar/hub/api/schemas';
import type { RouterClock } from '@poplar/hub/api/table-schemas';
import type { JSX } from 'preact';
import { formatDuration, formatLatency } from '../format/duration.ts';
import { Age, Changing, Moment, Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatReading } from '../format/reading.ts';
import { formatCount, formatRatio } from '../format/volume.ts';
import { routersPath } from '../routes.ts';
import { Fact } from './fact.tsx';

const text = (value: string): string => (value === '' ? NOT_KNOWN : value);

/** The firmware that a board runs, and the one that is waiting for it. */
function Firmware({ board }: { board: BoardSummary }): JSX.Element {
  const { current_firmware: current, upgrade_firmware: upgrade } = board;
  return (
    <Fact name="Firmware">
      {text(current)}
      {upgrade !== '' && upgrade !== current && <span class="muted"> {upgrade} is there</span>}
    </Fact>
  );
}

/** What the router's sensors say, in the order of their names. */
export function SensorFacts({ sensors }: { sensors: readonly SensorReading[] }): JSX.Element {
  return (
    <dl class="facts" aria-label="Sensors" data-testid="router-sensors">
      {sensors.map((reading) => (
        <Fact key={reading.sensor} name={reading.sensor}>
          <Changing text={formatReading(reading)} />
        </Fact>
      ))}
    </dl>
  );
}

/** How far the router's clock is off; what it stamps, as its log, is wrong by that. Poplar's own times are the agent's. */
function Clock({ clock }: { clock: RouterClock }): JSX.Element {
  const { state, offset_ms: offset, round_trip_ms: roundTrip } = clock;
  const off = state === 'off' || state === 'never_set';
  return (
    <Fact
      name="Clock"
      title={`Router's clock minus its agent's. The router tells whole seconds, the round trip took ${formatLatency(roundTrip)}`}
    >
      <span class={off ? 'alert' : ''}>{state === 'never_set' ? 'never set' : formatLatency(offset)}</span>
      <span class="muted">
        {state === 'off' && ' off'} {clock.time_zone}
      </span>
    </Fact>
  );
}

interface FactsProps {
  readonly router: RouterSummary;
  readonly board: BoardSummary | null;
  readonly clock: RouterClock | null;
}

/** What is known about a router, in one dense block. Without a board, as of a virtual router, nothing is said about it. */
export function RouterFacts({ router, board, clock }: FactsProps): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Model">{text(router.board)}</Fact>
      <Fact name="RouterOS">{text(router.version)}</Fact>
      {board !== null && board.serial !== '' && (
        <Fact name="Serial">
          {board.serial}
          {board.revision !== '' && <span class="muted"> {board.revision}</span>}
        </Fact>
      )}
      {board !== null && board.current_firmware !== '' && <Firmware board={board} />}
      <Fact name="CPU type">{text(router.architecture)}</Fact>
      <Fact name="Address">{text(router.address)}</Fact>
      <Fact name="Agent">
        {router.agent === '' ? NOT_KNOWN : <a href={routersPath(`agent:${router.agent}`)}>{router.agent}</a>}
      </Fact>
      <Fact name="Uptime">{formatDuration(router.uptime_ms)}</Fact>
      {clock !== null && <Clock clock={clock} />}
      <Fact name="CPU">
        <Changing text={router.cpu_load_pct === null ? NOT_KNOWN : `${router.cpu_load_pct}\u00a0%`} />
      </Fact>
      <Fact name="Memory">
        <Changing text={formatRatio(router.memory_used_ratio)} />
      </Fact>
      <Fact name="▲ In">
        <Rate bps={router.rx_bps} />
      </Fact>
      <Fact name="▼ Out">
        <Rate bps={router.tx_bps} />
      </Fact>
      <Fact name="Wireless clients">{formatCount(router.radio_clients)}</Fact>
      <Fact name="Last poll">
        <Age ms={router.polled_at_ms} /> <span class="muted">every {formatDuration(router.interval_ms)}</span>
      </Fact>
      {router.state !== 'up' && (
        <Fact name="Last answer">
          <Moment ms={router.answered_at_ms} />
        </Fact>
      )}
    </dl>
  );
}
