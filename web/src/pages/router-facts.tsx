import type { RouterSummary } from '@poplar/hub/api/schemas';
import type { ComponentChildren, JSX } from 'preact';
import { formatDuration } from '../format/duration.ts';
import { Age, Changing, Moment, Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount, formatRatio } from '../format/volume.ts';
import { routersPath } from '../routes.ts';

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const text = (value: string): string => (value === '' ? NOT_KNOWN : value);

/** What is known about a router, in one dense block. */
export function RouterFacts({ router }: { router: RouterSummary }): JSX.Element {
  return (
    <dl class="facts">
      <Fact name="Model">{text(router.board)}</Fact>
      <Fact name="RouterOS">{text(router.version)}</Fact>
      <Fact name="CPU type">{text(router.architecture)}</Fact>
      <Fact name="Address">{text(router.address)}</Fact>
      <Fact name="Agent">
        {router.agent === '' ? NOT_KNOWN : <a href={routersPath(`agent:${router.agent}`)}>{router.agent}</a>}
      </Fact>
      <Fact name="Uptime">{formatDuration(router.uptime_ms)}</Fact>
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
