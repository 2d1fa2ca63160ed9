-- The other menus of RouterOS: ports and their modules, PoE, radios, modems, 60 GHz links, neighbours, sizes of tables, queues,
-- routing sessions, watched hosts; and what the collectors themselves cost. polls tell which collectors were answered.

CREATE TABLE IF NOT EXISTS ethernet_ports
(
    ts                   DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site                 LowCardinality(String) COMMENT 'POP that the router belongs to',
    router               LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface            LowCardinality(String) COMMENT 'RouterOS interface name',
    agent                LowCardinality(String) COMMENT 'Agent that polled',
    rank                 UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    baseline             UInt64 COMMENT 'Counters compare only within one baseline' CODEC(ZSTD(1)),
    status               LowCardinality(String) COMMENT 'link-ok, no-link or unknown',
    rate_bps             Nullable(UInt64) COMMENT 'Negotiated rate, bit/s; NULL without a link' CODEC(T64, ZSTD(1)),
    full_duplex          Nullable(UInt8) COMMENT '1 full, 0 half duplex' CODEC(ZSTD(1)),
    auto_negotiation     LowCardinality(String) COMMENT 'done, incomplete, disabled or failed',
    fec                  LowCardinality(String) COMMENT 'Forward error correction in use',
    wire_rx_bytes        Nullable(UInt64) COMMENT 'Bytes that the port received since boot; on a switch chip more than interface_counters, which counts what the CPU saw' CODEC(Delta, T64, ZSTD(1)),
    wire_tx_bytes        Nullable(UInt64) COMMENT 'Bytes that the port sent' CODEC(Delta, T64, ZSTD(1)),
    wire_rx_fcs_errors   Nullable(UInt64) COMMENT 'Frames received with a wrong checksum' CODEC(Delta, T64, ZSTD(1)),
    module_present       Nullable(UInt8) COMMENT '1 a module is plugged in; NULL on ports without a cage' CODEC(ZSTD(1)),
    module_rx_loss       Nullable(UInt8) COMMENT '1 the module receives no light' CODEC(ZSTD(1)),
    module_tx_fault      Nullable(UInt8) COMMENT '1 its transmitter has failed' CODEC(ZSTD(1)),
    module_type          LowCardinality(String) COMMENT 'SFP, QSFP …',
    module_connector     LowCardinality(String) COMMENT 'LC, MPO, copper-pigtail …',
    module_vendor        LowCardinality(String) COMMENT 'Maker of the module',
    module_part_number   LowCardinality(String) COMMENT 'Its part number',
    module_serial        LowCardinality(String) COMMENT 'Its serial number',
    module_wavelength_nm Nullable(Float64) COMMENT 'Wavelength, nm' CODEC(ZSTD(1)),
    module_temperature_c Nullable(Float64) COMMENT 'Temperature of the module, °C' CODEC(ZSTD(1)),
    module_supply_v      Nullable(Float64) COMMENT 'Supply voltage, V' CODEC(ZSTD(1)),
    module_bias_ma       Nullable(Float64) COMMENT 'Laser current, mA' CODEC(ZSTD(1)),
    module_tx_power_dbm  Nullable(Float64) COMMENT 'Light sent, dBm' CODEC(ZSTD(1)),
    module_rx_power_dbm  Nullable(Float64) COMMENT 'Light received, dBm' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Ethernet ports: link, wire counters, module, from /interface/ethernet/print and monitor';

CREATE TABLE IF NOT EXISTS poe_ports
(
    ts         DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site       LowCardinality(String) COMMENT 'POP that the router belongs to',
    router     LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface  LowCardinality(String) COMMENT 'RouterOS interface name',
    agent      LowCardinality(String) COMMENT 'Agent that polled',
    rank       UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    mode       LowCardinality(String) COMMENT 'off, auto-on or forced-on',
    status     LowCardinality(String) COMMENT 'powered-on, waiting-for-load, overload, short-circuit …',
    voltage_v  Nullable(Float64) COMMENT 'Voltage, V; NULL where nothing is fed' CODEC(ZSTD(1)),
    current_ma Nullable(Float64) COMMENT 'Current, mA' CODEC(ZSTD(1)),
    power_w    Nullable(Float64) COMMENT 'Power, W' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Ports that feed devices, from /interface/ethernet/poe/print and monitor';

CREATE TABLE IF NOT EXISTS radios
(
    ts                 DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface          LowCardinality(String) COMMENT 'RouterOS interface name',
    agent              LowCardinality(String) COMMENT 'Agent that polled',
    rank               UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    stack              LowCardinality(String) COMMENT 'wireless, wifi, wifiwave2 or caps-man',
    mac                Nullable(UInt64) COMMENT '48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    ssid               LowCardinality(String) COMMENT 'Network name',
    radio_name         LowCardinality(String) COMMENT 'Name announced to MikroTik peers',
    mode               LowCardinality(String) COMMENT 'ap, ap-bridge, station …',
    master             LowCardinality(String) COMMENT 'Interface that a virtual one shares the radio of',
    hardware           LowCardinality(String) COMMENT 'The radio''s chip',
    running            Nullable(UInt8) COMMENT '1 up, 0 down' CODEC(ZSTD(1)),
    disabled           Nullable(UInt8) COMMENT '1 disabled by an operator' CODEC(ZSTD(1)),
    state              LowCardinality(String) COMMENT 'running-ap, connected-to-ess, radar-detecting …',
    band               LowCardinality(String) COMMENT 'Configured band',
    width              LowCardinality(String) COMMENT 'Configured channel width',
    channel            LowCardinality(String) COMMENT 'Channel in use, as the router writes it',
    frequency_mhz      Nullable(UInt32) COMMENT 'Centre of the primary channel, MHz' CODEC(T64, ZSTD(1)),
    registered_clients Nullable(UInt32) COMMENT 'Clients associated' CODEC(T64, ZSTD(1)),
    authorized_clients Nullable(UInt32) COMMENT 'Clients past authentication' CODEC(T64, ZSTD(1)),
    noise_floor_dbm    Nullable(Int32) COMMENT 'Noise floor, dBm' CODEC(T64, ZSTD(1)),
    tx_ccq_pct         Nullable(UInt32) COMMENT 'Connection quality over all clients, percent; can exceed 100' CODEC(T64, ZSTD(1)),
    tx_power_dbm       Nullable(Int32) COMMENT 'Transmit power, dBm' CODEC(T64, ZSTD(1)),
    signal_dbm         Nullable(Int32) COMMENT 'As a station: signal of the access point, dBm' CODEC(T64, ZSTD(1)),
    snr_db             Nullable(Int32) COMMENT 'As a station: signal to noise, dB' CODEC(T64, ZSTD(1)),
    tx_rate_bps        Nullable(UInt64) COMMENT 'As a station: modulation rate sent, bit/s' CODEC(T64, ZSTD(1)),
    rx_rate_bps        Nullable(UInt64) COMMENT 'As a station: modulation rate received, bit/s' CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Wireless interfaces of all four stacks, from their menus and monitors';

CREATE TABLE IF NOT EXISTS modems
(
    ts                DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site              LowCardinality(String) COMMENT 'POP that the router belongs to',
    router            LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface         LowCardinality(String) COMMENT 'RouterOS interface name',
    agent             LowCardinality(String) COMMENT 'Agent that polled',
    rank              UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    status            LowCardinality(String) COMMENT 'running, searching …',
    registration      LowCardinality(String) COMMENT 'registered, denied …',
    operator          LowCardinality(String) COMMENT 'Network in use',
    technology        LowCardinality(String) COMMENT 'LTE, 5G NSA …',
    model             LowCardinality(String) COMMENT 'Modem',
    revision          LowCardinality(String) COMMENT 'Its firmware',
    roaming           Nullable(UInt8) COMMENT '1 in a foreign network' CODEC(ZSTD(1)),
    cell_id           Nullable(UInt64) COMMENT 'Cell' CODEC(T64, ZSTD(1)),
    enb_id            Nullable(UInt32) COMMENT 'Base station' CODEC(T64, ZSTD(1)),
    sector_id         Nullable(UInt32) COMMENT 'Its sector' CODEC(T64, ZSTD(1)),
    physical_cell_id  Nullable(UInt32) COMMENT 'Physical cell id' CODEC(T64, ZSTD(1)),
    area_code         Nullable(UInt32) COMMENT 'Location or tracking area' CODEC(T64, ZSTD(1)),
    primary_band      LowCardinality(String) COMMENT 'Primary carrier',
    aggregated_bands  LowCardinality(String) COMMENT 'Further carriers, comma-separated',
    session_uptime_ms Nullable(UInt64) COMMENT 'Time since the data session started, ms' CODEC(Delta, T64, ZSTD(1)),
    rssi_dbm          Nullable(Float64) COMMENT 'RSSI, dBm' CODEC(ZSTD(1)),
    rsrp_dbm          Nullable(Float64) COMMENT 'RSRP, dBm' CODEC(ZSTD(1)),
    rsrq_db           Nullable(Float64) COMMENT 'RSRQ, dB' CODEC(ZSTD(1)),
    sinr_db           Nullable(Float64) COMMENT 'SINR, dB' CODEC(ZSTD(1)),
    nr_rsrp_dbm       Nullable(Float64) COMMENT 'RSRP of the 5G carrier, dBm' CODEC(ZSTD(1)),
    nr_rsrq_db        Nullable(Float64) COMMENT 'RSRQ of the 5G carrier, dB' CODEC(ZSTD(1)),
    nr_sinr_db        Nullable(Float64) COMMENT 'SINR of the 5G carrier, dB' CODEC(ZSTD(1)),
    cqi               Nullable(UInt32) COMMENT 'Channel quality indicator' CODEC(T64, ZSTD(1)),
    rank_indicator    Nullable(UInt32) COMMENT 'Rank: parallel streams' CODEC(T64, ZSTD(1)),
    mcs               Nullable(UInt32) COMMENT 'Modulation and coding scheme' CODEC(T64, ZSTD(1)),
    modulation        LowCardinality(String) COMMENT 'Downlink modulation'
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'LTE and 5G modems, from /interface/lte/monitor; numbers of modem, card and subscriber are not collected';

CREATE TABLE IF NOT EXISTS w60g_links
(
    ts                     DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site                   LowCardinality(String) COMMENT 'POP that the router belongs to',
    router                 LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface              LowCardinality(String) COMMENT 'RouterOS interface name',
    agent                  LowCardinality(String) COMMENT 'Agent that polled',
    rank                   UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    connected              Nullable(UInt8) COMMENT '1 linked to a peer' CODEC(ZSTD(1)),
    remote_mac             Nullable(UInt64) COMMENT '48-bit address of the peer; MACNumToString(remote_mac) formats it' CODEC(ZSTD(1)),
    frequency_mhz          Nullable(UInt32) COMMENT 'Frequency, MHz' CODEC(T64, ZSTD(1)),
    tx_mcs                 Nullable(UInt32) COMMENT 'Modulation and coding scheme sent' CODEC(T64, ZSTD(1)),
    tx_rate_bps            Nullable(UInt64) COMMENT 'Modulation rate sent, bit/s' CODEC(T64, ZSTD(1)),
    signal_pct             Nullable(UInt32) COMMENT 'Signal quality, 0 to 100' CODEC(T64, ZSTD(1)),
    rssi_dbm               Nullable(Int32) COMMENT 'Signal, dBm' CODEC(T64, ZSTD(1)),
    tx_sector              Nullable(UInt32) COMMENT 'Direction of the beam' CODEC(T64, ZSTD(1)),
    tx_sector_info         LowCardinality(String) COMMENT 'The same in words',
    distance_m             Nullable(Float64) COMMENT 'Distance to the peer, m' CODEC(ZSTD(1)),
    tx_packet_error_pct    Nullable(Float64) COMMENT 'Packets lost in the air, percent' CODEC(ZSTD(1)),
    baseband_temperature_c Nullable(Float64) COMMENT 'Temperature of the baseband chip, °C' CODEC(ZSTD(1)),
    rf_temperature_c       Nullable(Float64) COMMENT 'Temperature of the radio, °C' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT '60 GHz links, from /interface/w60g/monitor and station/monitor';

CREATE TABLE IF NOT EXISTS neighbors
(
    ts                 DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface          LowCardinality(String) COMMENT 'Port that heard it',
    mac                UInt64 COMMENT '48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    port               LowCardinality(String) COMMENT 'The neighbour''s own interface',
    agent              LowCardinality(String) COMMENT 'Agent that polled',
    rank               UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    bridge             LowCardinality(String) COMMENT 'Further interfaces, as the bridge of the port',
    address            LowCardinality(String) COMMENT 'Its address',
    identity           LowCardinality(String) COMMENT 'Its name',
    platform           LowCardinality(String) COMMENT 'MikroTik, Cisco …',
    version            LowCardinality(String) COMMENT 'Its software version',
    board              LowCardinality(String) COMMENT 'Its board',
    software_id        LowCardinality(String) COMMENT 'Its licence id',
    system_description LowCardinality(String) COMMENT 'Its own description',
    capabilities       LowCardinality(String) COMMENT 'bridge, router …, those in use',
    discovered_by      LowCardinality(String) COMMENT 'mndp, cdp, lldp',
    uptime_ms          Nullable(UInt64) COMMENT 'Its time since boot, ms' CODEC(Delta, T64, ZSTD(1)),
    age_ms             Nullable(UInt64) COMMENT 'Time since its last announcement, ms' CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, mac, port, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Neighbours that announce themselves by MNDP, CDP or LLDP, from /ip/neighbor/print';

CREATE TABLE IF NOT EXISTS table_counts
(
    ts      DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site    LowCardinality(String) COMMENT 'POP that the router belongs to',
    router  LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    counted LowCardinality(String) COMMENT 'dhcp_leases_bound, ppp_sessions, routes_active, connections or arp_entries',
    agent   LowCardinality(String) COMMENT 'Agent that polled',
    rank    UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    entries UInt64 COMMENT 'Number of entries' CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, counted, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'How many entries a router''s tables have, counted by the router';

CREATE TABLE IF NOT EXISTS queues
(
    ts                    DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site                  LowCardinality(String) COMMENT 'POP that the router belongs to',
    router                LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    queue                 LowCardinality(String) COMMENT 'Name of the queue',
    agent                 LowCardinality(String) COMMENT 'Agent that polled',
    rank                  UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    baseline              UInt64 COMMENT 'Counters compare only within one baseline' CODEC(ZSTD(1)),
    target                LowCardinality(String) COMMENT 'Addresses or interface that it is for',
    parent                LowCardinality(String) COMMENT 'Queue above it',
    disabled              Nullable(UInt8) COMMENT '1 disabled by an operator' CODEC(ZSTD(1)),
    dynamic               Nullable(UInt8) COMMENT '1 made by the router, as for a PPP session' CODEC(ZSTD(1)),
    invalid               Nullable(UInt8) COMMENT '1 not in effect' CODEC(ZSTD(1)),
    upload_bytes          Nullable(UInt64) COMMENT 'Bytes from the target since the queue was made' CODEC(Delta, T64, ZSTD(1)),
    download_bytes        Nullable(UInt64) COMMENT 'Bytes to the target' CODEC(Delta, T64, ZSTD(1)),
    upload_packets        Nullable(UInt64) COMMENT 'Packets from the target' CODEC(Delta, T64, ZSTD(1)),
    download_packets      Nullable(UInt64) COMMENT 'Packets to the target' CODEC(Delta, T64, ZSTD(1)),
    upload_drops          Nullable(UInt64) COMMENT 'Packets from the target dropped' CODEC(Delta, T64, ZSTD(1)),
    download_drops        Nullable(UInt64) COMMENT 'Packets to the target dropped' CODEC(Delta, T64, ZSTD(1)),
    upload_queued_bytes   Nullable(UInt64) COMMENT 'Waiting from the target, bytes' CODEC(T64, ZSTD(1)),
    download_queued_bytes Nullable(UInt64) COMMENT 'Waiting to the target, bytes' CODEC(T64, ZSTD(1)),
    upload_limit_bps      Nullable(UInt64) COMMENT 'max-limit from the target, bit/s; 0 unlimited' CODEC(T64, ZSTD(1)),
    download_limit_bps    Nullable(UInt64) COMMENT 'max-limit to the target, bit/s; 0 unlimited' CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, queue, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Simple queues, from /queue/simple/print; upload is from the target, download to it';

CREATE TABLE IF NOT EXISTS bgp_peers
(
    ts                DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site              LowCardinality(String) COMMENT 'POP that the router belongs to',
    router            LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    peer              LowCardinality(String) COMMENT 'Name of the peer, on RouterOS 7 of its connection',
    remote_address    LowCardinality(String) COMMENT 'Address of the peer',
    agent             LowCardinality(String) COMMENT 'Agent that polled',
    rank              UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    baseline          UInt64 COMMENT 'Counters compare only within one baseline' CODEC(ZSTD(1)),
    instance          LowCardinality(String) COMMENT 'BGP instance',
    remote_as         Nullable(UInt32) COMMENT 'AS of the peer' CODEC(T64, ZSTD(1)),
    remote_id         LowCardinality(String) COMMENT 'Router id of the peer',
    local_address     LowCardinality(String) COMMENT 'Own address',
    local_as          Nullable(UInt32) COMMENT 'Own AS' CODEC(T64, ZSTD(1)),
    established       Nullable(UInt8) COMMENT '1 session established' CODEC(ZSTD(1)),
    state             LowCardinality(String) COMMENT 'idle, connect, active … established; empty where the version does not tell',
    disabled          Nullable(UInt8) COMMENT '1 disabled by an operator' CODEC(ZSTD(1)),
    uptime_ms         Nullable(UInt64) COMMENT 'Age of the session, ms' CODEC(Delta, T64, ZSTD(1)),
    prefixes          Nullable(UInt64) COMMENT 'Prefixes received and accepted' CODEC(T64, ZSTD(1)),
    messages_received Nullable(UInt64) COMMENT 'Messages received in this session' CODEC(Delta, T64, ZSTD(1)),
    messages_sent     Nullable(UInt64) COMMENT 'Messages sent in this session' CODEC(Delta, T64, ZSTD(1)),
    received_bytes    Nullable(UInt64) COMMENT 'Bytes received in this session' CODEC(Delta, T64, ZSTD(1)),
    sent_bytes        Nullable(UInt64) COMMENT 'Bytes sent in this session' CODEC(Delta, T64, ZSTD(1)),
    updates_received  Nullable(UInt64) COMMENT 'Updates received in this session' CODEC(Delta, T64, ZSTD(1)),
    updates_sent      Nullable(UInt64) COMMENT 'Updates sent in this session' CODEC(Delta, T64, ZSTD(1)),
    hold_time_ms      Nullable(UInt64) COMMENT 'Hold time in use, ms' CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, peer, remote_address, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'BGP sessions, and configured peers without one, from /routing/bgp';

CREATE TABLE IF NOT EXISTS ospf_neighbors
(
    ts            DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    instance      LowCardinality(String) COMMENT 'OSPF instance',
    interface     LowCardinality(String) COMMENT 'Interface towards it',
    address       LowCardinality(String) COMMENT 'Its address',
    router_id     LowCardinality(String) COMMENT 'Its router id',
    agent         LowCardinality(String) COMMENT 'Agent that polled',
    rank          UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    area          LowCardinality(String) COMMENT 'Area',
    state         LowCardinality(String) COMMENT 'Down, Init, 2-Way, ExStart, Exchange, Loading, Full',
    priority      Nullable(UInt32) COMMENT 'Its priority' CODEC(T64, ZSTD(1)),
    designated    LowCardinality(String) COMMENT 'Designated router',
    backup        LowCardinality(String) COMMENT 'Backup designated router',
    state_changes Nullable(UInt64) COMMENT 'Changes of state so far' CODEC(Delta, T64, ZSTD(1)),
    adjacency_ms  Nullable(UInt64) COMMENT 'Age of the adjacency, ms' CODEC(Delta, T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, instance, interface, address, router_id, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'OSPF neighbours, from /routing/ospf/neighbor/print';

CREATE TABLE IF NOT EXISTS netwatch_hosts
(
    ts             DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site           LowCardinality(String) COMMENT 'POP that the router belongs to',
    router         LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    host           LowCardinality(String) COMMENT 'Address watched',
    type           LowCardinality(String) COMMENT 'simple, icmp, tcp-conn, http-get …',
    name           LowCardinality(String) COMMENT 'Name of the watch',
    agent          LowCardinality(String) COMMENT 'Agent that polled',
    rank           UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    comment        LowCardinality(String) COMMENT 'Operator''s comment',
    status         LowCardinality(String) COMMENT 'up, down or unknown',
    since          LowCardinality(String) COMMENT 'Time of the last change, by the router''s clock and in its form',
    disabled       Nullable(UInt8) COMMENT '1 disabled by an operator' CODEC(ZSTD(1)),
    interval_ms    Nullable(UInt64) COMMENT 'Between two tests, ms' CODEC(T64, ZSTD(1)),
    done_tests     Nullable(UInt64) COMMENT 'Tests made' CODEC(Delta, T64, ZSTD(1)),
    failed_tests   Nullable(UInt64) COMMENT 'Tests failed' CODEC(Delta, T64, ZSTD(1)),
    loss_pct       Nullable(Float64) COMMENT 'Packets lost in the last test, percent' CODEC(ZSTD(1)),
    rtt_avg_us     Nullable(UInt32) COMMENT 'Round trip of the last test, average, µs' CODEC(T64, ZSTD(1)),
    rtt_min_us     Nullable(UInt32) COMMENT 'Shortest round trip, µs' CODEC(T64, ZSTD(1)),
    rtt_max_us     Nullable(UInt32) COMMENT 'Longest round trip, µs' CODEC(T64, ZSTD(1)),
    rtt_jitter_us  Nullable(UInt32) COMMENT 'Jitter, µs' CODEC(T64, ZSTD(1)),
    rtt_stdev_us   Nullable(UInt32) COMMENT 'Standard deviation, µs' CODEC(T64, ZSTD(1)),
    tcp_connect_us Nullable(UInt32) COMMENT 'Time to connect, µs' CODEC(T64, ZSTD(1)),
    http_status    Nullable(UInt32) COMMENT 'HTTP status code' CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, host, type, name, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Hosts that routers watch, from /tool/netwatch/print';

CREATE TABLE IF NOT EXISTS collector_states
(
    ts              DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site            LowCardinality(String) COMMENT 'POP that the router belongs to',
    router          LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    collector       LowCardinality(String) COMMENT 'Name in the agent''s configuration',
    agent           LowCardinality(String) COMMENT 'Agent that polled',
    rank            UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    state           LowCardinality(String) COMMENT 'running, absent (no such menu), slowed or shed (too expensive), forbidden',
    reason          LowCardinality(String) COMMENT 'Why it is not running as configured',
    interval_ms     UInt32 COMMENT 'Between two runs, ms' CODEC(T64, ZSTD(1)),
    runs            UInt32 COMMENT 'Runs since the collector''s previous row' CODEC(T64, ZSTD(1)),
    duration_us     UInt64 COMMENT 'Length of these runs together, µs' CODEC(Delta, T64, ZSTD(1)),
    duration_max_us UInt32 COMMENT 'Length of the longest of them, µs' CODEC(T64, ZSTD(1)),
    reply_rows      UInt64 COMMENT 'Rows in the answers of these runs' CODEC(Delta, T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, collector, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What reading a router costs, and what is not read for its sake';

ALTER TABLE polls
    MODIFY COLUMN IF EXISTS outcome Enum8('ok' = 1, 'partial' = 2, 'refused' = 3, 'timeout' = 4, 'auth' = 5, 'closed' = 6, 'protocol' = 7,
        'permission' = 8, 'tls' = 9, 'unreachable' = 10, 'overrun' = 11, 'max_sessions' = 12) COMMENT 'How the visit ended',
    ADD COLUMN IF NOT EXISTS ethernet_port_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in ethernet_ports' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS poe_port_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in poe_ports' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS radio_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in radios' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS modem_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in modems' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS w60g_link_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in w60g_links' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS neighbor_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in neighbors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS table_count_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in table_counts' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS queue_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in queues' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS bgp_peer_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in bgp_peers' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ospf_neighbor_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in ospf_neighbors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS netwatch_host_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in netwatch_hosts' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS collector_state_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in collector_states' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS answered_collectors Nullable(UInt64) COMMENT 'Bit N: collector N was due and the router answered all of it; NULL from older agents' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS collectors Array(String) ALIAS arrayMap(n -> [
        'interface', 'resource', 'radio_clients', 'sensors', 'cpu_cores', 'identity', 'boards', 'packages', 'package_update',
        'ethernet', 'poe', 'radios', 'modems', 'w60g', 'neighbors', 'dhcp_leases', 'ppp_sessions', 'routes', 'connections',
        'arp', 'queues', 'bgp', 'ospf', 'netwatch'
    ][n], bitPositionsToArray(ifNull(answered_collectors, 0))) COMMENT 'The same as names of collectors';

ALTER TABLE batches
    ADD COLUMN IF NOT EXISTS ethernet_port_rows UInt32 DEFAULT 0 COMMENT 'Rows in ethernet_ports' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS poe_port_rows UInt32 DEFAULT 0 COMMENT 'Rows in poe_ports' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS radio_rows UInt32 DEFAULT 0 COMMENT 'Rows in radios' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS modem_rows UInt32 DEFAULT 0 COMMENT 'Rows in modems' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS w60g_link_rows UInt32 DEFAULT 0 COMMENT 'Rows in w60g_links' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS neighbor_rows UInt32 DEFAULT 0 COMMENT 'Rows in neighbors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS table_count_rows UInt32 DEFAULT 0 COMMENT 'Rows in table_counts' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS queue_rows UInt32 DEFAULT 0 COMMENT 'Rows in queues' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS bgp_peer_rows UInt32 DEFAULT 0 COMMENT 'Rows in bgp_peers' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ospf_neighbor_rows UInt32 DEFAULT 0 COMMENT 'Rows in ospf_neighbors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS netwatch_host_rows UInt32 DEFAULT 0 COMMENT 'Rows in netwatch_hosts' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS collector_state_rows UInt32 DEFAULT 0 COMMENT 'Rows in collector_states' CODEC(ZSTD(1));
