import type { RadioClient } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { formatAge, formatDuration } from '../format/duration.ts';
import { formatRate, NOT_KNOWN } from '../format/rate.ts';
import { formatBytes, formatCount } from '../format/volume.ts';
import { signalBand } from '../state/signal-band.ts';
import { SignalMark } from '../state/signal-mark.tsx';
import { toCsv } from '../table/csv.ts';
import { sortRows } from '../table/sort.ts';

/** The clients as CSV, in the order of the table. */
export function radioClientsCsv(clients: readonly RadioClient[]): string {
  return toCsv(
    [
      'interface',
      'mac',
      'radio_name',
      'ssid',
      'band',
      'signal_dbm',
      'signal_band',
      'snr_db',
      'tx_ccq_pct',
      'tx_rate_bps',
      'rx_rate_bps',
      'tx_bytes',
      'rx_bytes',
      'uptime_ms',
      'last_activity_ms',
      'distance_m',
    ],
    byPortAndSignal(clients).map((client) => [
      client.interface,
      client.mac,
      client.radio_name,
      client.ssid,
      client.band,
      client.signal_dbm,
      client.signal_dbm === null ? null : signalBand(client.signal_dbm),
      client.snr_db,
      client.tx_ccq_pct,
      client.tx_rate_bps,
      client.rx_rate_bps,
      client.tx_bytes,
      client.rx_bytes,
      client.uptime_ms,
      client.last_activity_ms,
      client.distance_m,
    ]),
  );
}

/** Weakest first within a port: that is what one looks for. */
function byPortAndSignal(clients: readonly RadioClient[]): RadioClient[] {
  const bySignal = sortRows(clients, (client) => client.signal_dbm, false);
  return sortRows(bySignal, (client) => client.interface, false);
}

function figure(value: number | null, unit: string): JSX.Element {
  if (value === null) return <span class="none">{NOT_KNOWN}</span>;
  return (
    <>
      {formatCount(value)} <span class="unit">{unit}</span>
    </>
  );
}

/** The associated wireless clients, signal named by its band. */
export function RadioClients({ clients }: { clients: readonly RadioClient[] }): JSX.Element {
  return (
    <table class="full clients">
      <thead>
        <tr>
          <th>Client</th>
          <th class="mid">Port</th>
          <th class="wide">Network</th>
          <th class="wide">Band</th>
          <th>Signal</th>
          <th class="right wide">SNR</th>
          <th class="right wide" title="Connection quality towards the client">
            CCQ
          </th>
          <th class="right wide" title="Modulation rate from the client / towards it">
            Rate in / out
          </th>
          <th class="right wide" title="Bytes from the client / to it since it associated">
            Moved in / out
          </th>
          <th class="right wide">Distance</th>
          <th class="right">Connected</th>
          <th class="right wide">Idle</th>
        </tr>
      </thead>
      <tbody>
        {byPortAndSignal(clients).map((client) => (
          <tr key={`${client.interface}/${client.mac}`} data-testid="radio-client-row" data-mac={client.mac}>
            <td class="mac">
              {client.radio_name === '' ? client.mac : <b title={client.mac}>{client.radio_name}</b>}
              {client.radio_name !== '' && <span class="muted wide"> {client.mac}</span>}
            </td>
            <td class="mid">{client.interface}</td>
            <td class="wide">{client.ssid}</td>
            <td class="wide muted">{client.band}</td>
            <td>
              <SignalMark dbm={client.signal_dbm} />
            </td>
            <td class="right wide">{figure(client.snr_db, 'dB')}</td>
            <td class="right wide">{figure(client.tx_ccq_pct, '%')}</td>
            <td class="right wide nowrap">
              {formatRate(client.rx_rate_bps)} <span class="muted">/</span> {formatRate(client.tx_rate_bps)}
            </td>
            <td class="right wide nowrap">
              {formatBytes(client.rx_bytes)} <span class="muted">/</span> {formatBytes(client.tx_bytes)}
            </td>
            <td class="right wide">{figure(client.distance_m, 'm')}</td>
            <td class="right nowrap">{formatDuration(client.uptime_ms)}</td>
            <td class="right wide">{client.last_activity_ms === null ? NOT_KNOWN : formatAge(client.last_activity_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
