/** What an Ethernet port says of its link, its module and what it feeds: in brief for a row, at length for what unfolds below it. */
import type { InterfaceSummary } from '@poplar/hub/api/schemas';
import type { Port } from '@poplar/hub/api/table-schemas';
import type { JSX } from 'preact';
import { formatFigure, formatQuantity, formatSpeed } from '../format/quantity.ts';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatBytes, formatCount } from '../format/volume.ts';
import { Fact } from './fact.tsx';

/** Negotiated speed, with the duplex where it is not what one expects. */
export function LinkSpeed({ port }: { port: Port | undefined }): JSX.Element | null {
  if (port === undefined || port.speed_bps === null) return null;
  return (
    <span class="speed muted">
      {formatSpeed(port.speed_bps)}
      {port.full_duplex === false && <b class="alert"> half duplex</b>}
    </span>
  );
}

/** The module of a port: light received and sent, temperature. On a port that was switched off darkness is no alarm. */
export function ModuleBrief({ port, quiet }: { port: Port | undefined; quiet: boolean }): JSX.Element | null {
  if (port === undefined || port.module_present === null) return null;
  if (!port.module_present) return <span class="muted">empty</span>;
  const title = [port.module_type, port.module_vendor, port.module_part_number].filter((text) => text !== '').join(' · ');
  return (
    <span class="module" title={title}>
      {port.module_tx_fault === true && <b class="alert">transmitter failed</b>}
      {port.module_rx_loss === true ? (
        <b class={quiet ? 'muted' : 'alert'}>no light</b>
      ) : (
        port.module_rx_power_dbm !== null && (
          <span>
            {formatFigure(port.module_rx_power_dbm, 1)}{' '}
            <span class="muted">/ {formatQuantity(port.module_tx_power_dbm, 'dBm', 1)}</span>
          </span>
        )
      )}
      {port.module_temperature_c !== null && <span class="muted">{formatQuantity(port.module_temperature_c, '°C')}</span>}
      {port.module_rx_power_dbm === null && port.module_temperature_c === null && (
        <span class="muted">{port.module_connector || port.module_type || 'module'}</span>
      )}
    </span>
  );
}

/** States of feeding that are none of the router's faults. */
const WELL = new Set(['', 'powered-on', 'waiting-for-load', 'disabled', 'off']);

/** What a port feeds, in watts; in words where nothing is fed. */
export function PoeBrief({ port }: { port: Port | undefined }): JSX.Element | null {
  const poe = port?.poe;
  if (poe === undefined || poe === null) return null;
  if (!WELL.has(poe.status)) return <b class="alert">{poe.status}</b>;
  if (poe.power_w !== null) return <>{formatQuantity(poe.power_w, 'W', 1)}</>;
  return <span class="muted">{poe.mode === 'off' ? 'off' : poe.status.replace('waiting-for-load', 'no load')}</span>;
}

/** Everything else that is known of a port, above its graph. */
export function PortFacts({ summary, port }: { summary: InterfaceSummary; port: Port | undefined }): JSX.Element {
  const facts: (readonly [string, string])[] = [['MAC', summary.mac ?? '']];
  if (summary.comment !== '') facts.push(['Comment', summary.comment]);
  if (port !== undefined) {
    const duplex = port.full_duplex === null ? '' : port.full_duplex ? 'full' : 'half';
    facts.push(
      ['Speed', formatSpeed(port.speed_bps)],
      ['Duplex', duplex],
      ['Negotiation', port.auto_negotiation],
      ['Error correction', port.fec],
      ['Wrong checksums', formatCount(port.wire_rx_fcs_errors)],
      [
        'On the wire in / out',
        port.wire_rx_bytes === null ? '' : `${formatBytes(port.wire_rx_bytes)} / ${formatBytes(port.wire_tx_bytes)}`,
      ],
    );
    if (port.module_present === true) {
      facts.push(
        ['Module', [port.module_vendor, port.module_part_number].filter((text) => text !== '').join(' ') || port.module_type],
        ['Module serial', port.module_serial],
        ['Connector', port.module_connector],
        ['Wavelength', formatQuantity(port.module_wavelength_nm, 'nm', 2)],
        [
          'Light in / out',
          `${formatQuantity(port.module_rx_power_dbm, 'dBm', 1)} / ${formatQuantity(port.module_tx_power_dbm, 'dBm', 1)}`,
        ],
        ['Module heat', formatQuantity(port.module_temperature_c, '°C')],
        ['Module supply', formatQuantity(port.module_supply_v, 'V', 2)],
        ['Laser current', formatQuantity(port.module_bias_ma, 'mA', 1)],
      );
    }
    if (port.poe !== null) {
      facts.push(
        ['PoE', [port.poe.mode, port.poe.status].filter((text) => text !== '').join(', ')],
        ['PoE power', formatQuantity(port.poe.power_w, 'W', 1)],
        ['PoE voltage', formatQuantity(port.poe.voltage_v, 'V', 1)],
        ['PoE current', formatQuantity(port.poe.current_ma, 'mA')],
      );
    }
  }
  const known = facts.filter(([, text]) => text !== '' && text !== NOT_KNOWN && text !== `${NOT_KNOWN} / ${NOT_KNOWN}`);
  return (
    <dl class="facts port-facts" data-testid="port-facts">
      {known.map(([name, text]) => (
        <Fact key={name} name={name} title={text}>
          {text}
        </Fact>
      ))}
    </dl>
  );
}
