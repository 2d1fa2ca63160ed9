/** Radios, modems and 60 GHz links of a router. */
import type { Modem, Radio, W60gLink } from '@poplar/hub/api/table-schemas';
import type { JSX } from 'preact';
import { formatDuration } from '../format/duration.ts';
import { formatQuantity } from '../format/quantity.ts';
import { formatRate, NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import { SignalMark } from '../state/signal-mark.tsx';
import { StateMark } from '../state/state-mark.tsx';
import { Fact } from './fact.tsx';
import type { TableView } from './table-section.tsx';

function RadioState({ radio }: { radio: Radio }): JSX.Element {
  if (radio.disabled === true) return <StateMark state="unknown" word="disabled" />;
  const word = radio.state === '' ? (radio.running === true ? 'running' : 'not running') : radio.state;
  if (radio.running === null) return <StateMark state="unknown" word={radio.state === '' ? 'unknown' : word} />;
  return <StateMark state={radio.running ? 'up' : 'down'} word={word} />;
}

export const RADIOS: TableView<'radios'> = {
  name: 'radios',
  title: 'Radios',
  keyOf: ({ interface: name }) => name,
  columns: [
    {
      title: 'Radio',
      cell: ({ interface: name, master }) => (
        <>
          <b>{name}</b>
          {master !== '' && <span class="muted"> on {master}</span>}
        </>
      ),
    },
    { title: 'State', cell: (radio) => <RadioState radio={radio} /> },
    { title: 'Network', class: 'mid', cell: ({ ssid }) => ssid },
    { title: 'Mode', class: 'wide muted', cell: ({ mode }) => mode },
    {
      title: 'Channel',
      class: 'nowrap mid',
      cell: ({ channel, frequency_mhz }) => (channel === '' ? formatQuantity(frequency_mhz, 'MHz') : channel),
    },
    { title: 'Width', class: 'wide', hint: 'As configured', cell: ({ width }) => width },
    { title: 'Band', class: 'wide muted', hint: 'As configured', cell: ({ band }) => band },
    { title: 'Clients', class: 'right', cell: ({ registered_clients }) => formatCount(registered_clients) },
    { title: 'Noise', class: 'right wide', cell: ({ noise_floor_dbm }) => formatQuantity(noise_floor_dbm, 'dBm') },
    {
      title: 'CCQ',
      class: 'right wide',
      hint: 'Connection quality over all clients',
      cell: ({ tx_ccq_pct }) => formatQuantity(tx_ccq_pct, '%'),
    },
    {
      title: 'Power',
      class: 'right wide',
      hint: 'Transmit power',
      cell: ({ tx_power_dbm }) => formatQuantity(tx_power_dbm, 'dBm'),
    },
    {
      title: 'Access point',
      class: 'wide',
      hint: 'Signal of the access point that this station is connected to',
      cell: ({ signal_dbm }) => (signal_dbm === null ? null : <SignalMark dbm={signal_dbm} />),
    },
    {
      title: 'Rate in / out',
      class: 'right wide nowrap',
      hint: 'Modulation rates of this station',
      cell: ({ rx_rate_bps, tx_rate_bps }) =>
        rx_rate_bps === null && tx_rate_bps === null ? null : `${formatRate(rx_rate_bps)} / ${formatRate(tx_rate_bps)}`,
    },
    { title: 'MAC', class: 'wide muted mac', cell: ({ mac }) => mac },
  ],
};

/** Longer texts, as those of bands, take more room. */
const LONG_TEXT = 22;

/** A modem says too much for a row: one block of facts each. */
function ModemFacts({ modem }: { modem: Modem }): JSX.Element {
  const facts: readonly (readonly [string, string])[] = [
    ['Technology', modem.technology],
    ['RSRP', formatQuantity(modem.rsrp_dbm, 'dBm', 1)],
    ['RSRQ', formatQuantity(modem.rsrq_db, 'dB', 1)],
    ['SINR', formatQuantity(modem.sinr_db, 'dB', 1)],
    ['RSSI', formatQuantity(modem.rssi_dbm, 'dBm', 1)],
    ['5G RSRP', formatQuantity(modem.nr_rsrp_dbm, 'dBm', 1)],
    ['5G RSRQ', formatQuantity(modem.nr_rsrq_db, 'dB', 1)],
    ['5G SINR', formatQuantity(modem.nr_sinr_db, 'dB', 1)],
    ['Connected', formatDuration(modem.session_uptime_ms)],
    ['Band', modem.primary_band],
    ['Further bands', modem.aggregated_bands],
    ['Cell', cellOf(modem)],
    ['Quality index', formatCount(modem.cqi)],
    ['Modulation', modulationOf(modem)],
    ['Modem', [modem.model, modem.revision].filter((text) => text !== '').join(' · ')],
  ];
  const registered = modem.registration === '' ? modem.status : modem.registration;
  return (
    <dl class="facts" data-testid="modems-row">
      <Fact name={modem.interface}>
        <StateMark state={/^(registered|roaming)$/.test(registered) ? 'up' : 'down'} word={registered} />
      </Fact>
      <Fact name="Network">
        {modem.operator === '' ? NOT_KNOWN : modem.operator}
        {modem.roaming === true && <span class="muted"> roaming</span>}
      </Fact>
      {facts.map(
        ([name, text]) =>
          text !== '' &&
          text !== NOT_KNOWN && (
            <Fact key={name} name={name} title={text} long={text.length > LONG_TEXT}>
              {text}
            </Fact>
          ),
      )}
    </dl>
  );
}

function cellOf({ cell_id, enb_id, sector_id }: Modem): string {
  if (enb_id !== null && sector_id !== null) return `${enb_id} / ${sector_id}`;
  return cell_id === null ? '' : String(cell_id);
}

function modulationOf({ modulation, mcs, rank_indicator }: Modem): string {
  const scheme = mcs === null ? '' : `MCS ${mcs}`;
  const streams = rank_indicator === null ? '' : `${rank_indicator} ${rank_indicator === 1 ? 'stream' : 'streams'}`;
  return [modulation, scheme, streams].filter((text) => text !== '').join(', ');
}

export const MODEMS: TableView<'modems'> = {
  name: 'modems',
  title: 'Mobile',
  keyOf: ({ interface: name }) => name,
  columns: [],
  draw: (modems) => (
    <>
      {modems.map((modem) => (
        <ModemFacts key={modem.interface} modem={modem} />
      ))}
    </>
  ),
};

function LinkState({ link }: { link: W60gLink }): JSX.Element {
  if (link.connected === null) return <StateMark state="unknown" />;
  return <StateMark state={link.connected ? 'up' : 'down'} word={link.connected ? 'connected' : 'not connected'} />;
}

export const W60G_LINKS: TableView<'w60g-links'> = {
  name: 'w60g-links',
  title: '60 GHz',
  keyOf: ({ interface: name, remote_mac }) => `${name}/${remote_mac ?? ''}`,
  columns: [
    { title: 'Link', cell: ({ interface: name }) => <b>{name}</b> },
    { title: 'State', cell: (link) => <LinkState link={link} /> },
    { title: 'Signal', class: 'right', cell: ({ rssi_dbm }) => formatQuantity(rssi_dbm, 'dBm') },
    { title: 'Quality', class: 'right mid', cell: ({ signal_pct }) => formatQuantity(signal_pct, '%') },
    { title: 'Rate out', class: 'right mid nowrap', cell: ({ tx_rate_bps }) => formatRate(tx_rate_bps) },
    { title: 'MCS', class: 'right wide', cell: ({ tx_mcs }) => formatCount(tx_mcs) },
    {
      title: 'Lost',
      class: 'right wide',
      hint: 'Packets lost in the air',
      cell: ({ tx_packet_error_pct }) => formatQuantity(tx_packet_error_pct, '%', 1),
    },
    { title: 'Distance', class: 'right wide', cell: ({ distance_m }) => formatQuantity(distance_m, 'm') },
    { title: 'Frequency', class: 'right wide', cell: ({ frequency_mhz }) => formatQuantity(frequency_mhz, 'MHz') },
    { title: 'Beam', class: 'wide muted', cell: ({ tx_sector_info, tx_sector }) => tx_sector_info || formatCount(tx_sector) },
    {
      title: 'Radio / baseband',
      class: 'right wide nowrap',
      hint: 'Temperatures',
      cell: ({ rf_temperature_c: rf, baseband_temperature_c: baseband }) =>
        rf === null && baseband === null ? null : `${formatQuantity(rf, '°C')} / ${formatQuantity(baseband, '°C')}`,
    },
    { title: 'Peer', class: 'wide muted mac', cell: ({ remote_mac }) => remote_mac },
  ],
};
