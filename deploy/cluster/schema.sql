-- The schema on a cluster named poplar, database poplar, as the hub makes it there. Generated from hub/clickhouse/migrations by
-- `npm run generate`: for reading, the hub does not need it. docs/cluster.md says how it comes about.

-- 0001_create_raw_tables.sql

CREATE TABLE IF NOT EXISTS interface_counters_local ON CLUSTER `poplar`
(
    ts              DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site            LowCardinality(String) COMMENT 'POP that the router belongs to',
    router          LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface       LowCardinality(String) COMMENT 'RouterOS interface name',
    agent           LowCardinality(String) COMMENT 'Agent that polled',
    rank            UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    baseline        UInt64 COMMENT 'Counters compare only within one baseline' CODEC(ZSTD(1)),
    type            LowCardinality(String) COMMENT 'RouterOS interface type: ether, wlan, bridge, vlan …',
    comment         LowCardinality(String) COMMENT 'Operator''s comment on the interface',
    mac             Nullable(UInt64) COMMENT '48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    running         Nullable(UInt8) COMMENT '1 link up, 0 down' CODEC(ZSTD(1)),
    disabled        Nullable(UInt8) COMMENT '1 disabled by an operator' CODEC(ZSTD(1)),
    rx_bytes        Nullable(UInt64) COMMENT 'Bytes received since boot or creation' CODEC(Delta, T64, ZSTD(1)),
    tx_bytes        Nullable(UInt64) COMMENT 'Bytes sent' CODEC(Delta, T64, ZSTD(1)),
    rx_packets      Nullable(UInt64) COMMENT 'Packets received' CODEC(Delta, T64, ZSTD(1)),
    tx_packets      Nullable(UInt64) COMMENT 'Packets sent' CODEC(Delta, T64, ZSTD(1)),
    rx_drops        Nullable(UInt64) COMMENT 'Received packets dropped' CODEC(Delta, T64, ZSTD(1)),
    tx_drops        Nullable(UInt64) COMMENT 'Packets dropped before sending' CODEC(Delta, T64, ZSTD(1)),
    tx_queue_drops  Nullable(UInt64) COMMENT 'Packets dropped by the interface queue' CODEC(Delta, T64, ZSTD(1)),
    rx_errors       Nullable(UInt64) COMMENT 'Received frames with errors' CODEC(Delta, T64, ZSTD(1)),
    tx_errors       Nullable(UInt64) COMMENT 'Frames that failed to send' CODEC(Delta, T64, ZSTD(1)),
    link_downs      Nullable(UInt64) COMMENT 'Times the link went down since boot' CODEC(Delta, T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Interface counters, from /interface/print';

CREATE OR REPLACE TABLE interface_counters ON CLUSTER `poplar` AS interface_counters_local
ENGINE = Distributed('poplar', 'poplar', 'interface_counters_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS device_resources_local ON CLUSTER `poplar`
(
    ts                 DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    agent              LowCardinality(String) COMMENT 'Agent that polled',
    rank               UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    uptime_ms          Nullable(UInt64) COMMENT 'Time since boot, ms' CODEC(Delta, T64, ZSTD(1)),
    version            LowCardinality(String) COMMENT 'RouterOS version, with its channel',
    board              LowCardinality(String) COMMENT 'Board name',
    architecture       LowCardinality(String) COMMENT 'arm, arm64, mipsbe, tile, x86 …',
    cpu_load_pct       Nullable(UInt32) COMMENT 'CPU load over all cores, percent' CODEC(T64, ZSTD(1)),
    cpu_count          Nullable(UInt32) COMMENT 'Cores' CODEC(T64, ZSTD(1)),
    cpu_frequency_mhz  Nullable(UInt32) COMMENT 'Clock, MHz' CODEC(T64, ZSTD(1)),
    memory_total_bytes Nullable(UInt64) COMMENT 'Memory fitted' CODEC(T64, ZSTD(1)),
    memory_free_bytes  Nullable(UInt64) COMMENT 'Memory free' CODEC(T64, ZSTD(1)),
    disk_total_bytes   Nullable(UInt64) COMMENT 'Flash size' CODEC(T64, ZSTD(1)),
    disk_free_bytes    Nullable(UInt64) COMMENT 'Flash free' CODEC(T64, ZSTD(1)),
    sectors_written    Nullable(UInt64) COMMENT 'Flash sectors written since boot' CODEC(Delta, T64, ZSTD(1)),
    bad_blocks_pct     Nullable(Float64) COMMENT 'Bad flash blocks, percent' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'CPU, memory, flash and version, from /system/resource/print';

CREATE OR REPLACE TABLE device_resources ON CLUSTER `poplar` AS device_resources_local
ENGINE = Distributed('poplar', 'poplar', 'device_resources_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS router_identities_local ON CLUSTER `poplar`
(
    ts       DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site     LowCardinality(String) COMMENT 'POP that the router belongs to',
    router   LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    agent    LowCardinality(String) COMMENT 'Agent that polled',
    rank     UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    identity LowCardinality(String) COMMENT 'Name that the router gives itself'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Router names, from /system/identity/print';

CREATE OR REPLACE TABLE router_identities ON CLUSTER `poplar` AS router_identities_local
ENGINE = Distributed('poplar', 'poplar', 'router_identities_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS radio_clients_local ON CLUSTER `poplar`
(
    ts               DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site             LowCardinality(String) COMMENT 'POP that the router belongs to',
    router           LowCardinality(String) COMMENT 'Access point: name of the router in the agent''s configuration',
    interface        LowCardinality(String) COMMENT 'The radio''s interface on the access point',
    mac              UInt64 COMMENT 'The client''s 48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    agent            LowCardinality(String) COMMENT 'Agent that polled',
    rank             UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    baseline         UInt64 COMMENT 'Counters compare only within one baseline' CODEC(ZSTD(1)),
    stack            LowCardinality(String) COMMENT 'Menu: wireless, wifi, wifiwave2 or caps-man',
    ssid             LowCardinality(String) COMMENT 'Network name',
    band             LowCardinality(String) COMMENT 'Band as RouterOS names it',
    radio_name       LowCardinality(String) COMMENT 'Name that a MikroTik peer announces',
    signal_dbm       Nullable(Int32) COMMENT 'Client''s signal at the access point, dBm' CODEC(T64, ZSTD(1)),
    snr_db           Nullable(Int32) COMMENT 'Signal to noise, dB' CODEC(T64, ZSTD(1)),
    tx_ccq_pct       Nullable(UInt32) COMMENT 'Connection quality towards the client, percent, can exceed 100' CODEC(T64, ZSTD(1)),
    tx_rate_bps      Nullable(UInt64) COMMENT 'Modulation rate towards the client, bit/s' CODEC(T64, ZSTD(1)),
    rx_rate_bps      Nullable(UInt64) COMMENT 'Modulation rate from the client, bit/s' CODEC(T64, ZSTD(1)),
    tx_bytes         Nullable(UInt64) COMMENT 'Bytes to the client since it associated' CODEC(Delta, T64, ZSTD(1)),
    rx_bytes         Nullable(UInt64) COMMENT 'Bytes from the client since it associated' CODEC(Delta, T64, ZSTD(1)),
    tx_packets       Nullable(UInt64) COMMENT 'Packets to the client' CODEC(Delta, T64, ZSTD(1)),
    rx_packets       Nullable(UInt64) COMMENT 'Packets from the client' CODEC(Delta, T64, ZSTD(1)),
    uptime_ms        Nullable(UInt64) COMMENT 'Time since it associated, ms' CODEC(Delta, T64, ZSTD(1)),
    last_activity_ms Nullable(UInt64) COMMENT 'Time since its last frame, ms' CODEC(T64, ZSTD(1)),
    distance_m       Nullable(UInt32) COMMENT 'Distance, m' CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, mac, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Associated wireless clients, from the registration tables';

CREATE OR REPLACE TABLE radio_clients ON CLUSTER `poplar` AS radio_clients_local
ENGINE = Distributed('poplar', 'poplar', 'radio_clients_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS polls_local ON CLUSTER `poplar`
(
    ts                DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site              LowCardinality(String) COMMENT 'POP that the router belongs to',
    router            LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    agent             LowCardinality(String) COMMENT 'Agent that polled',
    rank              UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    epoch             UInt64 COMMENT 'Process run of the agent' CODEC(ZSTD(1)),
    sequence          UInt64 COMMENT 'Batch that brought the poll' CODEC(Delta, ZSTD(1)),
    poll_number       UInt64 COMMENT 'Counts the run''s polls from 1; a hole is a lost poll' CODEC(Delta, ZSTD(1)),
    baseline          UInt64 COMMENT 'Counters compare only within one baseline' CODEC(ZSTD(1)),
    outcome           Enum8('ok' = 1, 'partial' = 2, 'refused' = 3, 'timeout' = 4, 'auth' = 5, 'closed' = 6, 'protocol' = 7,
                            'permission' = 8, 'tls' = 9, 'unreachable' = 10, 'overrun' = 11) COMMENT 'How the visit ended',
    error             LowCardinality(String) COMMENT 'Cause of a failure, in the router''s or system''s words',
    address           LowCardinality(String) COMMENT 'host:port that the agent dialled',
    duration_us       UInt32 COMMENT 'Start of the visit to its last reply, µs' CODEC(ZSTD(1)),
    interval_ms       UInt32 COMMENT 'Interval of visits, ms' CODEC(ZSTD(1)),
    interface_rows    UInt32 COMMENT 'Rows of this poll in interface_counters' CODEC(ZSTD(1)),
    device_rows       UInt32 COMMENT 'Rows of this poll in device_resources' CODEC(ZSTD(1)),
    identity_rows     UInt32 COMMENT 'Rows of this poll in router_identities' CODEC(ZSTD(1)),
    radio_client_rows UInt32 COMMENT 'Rows of this poll in radio_clients' CODEC(ZSTD(1)),
    collapsed_rows    UInt32 COMMENT 'Rows that repeated an identity within the poll and were dropped' CODEC(ZSTD(1)),
    parse_errors      UInt32 COMMENT 'Values that could not be parsed' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Every visit to a router, also the failed ones';

CREATE OR REPLACE TABLE polls ON CLUSTER `poplar` AS polls_local
ENGINE = Distributed('poplar', 'poplar', 'polls_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS batches_local ON CLUSTER `poplar`
(
    agent             LowCardinality(String) COMMENT 'Agent that sealed the batch',
    epoch             UInt64 COMMENT 'Process run of the agent',
    sequence          UInt64 COMMENT 'Position within the epoch, from 1' CODEC(Delta, ZSTD(1)),
    content_hash      UInt64 COMMENT 'First 8 bytes of the payload''s SHA-256; 0 for a skip' CODEC(ZSTD(1)),
    state             UInt8 COMMENT '2 stored, 1 rejected, 0 skipped: the highest wins',
    reason            LowCardinality(String) COMMENT 'Why it was rejected or skipped',
    sealed_at         DateTime64(3, 'UTC') COMMENT 'Agent''s clock' CODEC(DoubleDelta, ZSTD(1)),
    received_at       DateTime64(3, 'UTC') COMMENT 'Hub''s clock' CODEC(DoubleDelta, ZSTD(1)),
    stored_at         DateTime64(3, 'UTC') COMMENT 'Hub''s clock when the last data insert was confirmed' CODEC(DoubleDelta, ZSTD(1)),
    clock_offset_ms   Nullable(Int64) COMMENT 'Hub clock minus agent clock, measured before sealing' CODEC(ZSTD(1)),
    payload_bytes     UInt32 COMMENT 'Bytes on the wire' CODEC(ZSTD(1)),
    polls             UInt32 COMMENT 'Rows in polls' CODEC(ZSTD(1)),
    interface_rows    UInt32 COMMENT 'Rows in interface_counters' CODEC(ZSTD(1)),
    device_rows       UInt32 COMMENT 'Rows in device_resources' CODEC(ZSTD(1)),
    identity_rows     UInt32 COMMENT 'Rows in router_identities' CODEC(ZSTD(1)),
    radio_client_rows UInt32 COMMENT 'Rows in radio_clients' CODEC(ZSTD(1)),
    INDEX received_at_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', state)
ORDER BY (agent, epoch, sequence)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Fate of every batch: the hub acknowledges from here';

CREATE OR REPLACE TABLE batches ON CLUSTER `poplar` AS batches_local
ENGINE = Distributed('poplar', 'poplar', 'batches_local', cityHash64(agent));

CREATE TABLE IF NOT EXISTS dead_letters_local ON CLUSTER `poplar`
(
    received_at  DateTime64(3, 'UTC') COMMENT 'Hub''s clock',
    agent        LowCardinality(String) COMMENT 'Agent that sent the batch',
    epoch        UInt64 COMMENT 'Process run of the agent',
    sequence     UInt64 COMMENT 'Position within the epoch',
    content_hash UInt64 COMMENT 'First 8 bytes of the payload''s SHA-256',
    reason       String COMMENT 'Why the batch was rejected',
    message      String COMMENT 'The whole Batch message, protobuf' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', received_at)
ORDER BY (agent, epoch, sequence, content_hash)
TTL toDateTime(received_at) + INTERVAL 60 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1
COMMENT 'Bytes of rejected batches, kept for replay';

CREATE OR REPLACE TABLE dead_letters ON CLUSTER `poplar` AS dead_letters_local
ENGINE = Distributed('poplar', 'poplar', 'dead_letters_local', cityHash64(agent));

-- 0002_create_latest_tables.sql

CREATE TABLE IF NOT EXISTS polls_latest_local ON CLUSTER `poplar`
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    agent         LowCardinality(String) COMMENT 'Agent that polled',
    ts            DateTime64(3, 'UTC') COMMENT 'Start of the newest poll',
    order_version UInt64 COMMENT 'Time of the row, ms',
    outcome       LowCardinality(String) COMMENT 'How the newest visit ended',
    error         String COMMENT 'Cause of a failure',
    address       String COMMENT 'host:port that the agent dialled',
    duration_us   UInt32 COMMENT 'Length of the visit, µs',
    interval_ms   UInt32 COMMENT 'Interval of visits, ms'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router, agent)
COMMENT 'Newest poll per router and agent';

CREATE OR REPLACE TABLE polls_latest ON CLUSTER `poplar` AS polls_latest_local
ENGINE = Distributed('poplar', 'poplar', 'polls_latest_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS polls_latest_view ON CLUSTER `poplar` TO polls_latest_local AS
SELECT site, router, agent, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, toString(outcome) AS outcome, error, address, duration_us, interval_ms
FROM polls_local;

CREATE TABLE IF NOT EXISTS polls_answered_latest_local ON CLUSTER `poplar`
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    ts            DateTime64(3, 'UTC') COMMENT 'Newest poll that the router answered',
    order_version UInt64 COMMENT 'Time of the row, ms'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router)
COMMENT 'Newest answered poll per router';

CREATE OR REPLACE TABLE polls_answered_latest ON CLUSTER `poplar` AS polls_answered_latest_local
ENGINE = Distributed('poplar', 'poplar', 'polls_answered_latest_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS polls_answered_latest_view ON CLUSTER `poplar` TO polls_answered_latest_local AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version
FROM polls_local
WHERE outcome IN ('ok', 'partial');

CREATE TABLE IF NOT EXISTS device_latest_local ON CLUSTER `poplar`
(
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router',
    ts                 DateTime64(3, 'UTC') COMMENT 'Time of the values',
    order_version      UInt64 COMMENT 'Time of the row, ms',
    uptime_ms          Nullable(UInt64) COMMENT 'Time since boot, ms',
    version            LowCardinality(String) COMMENT 'RouterOS version',
    board              LowCardinality(String) COMMENT 'Board name',
    architecture       LowCardinality(String) COMMENT 'Processor architecture',
    cpu_load_pct       Nullable(UInt32) COMMENT 'CPU load, percent',
    memory_total_bytes Nullable(UInt64) COMMENT 'Memory fitted',
    memory_free_bytes  Nullable(UInt64) COMMENT 'Memory free'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router)
COMMENT 'Newest device values per router';

CREATE OR REPLACE TABLE device_latest ON CLUSTER `poplar` AS device_latest_local
ENGINE = Distributed('poplar', 'poplar', 'device_latest_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS device_latest_view ON CLUSTER `poplar` TO device_latest_local AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, uptime_ms, version, board, architecture, cpu_load_pct,
    memory_total_bytes, memory_free_bytes
FROM device_resources_local;

CREATE TABLE IF NOT EXISTS identity_latest_local ON CLUSTER `poplar`
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    ts            DateTime64(3, 'UTC') COMMENT 'Time of the value',
    order_version UInt64 COMMENT 'Time of the row, ms',
    identity      String COMMENT 'Name that the router gives itself'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router)
COMMENT 'Newest identity per router';

CREATE OR REPLACE TABLE identity_latest ON CLUSTER `poplar` AS identity_latest_local
ENGINE = Distributed('poplar', 'poplar', 'identity_latest_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS identity_latest_view ON CLUSTER `poplar` TO identity_latest_local AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, identity
FROM router_identities_local;

CREATE TABLE IF NOT EXISTS agents_latest_local ON CLUSTER `poplar`
(
    agent           LowCardinality(String) COMMENT 'Agent that sealed the batch',
    received_at     DateTime64(3, 'UTC') COMMENT 'Hub''s clock',
    order_version   UInt64 COMMENT 'Time of reception, ms',
    sealed_at       DateTime64(3, 'UTC') COMMENT 'Agent''s clock',
    clock_offset_ms Nullable(Int64) COMMENT 'Hub clock minus agent clock, measured before sealing'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY agent
COMMENT 'Newest stored batch per agent, without those whose sealing lies after their reception';

CREATE OR REPLACE TABLE agents_latest ON CLUSTER `poplar` AS agents_latest_local
ENGINE = Distributed('poplar', 'poplar', 'agents_latest_local', cityHash64(agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS agents_latest_view ON CLUSTER `poplar` TO agents_latest_local AS
SELECT agent, received_at, toUInt64(toUnixTimestamp64Milli(received_at)) AS order_version, sealed_at, clock_offset_ms
FROM batches_local
WHERE state = 2 AND sealed_at + toIntervalMillisecond(ifNull(clock_offset_ms, 0)) < received_at + toIntervalMinute(1);

CREATE TABLE IF NOT EXISTS batch_counts_local ON CLUSTER `poplar`
(
    agent   LowCardinality(String) COMMENT 'Agent that sealed the batches',
    state   UInt8 COMMENT '2 stored, 1 rejected, 0 skipped',
    batches UInt64 COMMENT 'Rows put into batches; one that is put there again counts again'
)
ENGINE = ReplicatedSummingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
ORDER BY (agent, state)
COMMENT 'Batches per agent and fate, counted when they are put on record';

CREATE OR REPLACE TABLE batch_counts ON CLUSTER `poplar` AS batch_counts_local
ENGINE = Distributed('poplar', 'poplar', 'batch_counts_local', cityHash64(agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS batch_counts_view ON CLUSTER `poplar` TO batch_counts_local AS
SELECT agent, state, uniqExact(epoch, sequence) AS batches
FROM batches_local
GROUP BY agent, state;

-- 0003_add_hardware_tables.sql

CREATE TABLE IF NOT EXISTS sensors_local ON CLUSTER `poplar`
(
    ts     DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site   LowCardinality(String) COMMENT 'POP that the router belongs to',
    router LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    sensor LowCardinality(String) COMMENT 'RouterOS name: voltage, cpu-temperature, fan1-speed, psu1-state …',
    agent  LowCardinality(String) COMMENT 'Agent that polled',
    rank   UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    value  Nullable(Float64) COMMENT 'Reading in the unit of the row; NULL where the sensor reports a state' CODEC(ZSTD(1)),
    unit   LowCardinality(String) COMMENT 'C, V, A, W, RPM or %; empty where neither the router nor the name tells',
    state  LowCardinality(String) COMMENT 'ok, fail, not-present …; empty where the sensor reports a number'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, sensor, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Voltages, temperatures, fans and power supplies, from /system/health/print';

CREATE OR REPLACE TABLE sensors ON CLUSTER `poplar` AS sensors_local
ENGINE = Distributed('poplar', 'poplar', 'sensors_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS boards_local ON CLUSTER `poplar`
(
    ts               DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site             LowCardinality(String) COMMENT 'POP that the router belongs to',
    router           LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    agent            LowCardinality(String) COMMENT 'Agent that polled',
    rank             UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    board            LowCardinality(String) COMMENT 'Board name',
    routerboard      Nullable(UInt8) COMMENT '1 on MikroTik''s own hardware, 0 on virtual and foreign machines' CODEC(ZSTD(1)),
    model            LowCardinality(String) COMMENT 'Product code',
    revision         LowCardinality(String) COMMENT 'Hardware revision; empty where the board has none',
    serial           LowCardinality(String) COMMENT 'Serial number',
    firmware_type    LowCardinality(String) COMMENT 'Which firmware fits the board',
    factory_firmware LowCardinality(String) COMMENT 'Firmware it was sold with',
    current_firmware LowCardinality(String) COMMENT 'Firmware it runs',
    upgrade_firmware LowCardinality(String) COMMENT 'Firmware that an upgrade would install'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Model, serial number and firmware, from /system/routerboard/print';

CREATE OR REPLACE TABLE boards ON CLUSTER `poplar` AS boards_local
ENGINE = Distributed('poplar', 'poplar', 'boards_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS cpu_cores_local ON CLUSTER `poplar`
(
    ts       DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site     LowCardinality(String) COMMENT 'POP that the router belongs to',
    router   LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    cpu      LowCardinality(String) COMMENT 'RouterOS name of the core: cpu0, cpu1 …',
    agent    LowCardinality(String) COMMENT 'Agent that polled',
    rank     UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    load_pct Nullable(UInt32) COMMENT 'Load, percent' CODEC(T64, ZSTD(1)),
    irq_pct  Nullable(UInt32) COMMENT 'Part of it that served interrupts, percent' CODEC(T64, ZSTD(1)),
    disk_pct Nullable(UInt32) COMMENT 'Part of it that waited for the disk, percent' CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, cpu, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Load of every core, from /system/resource/cpu/print';

CREATE OR REPLACE TABLE cpu_cores ON CLUSTER `poplar` AS cpu_cores_local
ENGINE = Distributed('poplar', 'poplar', 'cpu_cores_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS packages_local ON CLUSTER `poplar`
(
    ts        DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site      LowCardinality(String) COMMENT 'POP that the router belongs to',
    router    LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    package   LowCardinality(String) COMMENT 'RouterOS package: routeros, wireless, wifi-qcom …',
    agent     LowCardinality(String) COMMENT 'Agent that polled',
    rank      UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    version   LowCardinality(String) COMMENT 'Version of the package',
    disabled  Nullable(UInt8) COMMENT '1 disabled by an operator' CODEC(ZSTD(1)),
    available Nullable(UInt8) COMMENT '1 could be installed but is not' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, package, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'RouterOS packages, from /system/package/print';

CREATE OR REPLACE TABLE packages ON CLUSTER `poplar` AS packages_local
ENGINE = Distributed('poplar', 'poplar', 'packages_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS package_updates_local ON CLUSTER `poplar`
(
    ts                DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site              LowCardinality(String) COMMENT 'POP that the router belongs to',
    router            LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    agent             LowCardinality(String) COMMENT 'Agent that polled',
    rank              UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    channel           LowCardinality(String) COMMENT 'Release channel that the router follows',
    installed_version LowCardinality(String) COMMENT 'Installed RouterOS version',
    latest_version    LowCardinality(String) COMMENT 'Newest version at the router''s last check; empty before one',
    status            LowCardinality(String) COMMENT 'Outcome of that check, in the router''s words'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What routers know about updates, from /system/package/update/print';

CREATE OR REPLACE TABLE package_updates ON CLUSTER `poplar` AS package_updates_local
ENGINE = Distributed('poplar', 'poplar', 'package_updates_local', cityHash64(site));

ALTER TABLE interface_counters_local ON CLUSTER `poplar`
    ADD COLUMN IF NOT EXISTS fp_rx_bytes Nullable(UInt64) COMMENT 'Bytes received over the fast path' CODEC(Delta, T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fp_tx_bytes Nullable(UInt64) COMMENT 'Bytes sent over the fast path' CODEC(Delta, T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fp_rx_packets Nullable(UInt64) COMMENT 'Packets received over the fast path' CODEC(Delta, T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fp_tx_packets Nullable(UInt64) COMMENT 'Packets sent over the fast path' CODEC(Delta, T64, ZSTD(1));

CREATE OR REPLACE TABLE interface_counters ON CLUSTER `poplar` AS interface_counters_local
ENGINE = Distributed('poplar', 'poplar', 'interface_counters_local', cityHash64(site));

ALTER TABLE polls_local ON CLUSTER `poplar`
    ADD COLUMN IF NOT EXISTS sensor_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in sensors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS board_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in boards' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS cpu_core_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in cpu_cores' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in packages' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_update_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in package_updates' CODEC(ZSTD(1));

CREATE OR REPLACE TABLE polls ON CLUSTER `poplar` AS polls_local
ENGINE = Distributed('poplar', 'poplar', 'polls_local', cityHash64(site));

ALTER TABLE batches_local ON CLUSTER `poplar`
    ADD COLUMN IF NOT EXISTS sensor_rows UInt32 DEFAULT 0 COMMENT 'Rows in sensors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS board_rows UInt32 DEFAULT 0 COMMENT 'Rows in boards' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS cpu_core_rows UInt32 DEFAULT 0 COMMENT 'Rows in cpu_cores' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_rows UInt32 DEFAULT 0 COMMENT 'Rows in packages' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_update_rows UInt32 DEFAULT 0 COMMENT 'Rows in package_updates' CODEC(ZSTD(1));

CREATE OR REPLACE TABLE batches ON CLUSTER `poplar` AS batches_local
ENGINE = Distributed('poplar', 'poplar', 'batches_local', cityHash64(agent));

CREATE TABLE IF NOT EXISTS board_latest_local ON CLUSTER `poplar`
(
    site             LowCardinality(String) COMMENT 'POP that the router belongs to',
    router           LowCardinality(String) COMMENT 'Name of the router',
    ts               DateTime64(3, 'UTC') COMMENT 'Time of the values',
    order_version    UInt64 COMMENT 'Time of the row, ms',
    board            LowCardinality(String) COMMENT 'Board name',
    routerboard      Nullable(UInt8) COMMENT '1 on MikroTik''s own hardware',
    model            LowCardinality(String) COMMENT 'Product code',
    revision         LowCardinality(String) COMMENT 'Hardware revision',
    serial           String COMMENT 'Serial number',
    factory_firmware LowCardinality(String) COMMENT 'Firmware it was sold with',
    current_firmware LowCardinality(String) COMMENT 'Firmware it runs',
    upgrade_firmware LowCardinality(String) COMMENT 'Firmware that an upgrade would install'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router)
COMMENT 'Newest board per router';

CREATE OR REPLACE TABLE board_latest ON CLUSTER `poplar` AS board_latest_local
ENGINE = Distributed('poplar', 'poplar', 'board_latest_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS board_latest_view ON CLUSTER `poplar` TO board_latest_local AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, board, routerboard, model, revision, serial,
    factory_firmware, current_firmware, upgrade_firmware
FROM boards_local;

-- 0004_add_link_and_network_tables.sql

CREATE TABLE IF NOT EXISTS ethernet_ports_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Ethernet ports: link, wire counters, module, from /interface/ethernet/print and monitor';

CREATE OR REPLACE TABLE ethernet_ports ON CLUSTER `poplar` AS ethernet_ports_local
ENGINE = Distributed('poplar', 'poplar', 'ethernet_ports_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS poe_ports_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Ports that feed devices, from /interface/ethernet/poe/print and monitor';

CREATE OR REPLACE TABLE poe_ports ON CLUSTER `poplar` AS poe_ports_local
ENGINE = Distributed('poplar', 'poplar', 'poe_ports_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS radios_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Wireless interfaces of all four stacks, from their menus and monitors';

CREATE OR REPLACE TABLE radios ON CLUSTER `poplar` AS radios_local
ENGINE = Distributed('poplar', 'poplar', 'radios_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS modems_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'LTE and 5G modems, from /interface/lte/monitor; numbers of modem, card and subscriber are not collected';

CREATE OR REPLACE TABLE modems ON CLUSTER `poplar` AS modems_local
ENGINE = Distributed('poplar', 'poplar', 'modems_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS w60g_links_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT '60 GHz links, from /interface/w60g/monitor and station/monitor';

CREATE OR REPLACE TABLE w60g_links ON CLUSTER `poplar` AS w60g_links_local
ENGINE = Distributed('poplar', 'poplar', 'w60g_links_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS neighbors_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, mac, port, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Neighbours that announce themselves by MNDP, CDP or LLDP, from /ip/neighbor/print';

CREATE OR REPLACE TABLE neighbors ON CLUSTER `poplar` AS neighbors_local
ENGINE = Distributed('poplar', 'poplar', 'neighbors_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS table_counts_local ON CLUSTER `poplar`
(
    ts      DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site    LowCardinality(String) COMMENT 'POP that the router belongs to',
    router  LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    counted LowCardinality(String) COMMENT 'dhcp_leases_bound, ppp_sessions, routes_active, connections or arp_entries',
    agent   LowCardinality(String) COMMENT 'Agent that polled',
    rank    UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    entries UInt64 COMMENT 'Number of entries' CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, counted, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'How many entries a router''s tables have, counted by the router';

CREATE OR REPLACE TABLE table_counts ON CLUSTER `poplar` AS table_counts_local
ENGINE = Distributed('poplar', 'poplar', 'table_counts_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS queues_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, queue, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Simple queues, from /queue/simple/print; upload is from the target, download to it';

CREATE OR REPLACE TABLE queues ON CLUSTER `poplar` AS queues_local
ENGINE = Distributed('poplar', 'poplar', 'queues_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS bgp_peers_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, peer, remote_address, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'BGP sessions, and configured peers without one, from /routing/bgp';

CREATE OR REPLACE TABLE bgp_peers ON CLUSTER `poplar` AS bgp_peers_local
ENGINE = Distributed('poplar', 'poplar', 'bgp_peers_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS ospf_neighbors_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, instance, interface, address, router_id, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'OSPF neighbours, from /routing/ospf/neighbor/print';

CREATE OR REPLACE TABLE ospf_neighbors ON CLUSTER `poplar` AS ospf_neighbors_local
ENGINE = Distributed('poplar', 'poplar', 'ospf_neighbors_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS netwatch_hosts_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, host, type, name, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Hosts that routers watch, from /tool/netwatch/print';

CREATE OR REPLACE TABLE netwatch_hosts ON CLUSTER `poplar` AS netwatch_hosts_local
ENGINE = Distributed('poplar', 'poplar', 'netwatch_hosts_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS collector_states_local ON CLUSTER `poplar`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, collector, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What reading a router costs, and what is not read for its sake';

CREATE OR REPLACE TABLE collector_states ON CLUSTER `poplar` AS collector_states_local
ENGINE = Distributed('poplar', 'poplar', 'collector_states_local', cityHash64(site));

ALTER TABLE polls_local ON CLUSTER `poplar`
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

CREATE OR REPLACE TABLE polls ON CLUSTER `poplar` AS polls_local
ENGINE = Distributed('poplar', 'poplar', 'polls_local', cityHash64(site));

ALTER TABLE batches_local ON CLUSTER `poplar`
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

CREATE OR REPLACE TABLE batches ON CLUSTER `poplar` AS batches_local
ENGINE = Distributed('poplar', 'poplar', 'batches_local', cityHash64(agent));

-- 0005_add_gaps_view.sql

CREATE OR REPLACE VIEW gaps ON CLUSTER `poplar` AS
WITH
    toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')}) AS range_from,
    toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}) AS range_to,
    range_from - 3600000 AS read_from,
    range_to + 3600000 AS read_to,
    least(range_to, toUnixTimestamp64Milli(now64(3, 'UTC'))) AS known_until,

    -- Visits of every router in order of time: (ms, outcome, interval, agent). Outcomes 1 and 2 are answers.
    visits AS
    (
        SELECT site, router, arraySort(visit -> (visit.1, visit.2, visit.4), arrayZip(groupArray(ms), groupArray(kind), groupArray(every), groupArray(by))) AS sorted
        FROM
        (
            SELECT site, router, toUnixTimestamp64Milli(ts) AS ms, toInt8(outcome) AS kind, interval_ms AS every, cityHash64(agent) AS by
            FROM polls FINAL
            WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(read_to, 'UTC')
                AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_to, 'UTC'))
            UNION ALL
            SELECT site, router,
                toUnixTimestamp64Milli(if(countIf(outcome <= 2) > 0, maxIf(ts, outcome <= 2), min(ts))) AS ms, toInt8(1) AS kind,
                argMax(interval_ms, (outcome <= 2, ts, agent)) AS every, cityHash64(argMax(agent, (outcome <= 2, ts, agent))) AS by
            FROM polls FINAL
            WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') - INTERVAL 31 DAY AND ts < fromUnixTimestamp64Milli(read_from, 'UTC')
                AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC') - INTERVAL 31 DAY)
                AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                AND (site, router) IN
                (
                    SELECT site, router FROM polls_latest
                    EXCEPT DISTINCT
                    SELECT site, router
                    FROM polls
                    WHERE outcome <= 2
                        AND ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(range_from, 'UTC')
                        AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                        AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_from, 'UTC'))
                )
            GROUP BY site, router
        )
        GROUP BY site, router
    ),

    -- A sample with the failed visits after it, up to the next sample. One that has none yet is open.
    islands AS
    (
        SELECT site, router, island, next_ms = 0 AS open, island[1].1 AS from_ms, if(open, known_until, next_ms) AS to_ms,
            2.5 * greatest(island[1].3, next_every) AS reach_ms
        FROM
        (
            SELECT site, router, arraySplit(visit -> visit.2 <= 2, sorted) AS split,
                arrayPushBack(arrayPopFront(arrayMap(island -> island[1].1, split)), 0) AS starts,
                arrayPushBack(arrayPopFront(arrayMap(island -> island[1].3, split)), 0) AS intervals
            FROM visits
        )
        ARRAY JOIN split AS island, starts AS next_ms, intervals AS next_every
        WHERE to_ms - from_ms > reach_ms AND to_ms > range_from AND from_ms < range_to
    ),
    found AS
    (
        SELECT site, router, open, from_ms, to_ms, reach_ms, island[1].4 AS by,
            arrayFilter(kind -> kind > 2, island.2) AS kinds,
            -- The kind that most of them have.
            arrayReverseSort(kind -> (countEqual(kinds, kind), kind), arrayDistinct(kinds))[1] AS kind,
            -- Of the time before nothing is read but the sample.
            greatest(from_ms, read_from) AS seen_from,
            arrayConcat([seen_from], arrayFilter(ms -> ms > seen_from AND ms < to_ms, island.1), [to_ms]) AS moments,
            arrayFilter(stretch -> stretch.2 - stretch.1 > reach_ms, arrayZip(arrayPopBack(moments), arrayPopFront(moments))) AS silences,
            arraySum(stretch -> stretch.2 - stretch.1, silences) AS silent_ms,
            arrayReverseSort(stretch -> stretch.2 - stretch.1, silences)[1] AS silence
        FROM islands
    ),

    -- Runs of agents, their polls in the order of their numbers: where these pause or skip numbers, (from, to, missing polls, what).
    runs AS
    (
        SELECT agent, epoch, max(interval_ms) * 2.5 AS reach_ms, toInt64(intDiv(min(rank), 4294967296)) * 1000 AS started_ms,
            arraySort(poll -> poll.1, arrayZip(groupArray(poll_number), groupArray(toUnixTimestamp64Milli(ts)))) AS numbered,
            arrayMin(numbered.2) AS first_ms, arrayMax(numbered.2) AS last_ms, toInt64(numbered[1].1) - 1 AS missing_first,
            started_ms >= read_from AS is_whole,
            -- A run begins with its first poll, or before it where that one is lost.
            if(missing_first > 0, least(started_ms, first_ms), first_ms) AS begun_ms,
            arrayConcat(
                arrayMap(
                    pair -> (least(pair.1.2, pair.2.2), greatest(pair.1.2, pair.2.2), toInt64(pair.2.1 - pair.1.1) - 1, 'stalled'),
                    arrayFilter(
                        pair -> pair.2.1 - pair.1.1 > 1 OR pair.2.2 - pair.1.2 > reach_ms,
                        arrayZip(arrayPopBack(numbered), arrayPopFront(numbered)))),
                if(is_whole AND missing_first > 0, [(begun_ms, first_ms, missing_first, 'stalled')], [])) AS breaks
        FROM polls FINAL
        WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(read_to, 'UTC')
            AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
            AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_to, 'UTC'))
        GROUP BY agent, epoch
    ),
    -- The same for agents, with the times before, between and after their runs.
    pauses AS
    (
        SELECT agent, arraySort(groupArray((first_ms, last_ms, begun_ms, is_whole))) AS by_time,
            arraySort(arrayFilter(pause -> pause.2 > pause.1, arrayConcat(
                groupArrayArray(breaks),
                [(read_from, by_time[1].1, toInt64(0), if(by_time[1].4, 'restarted', 'stalled'))],
                arrayMap(
                    (ended, begun) -> (ended.2, if(begun.3 > ended.2, begun.3, begun.1), toInt64(0), 'restarted'),
                    arrayPopBack(by_time), arrayPopFront(by_time)),
                [(arrayMax(by_time.2), known_until, toInt64(0), 'silent')]))) AS pauses
        FROM runs
        GROUP BY agent
    ),
    -- Skipped batches by the time of the last poll that was lost with them.
    skips AS
    (
        SELECT agent, groupUniqArray(10000)((sealed_ms, why)) AS skips
        FROM
        (
            SELECT agent, epoch, sequence, toUnixTimestamp64Milli(max(sealed_at)) AS sealed_ms, toString(argMax(reason, state)) AS why
            FROM batches
            WHERE received_at >= fromUnixTimestamp64Milli(read_from, 'UTC')
            GROUP BY agent, epoch, sequence
            HAVING max(state) = 0 AND sealed_ms >= read_from
        )
        GROUP BY agent
    ),
    agents AS
    (
        SELECT names.agent AS agent, cityHash64(agent) AS by, pauses.pauses AS pauses, skips.skips AS skips
        FROM (SELECT DISTINCT agent FROM polls_latest) AS names
        LEFT JOIN pauses ON pauses.agent = names.agent
        LEFT JOIN skips ON skips.agent = names.agent
    ),
    told AS
    (
        SELECT *,
            arrayFilter(pause -> pause.1 < silence.2 AND pause.2 > silence.1, pauses) AS inside,
            arrayFilter(skip -> skip.1 >= silence.1 AND skip.1 <= silence.2 + reach_ms, skips) AS lost,
            arrayFilter(pause -> pause.3 = 0 AND pause.2 - pause.1 > reach_ms, inside) AS quiet,
            -- An agent without a poll in all the time that was read was quiet throughout.
            if(empty(pauses), silence.2 - silence.1, arraySum(pause -> least(pause.2, silence.2) - greatest(pause.1, silence.1), quiet)) AS quiet_ms
        FROM found
        LEFT JOIN agents ON agents.by = found.by
    )
SELECT site, router,
    fromUnixTimestamp64Milli(from_ms, 'UTC') AS from_ts,
    fromUnixTimestamp64Milli(to_ms, 'UTC') AS to_ts,
    toUInt64(to_ms - from_ms) AS duration_ms,
    open,
    multiIf(
        silent_ms * 2 <= to_ms - seen_from, if(kind = 11, 'overrun', 'router'),
        notEmpty(lost), 'delivery',
        quiet_ms * 2 >= silence.2 - silence.1, 'agent',
        arraySum(inside.3) > 0, 'delivery',
        notEmpty(quiet), 'agent',
        'not_polled') AS cause,
    multiIf(
        cause IN ('router', 'overrun'),
            ['', '', 'refused', 'timeout', 'auth', 'closed', 'protocol', 'permission', 'tls', 'unreachable', 'overrun', 'max_sessions'][kind],
        cause = 'delivery', if(notEmpty(lost), arraySort(lost)[1].2, 'missing'),
        cause = 'agent', if(empty(quiet), 'silent', arrayReverseSort(pause -> pause.2 - pause.1, quiet)[1].4),
        '') AS detail,
    agent,
    toUInt32(length(kinds)) AS failed_polls,
    toUInt64(arraySum(inside.3)) AS missing_polls
FROM told;

-- 0006_add_router_clocks.sql

CREATE TABLE IF NOT EXISTS router_clocks_local ON CLUSTER `poplar`
(
    ts            DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    agent         LowCardinality(String) COMMENT 'Agent that polled',
    rank          UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    clock_ms      Nullable(Int64) COMMENT 'Router''s clock, Unix ms; routers tell whole seconds' CODEC(Delta, ZSTD(1)),
    offset_ms     Nullable(Int64) COMMENT 'That minus the agent''s clock in the middle of the round trip; the true offset lies between offset_ms - round_trip_us / 2000 and offset_ms + 1000 + round_trip_us / 2000' CODEC(ZSTD(1)),
    round_trip_us Nullable(UInt32) COMMENT 'From the command to the end of its answer, µs' CODEC(T64, ZSTD(1)),
    time_zone     LowCardinality(String) COMMENT 'Time zone that the router is set to',
    gmt_offset_s  Nullable(Int32) COMMENT 'Router''s local time minus UTC, s' CODEC(T64, ZSTD(1)),
    clock         Nullable(DateTime64(3, 'UTC')) ALIAS fromUnixTimestamp64Milli(clock_ms, 'UTC') COMMENT 'Router''s clock as a time'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Clocks of routers against those of their agents, from /system/clock/print';

CREATE OR REPLACE TABLE router_clocks ON CLUSTER `poplar` AS router_clocks_local
ENGINE = Distributed('poplar', 'poplar', 'router_clocks_local', cityHash64(site));

ALTER TABLE polls_local ON CLUSTER `poplar`
    ADD COLUMN IF NOT EXISTS router_clock_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in router_clocks' CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS collectors Array(String) ALIAS arrayMap(n -> [
        'interface', 'resource', 'radio_clients', 'sensors', 'cpu_cores', 'identity', 'boards', 'packages', 'package_update',
        'ethernet', 'poe', 'radios', 'modems', 'w60g', 'neighbors', 'dhcp_leases', 'ppp_sessions', 'routes', 'connections',
        'arp', 'queues', 'bgp', 'ospf', 'netwatch', 'clock'
    ][n], bitPositionsToArray(ifNull(answered_collectors, 0))) COMMENT 'The same as names of collectors';

CREATE OR REPLACE TABLE polls ON CLUSTER `poplar` AS polls_local
ENGINE = Distributed('poplar', 'poplar', 'polls_local', cityHash64(site));

ALTER TABLE batches_local ON CLUSTER `poplar`
    ADD COLUMN IF NOT EXISTS router_clock_rows UInt32 DEFAULT 0 COMMENT 'Rows in router_clocks' CODEC(ZSTD(1));

CREATE OR REPLACE TABLE batches ON CLUSTER `poplar` AS batches_local
ENGINE = Distributed('poplar', 'poplar', 'batches_local', cityHash64(agent));

-- 0007_settle_equal_rows.sql

ALTER TABLE batches_local ON CLUSTER `poplar`
    ADD COLUMN IF NOT EXISTS version UInt256 MATERIALIZED
        bitOr(bitOr(bitShiftLeft(toUInt256(state), 192), bitShiftLeft(toUInt256(281474976710656 - toUnixTimestamp64Milli(stored_at)), 128)),
            bitOr(bitShiftLeft(toUInt256(281474976710656 - toUnixTimestamp64Milli(received_at)), 64), toUInt256(bitNot(content_hash))))
        COMMENT 'The row with the highest stays: the higher state, then the earliest stored_at, then received_at' CODEC(ZSTD(1));

CREATE OR REPLACE TABLE batches ON CLUSTER `poplar` AS batches_local
ENGINE = Distributed('poplar', 'poplar', 'batches_local', cityHash64(agent));

CREATE OR REPLACE TABLE batches_local ON CLUSTER `poplar` AS batches_local
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
ORDER BY (agent, epoch, sequence)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Fate of every batch: the hub acknowledges from here';

CREATE OR REPLACE TABLE batches ON CLUSTER `poplar` AS batches_local
ENGINE = Distributed('poplar', 'poplar', 'batches_local', cityHash64(agent));

CREATE TABLE IF NOT EXISTS batch_fates_local ON CLUSTER `poplar`
(
    agent    LowCardinality(String) COMMENT 'Agent that sealed the batches',
    epoch    UInt64 COMMENT 'Process run of the agent',
    stored   AggregateFunction(groupBitmap, UInt64) COMMENT 'Sequences that were put on record as stored',
    rejected AggregateFunction(groupBitmap, UInt64) COMMENT 'As rejected; those that are stored too count as stored',
    skipped  AggregateFunction(groupBitmap, UInt64) COMMENT 'As skipped; those that are stored or rejected too count as that'
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
ORDER BY (agent, epoch)
COMMENT 'Which batches of each run of an agent have which fate';

CREATE OR REPLACE TABLE batch_fates ON CLUSTER `poplar` AS batch_fates_local
ENGINE = Distributed('poplar', 'poplar', 'batch_fates_local', cityHash64(agent));

CREATE MATERIALIZED VIEW IF NOT EXISTS batch_fates_view ON CLUSTER `poplar` TO batch_fates_local AS
SELECT agent, epoch, groupBitmapStateIf(sequence, state = 2) AS stored, groupBitmapStateIf(sequence, state = 1) AS rejected,
    groupBitmapStateIf(sequence, state = 0) AS skipped
FROM batches_local
GROUP BY agent, epoch;

INSERT INTO batch_fates
SELECT agent, epoch, groupBitmapStateIf(sequence, state = 2), groupBitmapStateIf(sequence, state = 1), groupBitmapStateIf(sequence, state = 0)
FROM batches
GROUP BY agent, epoch;

DROP VIEW IF EXISTS batch_counts_view ON CLUSTER `poplar`;

DROP TABLE IF EXISTS batch_counts ON CLUSTER `poplar`;

DROP TABLE IF EXISTS batch_counts_local ON CLUSTER `poplar`;

CREATE OR REPLACE TABLE polls_latest_local ON CLUSTER `poplar`
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    agent         LowCardinality(String) COMMENT 'Agent that polled',
    ts            DateTime64(3, 'UTC') COMMENT 'Start of the newest poll',
    order_version UInt256 COMMENT 'The row with the highest stays: time in ms, then rank',
    outcome       LowCardinality(String) COMMENT 'How the newest visit ended',
    error         String COMMENT 'Cause of a failure',
    address       String COMMENT 'host:port that the agent dialled',
    duration_us   UInt32 COMMENT 'Length of the visit, µs',
    interval_ms   UInt32 COMMENT 'Interval of visits, ms'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router, agent)
COMMENT 'Newest poll per router and agent';

CREATE OR REPLACE TABLE polls_latest ON CLUSTER `poplar` AS polls_latest_local
ENGINE = Distributed('poplar', 'poplar', 'polls_latest_local', cityHash64(site));

ALTER TABLE polls_latest_view ON CLUSTER `poplar` MODIFY QUERY
SELECT site, router, agent, ts, bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)) AS order_version,
    toString(outcome) AS outcome, error, address, duration_us, interval_ms
FROM polls_local;

CREATE OR REPLACE TABLE device_latest_local ON CLUSTER `poplar`
(
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router',
    ts                 DateTime64(3, 'UTC') COMMENT 'Time of the values',
    order_version      UInt256 COMMENT 'The row with the highest stays: time in ms, then rank, then agent',
    uptime_ms          Nullable(UInt64) COMMENT 'Time since boot, ms',
    version            LowCardinality(String) COMMENT 'RouterOS version',
    board              LowCardinality(String) COMMENT 'Board name',
    architecture       LowCardinality(String) COMMENT 'Processor architecture',
    cpu_load_pct       Nullable(UInt32) COMMENT 'CPU load, percent',
    memory_total_bytes Nullable(UInt64) COMMENT 'Memory fitted',
    memory_free_bytes  Nullable(UInt64) COMMENT 'Memory free'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router)
COMMENT 'Newest device values per router';

CREATE OR REPLACE TABLE device_latest ON CLUSTER `poplar` AS device_latest_local
ENGINE = Distributed('poplar', 'poplar', 'device_latest_local', cityHash64(site));

ALTER TABLE device_latest_view ON CLUSTER `poplar` MODIFY QUERY
SELECT site, router, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    uptime_ms, version, board, architecture, cpu_load_pct, memory_total_bytes, memory_free_bytes
FROM device_resources_local;

CREATE OR REPLACE TABLE identity_latest_local ON CLUSTER `poplar`
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    ts            DateTime64(3, 'UTC') COMMENT 'Time of the value',
    order_version UInt256 COMMENT 'The row with the highest stays: time in ms, then rank, then agent',
    identity      String COMMENT 'Name that the router gives itself'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router)
COMMENT 'Newest identity per router';

CREATE OR REPLACE TABLE identity_latest ON CLUSTER `poplar` AS identity_latest_local
ENGINE = Distributed('poplar', 'poplar', 'identity_latest_local', cityHash64(site));

ALTER TABLE identity_latest_view ON CLUSTER `poplar` MODIFY QUERY
SELECT site, router, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    identity
FROM router_identities_local;

CREATE OR REPLACE TABLE board_latest_local ON CLUSTER `poplar`
(
    site             LowCardinality(String) COMMENT 'POP that the router belongs to',
    router           LowCardinality(String) COMMENT 'Name of the router',
    ts               DateTime64(3, 'UTC') COMMENT 'Time of the values',
    order_version    UInt256 COMMENT 'The row with the highest stays: time in ms, then rank, then agent',
    board            LowCardinality(String) COMMENT 'Board name',
    routerboard      Nullable(UInt8) COMMENT '1 on MikroTik''s own hardware',
    model            LowCardinality(String) COMMENT 'Product code',
    revision         LowCardinality(String) COMMENT 'Hardware revision',
    serial           String COMMENT 'Serial number',
    factory_firmware LowCardinality(String) COMMENT 'Firmware it was sold with',
    current_firmware LowCardinality(String) COMMENT 'Firmware it runs',
    upgrade_firmware LowCardinality(String) COMMENT 'Firmware that an upgrade would install'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router)
COMMENT 'Newest board per router';

CREATE OR REPLACE TABLE board_latest ON CLUSTER `poplar` AS board_latest_local
ENGINE = Distributed('poplar', 'poplar', 'board_latest_local', cityHash64(site));

ALTER TABLE board_latest_view ON CLUSTER `poplar` MODIFY QUERY
SELECT site, router, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    board, routerboard, model, revision, serial, factory_firmware, current_firmware, upgrade_firmware
FROM boards_local;

CREATE OR REPLACE TABLE agents_latest_local ON CLUSTER `poplar`
(
    agent           LowCardinality(String) COMMENT 'Agent that sealed the batch',
    received_at     DateTime64(3, 'UTC') COMMENT 'Hub''s clock, when the batch first came',
    order_version   UInt256 COMMENT 'The row with the highest stays: time of sealing in ms on the hub''s clock, then the earliest reception',
    sealed_at       DateTime64(3, 'UTC') COMMENT 'Agent''s clock',
    clock_offset_ms Nullable(Int64) COMMENT 'Hub clock minus agent clock, measured before sealing'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY agent
COMMENT 'Newest stored batch per agent, without those whose sealing lies after their reception';

CREATE OR REPLACE TABLE agents_latest ON CLUSTER `poplar` AS agents_latest_local
ENGINE = Distributed('poplar', 'poplar', 'agents_latest_local', cityHash64(agent));

ALTER TABLE agents_latest_view ON CLUSTER `poplar` MODIFY QUERY
SELECT agent, received_at,
    bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(sealed_at) + ifNull(clock_offset_ms, 0)), 128),
        toUInt256(281474976710656 - toUnixTimestamp64Milli(received_at))) AS order_version,
    sealed_at, clock_offset_ms
FROM batches_local
WHERE state = 2 AND sealed_at + toIntervalMillisecond(ifNull(clock_offset_ms, 0)) < received_at + toIntervalMinute(1);

-- 0008_create_rollups.sql

CREATE TABLE IF NOT EXISTS interface_rollup_5m_local ON CLUSTER `poplar`
(
    bucket             DateTime('UTC') COMMENT 'Start of the five minutes' CODEC(DoubleDelta, ZSTD(1)),
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface          LowCardinality(String) COMMENT 'RouterOS interface name',
    version            UInt64 COMMENT 'When the making began, µs of the server''s clock: the highest wins' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted         UInt8 DEFAULT 0 COMMENT '1 the bucket has no rows any more' CODEC(ZSTD(1)),
    rx_bytes           Nullable(UInt64) COMMENT 'Bytes received in the covered time; NULL when none of it is covered' CODEC(T64, ZSTD(1)),
    tx_bytes           Nullable(UInt64) COMMENT 'Bytes sent in the covered time' CODEC(T64, ZSTD(1)),
    rx_covered_ms      UInt32 COMMENT 'Time that rx_bytes covers, ms: the steps that end in the bucket' CODEC(T64, ZSTD(1)),
    tx_covered_ms      UInt32 COMMENT 'Time that tx_bytes covers, ms' CODEC(T64, ZSTD(1)),
    rx_min_bps         Nullable(Float64) COMMENT 'Lowest rate between two samples, bit/s' CODEC(ZSTD(1)),
    rx_max_bps         Nullable(Float64) COMMENT 'Highest rate between two samples, bit/s' CODEC(ZSTD(1)),
    tx_min_bps         Nullable(Float64) COMMENT 'Lowest rate between two samples, bit/s' CODEC(ZSTD(1)),
    tx_max_bps         Nullable(Float64) COMMENT 'Highest rate between two samples, bit/s' CODEC(ZSTD(1)),
    rx_gap_bytes       UInt64 COMMENT 'Bytes received over gaps that end in the bucket and are an hour long at most; in no other column' CODEC(T64, ZSTD(1)),
    tx_gap_bytes       UInt64 COMMENT 'Bytes sent over such gaps' CODEC(T64, ZSTD(1)),
    samples            UInt32 COMMENT 'Samples, of all agents' CODEC(T64, ZSTD(1)),
    resets             UInt32 COMMENT 'Samples whose counters had gone backwards, or forwards by more than the link can carry' CODEC(T64, ZSTD(1)),
    first_sample_ms    Int64 COMMENT 'First sample, Unix ms' CODEC(DoubleDelta, ZSTD(1)),
    last_sample_ms     Int64 COMMENT 'Last sample, Unix ms' CODEC(DoubleDelta, ZSTD(1)),
    reach_ms           UInt32 COMMENT 'Reach of the samples, ms: a step that is longer is a gap' CODEC(T64, ZSTD(1)),
    rx_errors          Nullable(UInt64) COMMENT 'Received frames with errors; NULL when not reported' CODEC(T64, ZSTD(1)),
    tx_errors          Nullable(UInt64) COMMENT 'Frames that failed to send' CODEC(T64, ZSTD(1)),
    rx_drops           Nullable(UInt64) COMMENT 'Received packets dropped' CODEC(T64, ZSTD(1)),
    tx_drops           Nullable(UInt64) COMMENT 'Packets dropped before sending' CODEC(T64, ZSTD(1)),
    tx_queue_drops     Nullable(UInt64) COMMENT 'Packets dropped by the interface queue' CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version, is_deleted)
PARTITION BY toYYYYMM(bucket)
ORDER BY (site, toDate(bucket), router, interface, bucket)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Traffic of interfaces in five minutes, made from interface_counters; read the view interface_traffic_5m';

CREATE OR REPLACE TABLE interface_rollup_5m ON CLUSTER `poplar` AS interface_rollup_5m_local
ENGINE = Distributed('poplar', 'poplar', 'interface_rollup_5m_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS interface_rollup_1h_local ON CLUSTER `poplar`
(
    bucket             DateTime('UTC') COMMENT 'Start of the hour' CODEC(DoubleDelta, ZSTD(1)),
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface          LowCardinality(String) COMMENT 'RouterOS interface name',
    version            UInt64 COMMENT 'When the making began, µs of the server''s clock: the highest wins' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted         UInt8 DEFAULT 0 COMMENT '1 the bucket has no rows any more' CODEC(ZSTD(1)),
    rx_bytes           Nullable(UInt64) COMMENT 'Bytes received in the covered time; NULL when none of it is covered' CODEC(T64, ZSTD(1)),
    tx_bytes           Nullable(UInt64) COMMENT 'Bytes sent in the covered time' CODEC(T64, ZSTD(1)),
    rx_covered_ms      UInt32 COMMENT 'Time that rx_bytes covers, ms: the steps that end in the bucket' CODEC(T64, ZSTD(1)),
    tx_covered_ms      UInt32 COMMENT 'Time that tx_bytes covers, ms' CODEC(T64, ZSTD(1)),
    rx_min_bps         Nullable(Float64) COMMENT 'Lowest rate between two samples, bit/s' CODEC(ZSTD(1)),
    rx_max_bps         Nullable(Float64) COMMENT 'Highest rate between two samples, bit/s' CODEC(ZSTD(1)),
    tx_min_bps         Nullable(Float64) COMMENT 'Lowest rate between two samples, bit/s' CODEC(ZSTD(1)),
    tx_max_bps         Nullable(Float64) COMMENT 'Highest rate between two samples, bit/s' CODEC(ZSTD(1)),
    rx_gap_bytes       UInt64 COMMENT 'Bytes received over gaps that end in the bucket and are an hour long at most; in no other column' CODEC(T64, ZSTD(1)),
    tx_gap_bytes       UInt64 COMMENT 'Bytes sent over such gaps' CODEC(T64, ZSTD(1)),
    samples            UInt32 COMMENT 'Samples, of all agents' CODEC(T64, ZSTD(1)),
    resets             UInt32 COMMENT 'Samples whose counters had gone backwards, or forwards by more than the link can carry' CODEC(T64, ZSTD(1)),
    first_sample_ms    Int64 COMMENT 'First sample, Unix ms' CODEC(DoubleDelta, ZSTD(1)),
    last_sample_ms     Int64 COMMENT 'Last sample, Unix ms' CODEC(DoubleDelta, ZSTD(1)),
    reach_ms           UInt32 COMMENT 'Reach of the samples, ms: a step that is longer is a gap' CODEC(T64, ZSTD(1)),
    rx_errors          Nullable(UInt64) COMMENT 'Received frames with errors; NULL when not reported' CODEC(T64, ZSTD(1)),
    tx_errors          Nullable(UInt64) COMMENT 'Frames that failed to send' CODEC(T64, ZSTD(1)),
    rx_drops           Nullable(UInt64) COMMENT 'Received packets dropped' CODEC(T64, ZSTD(1)),
    tx_drops           Nullable(UInt64) COMMENT 'Packets dropped before sending' CODEC(T64, ZSTD(1)),
    tx_queue_drops     Nullable(UInt64) COMMENT 'Packets dropped by the interface queue' CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version, is_deleted)
PARTITION BY toYYYYMM(bucket)
ORDER BY (site, toDate(bucket), router, interface, bucket)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Traffic of interfaces in an hour, made from interface_rollup_5m; read the view interface_traffic_1h';

CREATE OR REPLACE TABLE interface_rollup_1h ON CLUSTER `poplar` AS interface_rollup_1h_local
ENGINE = Distributed('poplar', 'poplar', 'interface_rollup_1h_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS interface_rollup_1d_local ON CLUSTER `poplar`
(
    bucket             DateTime('UTC') COMMENT 'Start of the day' CODEC(DoubleDelta, ZSTD(1)),
    site               LowCardinality(String) COMMENT 'POP that the router belongs to',
    router             LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface          LowCardinality(String) COMMENT 'RouterOS interface name',
    version            UInt64 COMMENT 'When the making began, µs of the server''s clock: the highest wins' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted         UInt8 DEFAULT 0 COMMENT '1 the bucket has no rows any more' CODEC(ZSTD(1)),
    rx_bytes           Nullable(UInt64) COMMENT 'Bytes received in the covered time; NULL when none of it is covered' CODEC(T64, ZSTD(1)),
    tx_bytes           Nullable(UInt64) COMMENT 'Bytes sent in the covered time' CODEC(T64, ZSTD(1)),
    rx_covered_ms      UInt32 COMMENT 'Time that rx_bytes covers, ms: the steps that end in the bucket' CODEC(T64, ZSTD(1)),
    tx_covered_ms      UInt32 COMMENT 'Time that tx_bytes covers, ms' CODEC(T64, ZSTD(1)),
    rx_min_bps         Nullable(Float64) COMMENT 'Lowest rate between two samples, bit/s' CODEC(ZSTD(1)),
    rx_max_bps         Nullable(Float64) COMMENT 'Highest rate between two samples, bit/s' CODEC(ZSTD(1)),
    tx_min_bps         Nullable(Float64) COMMENT 'Lowest rate between two samples, bit/s' CODEC(ZSTD(1)),
    tx_max_bps         Nullable(Float64) COMMENT 'Highest rate between two samples, bit/s' CODEC(ZSTD(1)),
    rx_gap_bytes       UInt64 COMMENT 'Bytes received over gaps that end in the bucket and are an hour long at most; in no other column' CODEC(T64, ZSTD(1)),
    tx_gap_bytes       UInt64 COMMENT 'Bytes sent over such gaps' CODEC(T64, ZSTD(1)),
    samples            UInt32 COMMENT 'Samples, of all agents' CODEC(T64, ZSTD(1)),
    resets             UInt32 COMMENT 'Samples whose counters had gone backwards, or forwards by more than the link can carry' CODEC(T64, ZSTD(1)),
    first_sample_ms    Int64 COMMENT 'First sample, Unix ms' CODEC(DoubleDelta, ZSTD(1)),
    last_sample_ms     Int64 COMMENT 'Last sample, Unix ms' CODEC(DoubleDelta, ZSTD(1)),
    reach_ms           UInt32 COMMENT 'Reach of the samples, ms: a step that is longer is a gap' CODEC(T64, ZSTD(1)),
    rx_errors          Nullable(UInt64) COMMENT 'Received frames with errors; NULL when not reported' CODEC(T64, ZSTD(1)),
    tx_errors          Nullable(UInt64) COMMENT 'Frames that failed to send' CODEC(T64, ZSTD(1)),
    rx_drops           Nullable(UInt64) COMMENT 'Received packets dropped' CODEC(T64, ZSTD(1)),
    tx_drops           Nullable(UInt64) COMMENT 'Packets dropped before sending' CODEC(T64, ZSTD(1)),
    tx_queue_drops     Nullable(UInt64) COMMENT 'Packets dropped by the interface queue' CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version, is_deleted)
PARTITION BY toYear(bucket)
ORDER BY (site, router, interface, bucket)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Traffic of interfaces in a day (UTC), made from interface_rollup_1h; read the view interface_traffic_1d';

CREATE OR REPLACE TABLE interface_rollup_1d ON CLUSTER `poplar` AS interface_rollup_1d_local
ENGINE = Distributed('poplar', 'poplar', 'interface_rollup_1d_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS rollup_marks_local ON CLUSTER `poplar`
(
    site       LowCardinality(String) COMMENT 'POP of the rows',
    bucket     DateTime('UTC') COMMENT 'Five minutes that rows came in for: these, and what looks back on them for an hour, are to be made anew' CODEC(DoubleDelta, ZSTD(1)),
    marked_at  UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)) COMMENT 'When the mark was set or taken away, µs of the server''s clock: the newest counts' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted UInt8 DEFAULT 0 COMMENT '1 the mark is taken away'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', marked_at, is_deleted)
ORDER BY (site, bucket)
TTL toDateTime(intDiv(marked_at, 1000000), 'UTC') + INTERVAL 2 DAY DELETE WHERE is_deleted = 1
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What has come in and is not in the rollups yet';

CREATE OR REPLACE TABLE rollup_marks ON CLUSTER `poplar` AS rollup_marks_local
ENGINE = Distributed('poplar', 'poplar', 'rollup_marks_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS leases ON CLUSTER `poplar`
(
    name       LowCardinality(String) COMMENT 'Work that one hub at a time should do',
    holder     String COMMENT 'Process that does it',
    held_until DateTime64(3, 'UTC') COMMENT 'When another may take over',
    taken_at   UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)) COMMENT 'µs of the server''s clock: the newest counts'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}', taken_at)
ORDER BY name
COMMENT 'Which hub does what all could do: it saves work, and nothing is wrong when two do it';

-- 0009_add_traffic_views.sql

CREATE OR REPLACE VIEW interface_rates ON CLUSTER `poplar` AS
WITH
  toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')}) AS asked_from,
  intDiv(asked_from, 300000) * 300000 AS range_from,
  toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}) AS range_to,
  cadences AS (
    SELECT site, router, agent, intDiv(toUnixTimestamp64Milli(ts) - 1, 300000) * 300000 AS polled_ms, max(interval_ms) AS every_ms,
      countIf(outcome IN ('ok', 'partial')) AS answered, countIf(interface_rows > 0) AS with_interfaces
    FROM polls FINAL
    WHERE ts > fromUnixTimestamp64Milli(range_from - 3600000, 'UTC') AND ts <= fromUnixTimestamp64Milli(range_to, 'UTC')
      AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(range_from - 3600000, 'UTC')) AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_to, 'UTC'))
    GROUP BY site, router, agent, polled_ms),
  reaches AS (
    SELECT site, router, bucket_ms, count() AS agents,
      toInt64(2.5 * max(every_ms * if(with_interfaces > 0, greatest(1, floor(answered / with_interfaces + 0.5)), 1))) AS reach_ms
    FROM (
      SELECT site, router, agent, bucket_ms, max(every_ms) AS every_ms, sum(answered) AS answered, sum(with_interfaces) AS with_interfaces
      FROM cadences ARRAY JOIN range(polled_ms, polled_ms + 3600000 + 1, 300000) AS bucket_ms
      WHERE bucket_ms >= range_from AND bucket_ms < range_to
      GROUP BY site, router, agent, bucket_ms)
    GROUP BY site, router, bucket_ms),
  speeds AS (
    SELECT site, router, interface, toUnixTimestamp64Milli(ts) AS ms, max(ifNull(rate_bps, 0)) AS bps
    FROM ethernet_ports FINAL
    WHERE ts > fromUnixTimestamp64Milli(range_from - 3600000, 'UTC') AND ts <= fromUnixTimestamp64Milli(range_to + 120000, 'UTC')
      AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(range_from - 3600000, 'UTC')) AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_to + 120000, 'UTC'))
    GROUP BY site, router, interface, ms),
  pairs AS (
    SELECT site, router, interface, agent, baseline, toUnixTimestamp64Milli(ts) AS ms, intDiv(ms - 1, 300000) * 300000 AS bucket_ms, rx_bytes, tx_bytes,
      lagInFrame(ms) OVER run AS start_ms, lagInFrame(rx_bytes) OVER run AS previous_rx_bytes, lagInFrame(tx_bytes) OVER run AS previous_tx_bytes,
      lagInFrame(ms) OVER same_agent AS agent_ms, lagInFrame(rx_bytes) OVER same_agent AS agent_rx, lagInFrame(tx_bytes) OVER same_agent AS agent_tx
    FROM interface_counters FINAL
    WHERE ts > fromUnixTimestamp64Milli(range_from - 3600000, 'UTC') AND ts <= fromUnixTimestamp64Milli(range_to, 'UTC')
      AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(range_from - 3600000, 'UTC')) AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_to, 'UTC'))
    WINDOW run AS (PARTITION BY site, router, interface, agent, baseline ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
      same_agent AS (PARTITION BY site, router, interface, agent ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
  timed AS (
    SELECT pairs.site AS site, pairs.router AS router, pairs.interface AS interface, agent, baseline, pairs.bucket_ms AS bucket_ms,
      start_ms, pairs.ms AS ms, rx_bytes, tx_bytes, previous_rx_bytes, previous_tx_bytes, agent_ms, agent_rx, agent_tx,
      reach_ms, agents, greatest(if(pairs.ms - before.ms <= 3600000, before.bps, 0), if(after.ms - pairs.ms <= 120000, after.bps, 0)) AS speed_bps
    FROM pairs
      INNER JOIN reaches ON pairs.site = reaches.site AND pairs.router = reaches.router AND pairs.bucket_ms = reaches.bucket_ms
      ASOF LEFT JOIN speeds AS before
        ON pairs.site = before.site AND pairs.router = before.router AND pairs.interface = before.interface AND pairs.start_ms >= before.ms
      ASOF LEFT JOIN speeds AS after
        ON pairs.site = after.site AND pairs.router = after.router AND pairs.interface = after.interface AND pairs.ms <= after.ms
    WHERE pairs.ms > range_from),
  facts AS (
    SELECT *, ms - start_ms AS dt, if(ifNull(speed_bps, 0) > 0, speed_bps * 1.05, 440000000000) AS fastest_bps,
      ifNull(rx_bytes < previous_rx_bytes, 0) OR ifNull(tx_bytes < previous_tx_bytes, 0) AS backwards,
      ms - agent_ms <= 3600000 AND (ifNull(rx_bytes < agent_rx, 0) OR ifNull(tx_bytes < agent_tx, 0)) AS restarted
    FROM timed),
  increases AS (
    SELECT site, router, interface, agent, baseline, bucket_ms, start_ms, ms, dt, reach_ms, agents, restarted, fastest_bps,
      dt <= reach_ms AND dt <= 3600000 AS near, dt > reach_ms AND dt <= 3600000 AS far,
      if(backwards OR NOT ifNull(rx_bytes >= previous_rx_bytes, 0), NULL, toUInt64(rx_bytes - previous_rx_bytes)) AS rx_increase, if(backwards OR NOT ifNull(tx_bytes >= previous_tx_bytes, 0), NULL, toUInt64(tx_bytes - previous_tx_bytes)) AS tx_increase
    FROM facts),
  judged AS (
    SELECT *, ifNull(rx_increase * 8000. / dt <= fastest_bps, 0) AS rx_fits, ifNull(tx_increase * 8000. / dt <= fastest_bps, 0) AS tx_fits
    FROM increases),
  moves AS (
    SELECT *, if(near AND rx_fits, rx_increase, NULL) AS rx, if(near AND tx_fits, tx_increase, NULL) AS tx,
      restarted OR (near AND ((rx_increase IS NOT NULL AND NOT rx_fits) OR (tx_increase IS NOT NULL AND NOT tx_fits))) AS reset
    FROM judged),
  runs AS (
    SELECT site, router, interface, bucket_ms, agent, baseline, max(reach_ms) AS reach_ms,
      groupArrayIf((start_ms, ms, rx, tx), rx IS NOT NULL OR tx IS NOT NULL) AS steps,
      round(sumIf(dt, rx IS NOT NULL OR tx IS NOT NULL) / 60000) AS minutes, count() AS samples, countIf(reset) AS resets,
      sumIf(assumeNotNull(rx_increase), far AND rx_fits AND agents = 1) AS rx_gap_bytes, sumIf(assumeNotNull(tx_increase), far AND tx_fits AND agents = 1) AS tx_gap_bytes,
      min(ms) AS first_sample_ms, max(ms) AS last_sample_ms
    FROM moves
    GROUP BY site, router, interface, bucket_ms, agent, baseline),
  buckets AS (
    SELECT site, router, interface, bucket_ms, max(reach_ms) AS reach_ms, sum(samples) AS samples,
      arrayMax(sumMap([toString(agent)], [resets]).2) AS resets, sum(rx_gap_bytes) AS rx_gap_bytes, sum(tx_gap_bytes) AS tx_gap_bytes,
      min(first_sample_ms) AS first_sample_ms, max(last_sample_ms) AS last_sample_ms,
      arraySort(run -> (-run.1, run.2, run.3), groupArray((minutes, toString(agent), baseline, steps))) AS by_cover
    FROM runs
    GROUP BY site, router, interface, bucket_ms),
  chosen AS (
    SELECT * EXCEPT by_cover, if(length(by_cover) = 1, by_cover[1].4, arrayFold(
      (taken, run) -> arrayConcat(taken, arrayFilter(step -> NOT arrayExists(other -> other.1 < step.2 AND other.2 > step.1, taken), run.4)),
      by_cover, arraySlice(by_cover[1].4, 1, 0))) AS steps
    FROM buckets)
SELECT site, router, interface, fromUnixTimestamp64Milli(step.1, 'UTC') AS from_ts, fromUnixTimestamp64Milli(step.2, 'UTC') AS to_ts,
  toUInt64(step.2 - step.1) AS duration_ms, step.3 AS rx_bytes, step.4 AS tx_bytes,
  step.3 * 8000. / (step.2 - step.1) AS rx_bps, step.4 * 8000. / (step.2 - step.1) AS tx_bps
FROM chosen ARRAY JOIN steps AS step
WHERE step.2 > asked_from;

CREATE OR REPLACE VIEW interface_traffic_5m ON CLUSTER `poplar` AS
SELECT site, router, interface, bucket, rx_bytes, tx_bytes,
    rx_bytes * 8000. / nullIf(rx_covered_ms, 0) AS rx_bps, tx_bytes * 8000. / nullIf(tx_covered_ms, 0) AS tx_bps,
    rx_min_bps, rx_max_bps, tx_min_bps, tx_max_bps,
    least(1, rx_covered_ms / 300000) AS rx_coverage_ratio, least(1, tx_covered_ms / 300000) AS tx_coverage_ratio,
    rx_gap_bytes, tx_gap_bytes, samples, resets, rx_errors, tx_errors, rx_drops, tx_drops, tx_queue_drops
FROM interface_rollup_5m FINAL;

CREATE OR REPLACE VIEW interface_traffic_1h ON CLUSTER `poplar` AS
SELECT site, router, interface, bucket, rx_bytes, tx_bytes,
    rx_bytes * 8000. / nullIf(rx_covered_ms, 0) AS rx_bps, tx_bytes * 8000. / nullIf(tx_covered_ms, 0) AS tx_bps,
    rx_min_bps, rx_max_bps, tx_min_bps, tx_max_bps,
    least(1, rx_covered_ms / 3600000) AS rx_coverage_ratio, least(1, tx_covered_ms / 3600000) AS tx_coverage_ratio,
    rx_gap_bytes, tx_gap_bytes, samples, resets, rx_errors, tx_errors, rx_drops, tx_drops, tx_queue_drops
FROM interface_rollup_1h FINAL;

CREATE OR REPLACE VIEW interface_traffic_1d ON CLUSTER `poplar` AS
SELECT site, router, interface, bucket, rx_bytes, tx_bytes,
    rx_bytes * 8000. / nullIf(rx_covered_ms, 0) AS rx_bps, tx_bytes * 8000. / nullIf(tx_covered_ms, 0) AS tx_bps,
    rx_min_bps, rx_max_bps, tx_min_bps, tx_max_bps,
    least(1, rx_covered_ms / 86400000) AS rx_coverage_ratio, least(1, tx_covered_ms / 86400000) AS tx_coverage_ratio,
    rx_gap_bytes, tx_gap_bytes, samples, resets, rx_errors, tx_errors, rx_drops, tx_drops, tx_queue_drops
FROM interface_rollup_1d FINAL;

CREATE OR REPLACE VIEW top_talkers ON CLUSTER `poplar` AS
SELECT site, router, interface, ifNull(sum(traffic.rx_bytes), 0) AS rx_bytes, ifNull(sum(traffic.tx_bytes), 0) AS tx_bytes,
    sum(traffic.rx_bytes) * 8000. / nullIf(sum(rx_covered_ms), 0) AS rx_bps, sum(traffic.tx_bytes) * 8000. / nullIf(sum(tx_covered_ms), 0) AS tx_bps,
    max(traffic.rx_max_bps) AS rx_max_bps, max(traffic.tx_max_bps) AS tx_max_bps
FROM interface_rollup_5m AS traffic FINAL
WHERE bucket >= {from:DateTime64(3, 'UTC')} AND bucket < {to:DateTime64(3, 'UTC')}
    AND toDate(bucket) >= toDate({from:DateTime64(3, 'UTC')}) AND toDate(bucket) <= toDate({to:DateTime64(3, 'UTC')})
    AND (site, router, interface) IN
    (
        SELECT site, router, interface
        FROM interface_counters
        WHERE ts >= {to:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR AND ts < {to:DateTime64(3, 'UTC')} AND toStartOfHour(ts) >= toStartOfHour({to:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR) AND toStartOfHour(ts) <= toStartOfHour({to:DateTime64(3, 'UTC')})
            AND type IN ('ether', 'wlan', 'wifi', 'lte', 'w60g')
    )
GROUP BY site, router, interface;

CREATE OR REPLACE VIEW router_now ON CLUSTER `poplar` AS
SELECT polled.site AS site, polled.router AS router, polled.agent AS agent, polled.ts AS polled_at, polled.outcome AS outcome, polled.error AS error,
    polled.address AS address, polled.interval_ms AS interval_ms, nullIf(answered.ts, toDateTime64(0, 3, 'UTC')) AS answered_at,
    named.identity AS identity, device.board AS board, device.version AS version, device.uptime_ms AS uptime_ms, device.cpu_load_pct AS cpu_load_pct,
    1 - device.memory_free_bytes / nullIf(device.memory_total_bytes, 0) AS memory_used_ratio
FROM
(
    SELECT * FROM polls_latest FINAL
    WHERE ts <= now64(3, 'UTC') + INTERVAL 1 MINUTE
    ORDER BY ts DESC, agent
    LIMIT 1 BY site, router
) AS polled
LEFT JOIN (SELECT * FROM polls_answered_latest FINAL) AS answered ON answered.site = polled.site AND answered.router = polled.router
LEFT JOIN (SELECT * FROM device_latest FINAL) AS device ON device.site = polled.site AND device.router = polled.router
LEFT JOIN (SELECT * FROM identity_latest FINAL) AS named ON named.site = polled.site AND named.router = polled.router;

CREATE OR REPLACE VIEW interface_now ON CLUSTER `poplar` AS
SELECT newest.site AS site, newest.router AS router, newest.interface AS interface, newest.ts AS ts, newest.type AS type, newest.comment AS comment,
    newest.running AS running, newest.disabled AS disabled,
    if(rates.to_ts = newest.ts, rates.rx_bps, NULL) AS rx_bps, if(rates.to_ts = newest.ts, rates.tx_bps, NULL) AS tx_bps,
    newest.rx_bytes AS rx_bytes, newest.tx_bytes AS tx_bytes
FROM
(
    SELECT site, router, interface, ts, type, comment, running, disabled, rx_bytes, tx_bytes
    FROM interface_counters FINAL
    WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
    ORDER BY ts DESC, agent
    LIMIT 1 BY site, router, interface
) AS newest
LEFT JOIN
(
    SELECT site, router, interface, to_ts, rx_bps, tx_bps
    FROM interface_rates(from = now64(3, 'UTC') - INTERVAL 15 MINUTE, to = now64(3, 'UTC'))
    ORDER BY to_ts DESC
    LIMIT 1 BY site, router, interface
) AS rates ON rates.site = newest.site AND rates.router = newest.router AND rates.interface = newest.interface;

CREATE OR REPLACE VIEW radio_clients_now ON CLUSTER `poplar` AS
SELECT site, router, interface, mac, ts, ssid, band, radio_name, signal_dbm, snr_db, tx_ccq_pct, tx_rate_bps, rx_rate_bps, uptime_ms
FROM radio_clients FINAL
WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
    AND (site, router, agent, ts) IN
    (
        SELECT site, router, agent, ts
        FROM polls FINAL
        WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
            AND if(answered_collectors IS NULL, radio_client_rows > 0, bitTest(ifNull(answered_collectors, 0), 3))
        ORDER BY ts DESC, agent
        LIMIT 1 BY site, router
    );

CREATE OR REPLACE VIEW availability ON CLUSTER `poplar` AS
WITH
    toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')}) AS range_from,
    least(toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}), toUnixTimestamp64Milli(now64(3, 'UTC'))) AS range_to
SELECT site, router, count() AS polls, countIf(outcome <= 2) AS answered_polls,
    toUInt64(sumIf(spoken_ms, outcome <= 2)) AS answered_ms, toUInt64(sum(spoken_ms)) AS known_ms,
    answered_ms / nullIf(known_ms, 0) AS availability_ratio, least(1, known_ms / (range_to - range_from)) AS coverage_ratio
FROM
(
    SELECT site, router, outcome, toInt64(toUnixTimestamp64Milli(ts)) AS ms,
        leadInFrame(ms, 1, toInt64(range_to)) OVER (PARTITION BY site, router ORDER BY ms, agent ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_ms,
        least(next_ms - ms, toInt64(interval_ms * 2.5)) AS spoken_ms
    FROM polls FINAL
    WHERE ts >= {from:DateTime64(3, 'UTC')} AND ts < fromUnixTimestamp64Milli(range_to, 'UTC')
        AND toStartOfHour(ts) >= toStartOfHour({from:DateTime64(3, 'UTC')}) AND toStartOfHour(ts) <= toStartOfHour({to:DateTime64(3, 'UTC')})
)
GROUP BY site, router;

CREATE OR REPLACE VIEW billing_95th ON CLUSTER `poplar` AS
SELECT site, router, interface,
    arraySort(rx)[intDiv(95 * length(rx) + 99, 100)] AS rx_95th_bps, arraySort(tx)[intDiv(95 * length(tx) + 99, 100)] AS tx_95th_bps,
    greatest(rx_95th_bps, tx_95th_bps) AS billed_95th_bps,
    toUInt32(least(length(rx), length(tx))) AS buckets,
    least(1, buckets * 300 / (toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}) - toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')})) * 1000) AS coverage_ratio,
    coverage_ratio >= 0.95 AS is_covered
FROM
(
    SELECT site, router, interface,
        groupArrayIf(assumeNotNull(rx_bytes) * 8000. / rx_covered_ms, rx_covered_ms >= 150000) AS rx,
        groupArrayIf(assumeNotNull(tx_bytes) * 8000. / tx_covered_ms, tx_covered_ms >= 150000) AS tx
    FROM interface_rollup_5m FINAL
    WHERE bucket >= {from:DateTime64(3, 'UTC')} AND bucket < {to:DateTime64(3, 'UTC')} AND toDate(bucket) >= toDate({from:DateTime64(3, 'UTC')}) AND toDate(bucket) <= toDate({to:DateTime64(3, 'UTC')})
    GROUP BY site, router, interface
)
WHERE buckets > 0;

-- 0011_create_events.sql

CREATE TABLE IF NOT EXISTS events_local ON CLUSTER `poplar`
(
    ts         DateTime64(3, 'UTC') COMMENT 'Start of the poll that shows the transition' CODEC(DoubleDelta, ZSTD(1)),
    site       LowCardinality(String) COMMENT 'POP that the router belongs to',
    kind       LowCardinality(String) COMMENT 'What changed: router_state, router_rebooted, interface_state …; docs/events.md has them all',
    router     LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration; empty when it is not about one',
    object     String COMMENT 'What of the router: an interface, a MAC address, an agent; empty for the router itself' CODEC(ZSTD(1)),
    old        String COMMENT 'State or value before; empty when there was none' CODEC(ZSTD(1)),
    new        String COMMENT 'State or value since then' CODEC(ZSTD(1)),
    cause      LowCardinality(String) COMMENT 'Why, as far as the rows tell; empty when they do not',
    detail     String COMMENT 'JSON object with what else there is to know' CODEC(ZSTD(1)),
    lasted_ms  Nullable(UInt64) COMMENT 'How long old had lasted, ms; NULL when it began before what the derivation looks back on' CODEC(T64, ZSTD(1)),
    derivation LowCardinality(String) COMMENT 'Which derivation made the row, and may take it away',
    version    UInt64 COMMENT 'When the making began, µs of the server''s clock: the highest wins' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted UInt8 DEFAULT 0 COMMENT '1 the rows do not show this transition any more' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version, is_deleted)
PARTITION BY toYYYYMM(ts)
ORDER BY (site, toDate(ts), kind, router, object, ts)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Transitions of routers, interfaces, links, clients and agents, with cause and duration';

CREATE OR REPLACE TABLE events ON CLUSTER `poplar` AS events_local
ENGINE = Distributed('poplar', 'poplar', 'events_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS event_marks_local ON CLUSTER `poplar`
(
    site       LowCardinality(String) COMMENT 'POP of the rows',
    bucket     DateTime('UTC') COMMENT 'Five minutes that rows came in for: events of these, and of what looks back on them, are to be made anew' CODEC(DoubleDelta, ZSTD(1)),
    marked_at  UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)) COMMENT 'When the mark was set or taken away, µs of the server''s clock: the newest counts' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted UInt8 DEFAULT 0 COMMENT '1 the mark is taken away'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', marked_at, is_deleted)
ORDER BY (site, bucket)
TTL toDateTime(intDiv(marked_at, 1000000), 'UTC') + INTERVAL 2 DAY DELETE WHERE is_deleted = 1
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What has come in and was not looked at for events yet';

CREATE OR REPLACE TABLE event_marks ON CLUSTER `poplar` AS event_marks_local
ENGINE = Distributed('poplar', 'poplar', 'event_marks_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS event_marks_view ON CLUSTER `poplar` TO event_marks_local AS
SELECT site, bucket, marked_at, is_deleted
FROM rollup_marks_local
WHERE is_deleted = 0;

CREATE OR REPLACE VIEW event_log ON CLUSTER `poplar` AS
SELECT ts, site, kind, router, object, old, new, cause, detail,
  coalesce(known_ms, if(old = '' OR old = new OR began_ms = 0, NULL, toUInt64(toUnixTimestamp64Milli(ts) - began_ms))) AS lasted_ms
FROM (
  SELECT ts, site, kind, router, object, old, new, cause, detail, lasted_ms AS known_ms,
    lagInFrame(toUnixTimestamp64Milli(ts)) OVER (PARTITION BY site, kind, router, object ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS began_ms
  FROM events FINAL
  WHERE ts >= {from:DateTime64(3, 'UTC')} - toIntervalDay(31) AND ts < {to:DateTime64(3, 'UTC')}
    AND toDate(ts) >= toDate({from:DateTime64(3, 'UTC')} - toIntervalDay(31)) AND toDate(ts) <= toDate({to:DateTime64(3, 'UTC')}))
WHERE ts >= {from:DateTime64(3, 'UTC')};

-- 0012_add_links.sql

CREATE TABLE IF NOT EXISTS interface_mac_hours_local ON CLUSTER `poplar`
(
    hour      DateTime('UTC') COMMENT 'Start of the hour' CODEC(DoubleDelta, ZSTD(1)),
    mac       UInt64 COMMENT '48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    site      LowCardinality(String) COMMENT 'POP that the router belongs to',
    router    LowCardinality(String) COMMENT 'Router that has an interface with the address',
    interface LowCardinality(String) COMMENT 'RouterOS interface name',
    type      LowCardinality(String) COMMENT 'RouterOS interface type',
    first_ts  SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First poll of the hour that saw it' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, mac, site, router, interface, type)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which router had which hardware address in which hour; not of bridges, VLANs and the like, which share one with a port';

CREATE OR REPLACE TABLE interface_mac_hours ON CLUSTER `poplar` AS interface_mac_hours_local
ENGINE = Distributed('poplar', 'poplar', 'interface_mac_hours_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS interface_mac_hours_view ON CLUSTER `poplar` TO interface_mac_hours_local AS
SELECT toStartOfHour(ts) AS hour, assumeNotNull(mac) AS mac, site, router, interface, type, min(ts) AS first_ts
FROM interface_counters_local
WHERE ifNull(mac, 0) != 0 AND bitTest(assumeNotNull(mac), 40) = 0 AND bitShiftRight(assumeNotNull(mac), 16) != 0x00005E00
    AND type NOT IN ('bridge', 'vlan', 'vrrp', 'bond', 'macvlan', 'vxlan', 'eoip', 'loopback')
GROUP BY hour, mac, site, router, interface, type;

INSERT INTO interface_mac_hours
SELECT toStartOfHour(ts) AS hour, assumeNotNull(mac) AS mac, site, router, interface, type, min(ts) AS first_ts
FROM interface_counters
WHERE ts >= now64(3, 'UTC') - INTERVAL 2 DAY AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 2 DAY)
    AND ifNull(mac, 0) != 0 AND bitTest(assumeNotNull(mac), 40) = 0 AND bitShiftRight(assumeNotNull(mac), 16) != 0x00005E00
    AND type NOT IN ('bridge', 'vlan', 'vrrp', 'bond', 'macvlan', 'vxlan', 'eoip', 'loopback')
GROUP BY hour, mac, site, router, interface, type;

CREATE TABLE IF NOT EXISTS radio_client_quarters_local ON CLUSTER `poplar`
(
    quarter  DateTime('UTC') COMMENT 'Start of the quarter of an hour' CODEC(DoubleDelta, ZSTD(1)),
    site     LowCardinality(String) COMMENT 'POP that the access point belongs to',
    router   LowCardinality(String) COMMENT 'Access point: name of the router in the agent''s configuration',
    mac      UInt64 COMMENT 'The client''s 48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    first_ts SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First poll of the quarter that found it registered' CODEC(DoubleDelta, ZSTD(1)),
    last_ts  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last such poll' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYYYYMM(quarter)
ORDER BY (quarter, site, router, mac)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which wireless clients were registered at which access point in which quarter of an hour';

CREATE OR REPLACE TABLE radio_client_quarters ON CLUSTER `poplar` AS radio_client_quarters_local
ENGINE = Distributed('poplar', 'poplar', 'radio_client_quarters_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS radio_client_quarters_view ON CLUSTER `poplar` TO radio_client_quarters_local AS
SELECT toStartOfInterval(ts, INTERVAL 15 MINUTE) AS quarter, site, router, mac, min(ts) AS first_ts, max(ts) AS last_ts
FROM radio_clients_local
GROUP BY quarter, site, router, mac;

INSERT INTO radio_client_quarters
SELECT toStartOfInterval(ts, INTERVAL 15 MINUTE) AS quarter, site, router, mac, min(ts) AS first_ts, max(ts) AS last_ts
FROM radio_clients
WHERE ts >= now64(3, 'UTC') - INTERVAL 2 DAY AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 2 DAY)
GROUP BY quarter, site, router, mac;

CREATE OR REPLACE VIEW links_now ON CLUSTER `poplar` AS
SELECT last.site AS site, last.router AS router, last.mac AS mac, JSONExtractString(detail, 'cpe_site') AS cpe_site, JSONExtractString(detail, 'cpe') AS cpe,
    JSONExtractString(detail, 'cpe_interface') AS cpe_interface, if(seen.mac != '', seen.interface, JSONExtractString(detail, 'interface')) AS interface,
    if(is_silent AND last.state != 'stale', 'unknown', last.state) AS state, if(is_silent AND last.state != 'stale', polled_at, last.since) AS since,
    if(is_silent AND last.state != 'stale', 'agent_silent', last.cause) AS cause,
    nullIf(seen.ts, toDateTime64(0, 3, 'UTC')) AS ts, seen.signal_dbm AS signal_dbm, seen.snr_db AS snr_db, seen.tx_ccq_pct AS tx_ccq_pct
FROM
(
    SELECT site, router, object AS mac, new AS state, cause, detail, ts AS since
    FROM events FINAL
    WHERE kind = 'link_state' AND ts > now64(3, 'UTC') - INTERVAL 31 DAY AND ts <= now64(3, 'UTC') + INTERVAL 1 MINUTE
    ORDER BY ts DESC
    LIMIT 1 BY site, router, object
) AS last
LEFT JOIN
(
    SELECT site, router, max(ts) AS polled_at, polled_at < now64(3, 'UTC') - toIntervalMillisecond(max(greatest(3 * interval_ms, interval_ms + 15000))) AS is_silent
    FROM polls_latest FINAL
    GROUP BY site, router
) AS polled ON polled.site = last.site AND polled.router = last.router
LEFT JOIN
(
    SELECT site, router, MACNumToString(mac) AS mac, ts, interface, signal_dbm, snr_db, tx_ccq_pct
    FROM radio_clients FINAL
    WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
    ORDER BY ts DESC, agent, interface
    LIMIT 1 BY site, router, mac
) AS seen ON seen.site = last.site AND seen.router = last.router AND seen.mac = last.mac
WHERE last.state != 'stale' OR last.since > now64(3, 'UTC') - INTERVAL 7 DAY;

CREATE OR REPLACE VIEW link_transitions ON CLUSTER `poplar` AS
SELECT ts, site, router, object AS mac, JSONExtractString(detail, 'cpe_site') AS cpe_site, JSONExtractString(detail, 'cpe') AS cpe,
    JSONExtractString(detail, 'cpe_interface') AS cpe_interface, JSONExtractString(detail, 'interface') AS interface, old, new, cause, lasted AS lasted_ms,
    JSONExtract(detail, 'signal_dbm', 'Nullable(Int32)') AS signal_dbm, JSONExtract(detail, 'snr_db', 'Nullable(Int32)') AS snr_db,
    JSONExtract(detail, 'tx_ccq_pct', 'Nullable(UInt32)') AS tx_ccq_pct, JSONExtractString(detail, 'roamed_to') AS roamed_to
FROM
(
    SELECT *, lagInFrame(new) OVER before AS new_before, toUnixTimestamp64Milli(lagInFrame(ts) OVER before) AS ms_before,
        ifNull(lasted_ms, if(ms_before > 0 AND new_before = old, toNullable(toUInt64(toUnixTimestamp64Milli(ts) - ms_before)), NULL)) AS lasted
    FROM events FINAL
    WHERE kind = 'link_state' AND ts >= {from:DateTime64(3, 'UTC')} - INTERVAL 31 DAY AND ts < {to:DateTime64(3, 'UTC')}
    WINDOW before AS (PARTITION BY site, router, object ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE ts >= {from:DateTime64(3, 'UTC')};

-- 0013_create_incidents.sql

CREATE TABLE IF NOT EXISTS incidents_local ON CLUSTER `poplar`
(
    started_at    DateTime64(3, 'UTC') COMMENT 'Time of the value that it began with' CODEC(DoubleDelta, ZSTD(1)),
    id            String COMMENT 'Hash of rule, site, router, object and started_at' CODEC(ZSTD(1)),
    rule          LowCardinality(String) COMMENT 'Rule that found it',
    severity      LowCardinality(String) COMMENT 'info, warning or critical',
    site          LowCardinality(String) COMMENT 'POP that it is about',
    router        LowCardinality(String) COMMENT 'Router that it is about; empty where it is the whole site',
    object        String COMMENT 'Interface, sensor, peer, agent …; empty where it is the router or the site' CODEC(ZSTD(1)),
    detected_at   DateTime64(3, 'UTC') COMMENT 'Evaluation that opened it, hub''s clock' CODEC(DoubleDelta, ZSTD(1)),
    closed_at     Nullable(DateTime64(3, 'UTC')) COMMENT 'Time of the first value that was well again; NULL while it is open' CODEC(ZSTD(1)),
    close_reason  LowCardinality(String) COMMENT 'cleared, no_data (nothing is heard of the object), withdrawn (late rows took back what it began with) or rule_removed; empty while it is open',
    value         Float64 COMMENT 'Value when it opened' CODEC(ZSTD(1)),
    closing_value Nullable(Float64) COMMENT 'Value when it closed' CODEC(ZSTD(1)),
    unit          LowCardinality(String) COMMENT 'Unit of both',
    summary       String COMMENT 'One line for people' CODEC(ZSTD(1)),
    detail        String COMMENT 'Further columns of the rule''s SELECT, a JSON object of texts' CODEC(ZSTD(1)),
    suppressed_by String COMMENT 'Why nobody was told: id of the incident that explains it, rule:NAME while that one may be opening, or maintenance:NAME; empty when nothing does' CODEC(ZSTD(1)),
    announced     UInt8 COMMENT '0 nothing was said about it, 1 its opening was, 2 its end was too',
    version       UInt64 COMMENT 'When the row was written, µs of the hub''s clock: the highest wins' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version)
PARTITION BY toYYYYMM(started_at)
ORDER BY (started_at, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What was or is wrong, one row per incident';

CREATE OR REPLACE TABLE incidents ON CLUSTER `poplar` AS incidents_local
ENGINE = Distributed('poplar', 'poplar', 'incidents_local', cityHash64(site));

CREATE TABLE IF NOT EXISTS notifications ON CLUSTER `poplar`
(
    id              String COMMENT 'Hash of incident, kind and receiver: receivers tell repetitions by it' CODEC(ZSTD(1)),
    incident        String COMMENT 'id of the incident' CODEC(ZSTD(1)),
    rule            LowCardinality(String) COMMENT 'Its rule',
    receiver        LowCardinality(String) COMMENT 'Name of the receiver in the hub''s configuration',
    kind            LowCardinality(String) COMMENT 'opened, closed or corrected',
    created_at      DateTime64(3, 'UTC') COMMENT 'Evaluation that wrote it, hub''s clock' CODEC(DoubleDelta, ZSTD(1)),
    body            String COMMENT 'What is sent, JSON; it never changes' CODEC(ZSTD(1)),
    fate            LowCardinality(String) COMMENT 'waiting, delivered or given_up',
    attempts        UInt32 COMMENT 'Deliveries that were tried' CODEC(ZSTD(1)),
    next_attempt_at DateTime64(3, 'UTC') COMMENT 'When the next one is due' CODEC(DoubleDelta, ZSTD(1)),
    settled_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was delivered or given up' CODEC(ZSTD(1)),
    error           String COMMENT 'Why the last attempt failed' CODEC(ZSTD(1)),
    version         UInt64 COMMENT 'Attempts; more than any number of them once it is settled, and delivered counts most: the highest wins' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}', version)
ORDER BY (id)
TTL toDateTime(created_at) + INTERVAL 90 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What was said about incidents, and whether it arrived';

CREATE TABLE IF NOT EXISTS alert_rule_states ON CLUSTER `poplar`
(
    rule          LowCardinality(String) COMMENT 'Name of the rule',
    evaluated_at  DateTime64(3, 'UTC') COMMENT 'Last evaluation, hub''s clock',
    duration_ms   Float64 COMMENT 'How long it took, ms',
    parts         UInt32 COMMENT 'Statements that it took: more than one where one met a limit',
    open          UInt32 COMMENT 'Incidents that are open',
    pending       UInt32 COMMENT 'Objects with a problem that does not last long enough yet',
    error         String COMMENT 'Why it failed; empty when it did not',
    failing_since Nullable(DateTime64(3, 'UTC')) COMMENT 'First of the evaluations that failed in a row',
    version       UInt64 COMMENT 'When the row was written, µs of the hub''s clock: the highest wins'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}', version)
ORDER BY (rule)
COMMENT 'How the rules fare: one row per rule';

-- 0014_create_retention_floors.sql

CREATE TABLE IF NOT EXISTS retention_floors ON CLUSTER `poplar`
(
    tier      LowCardinality(String) COMMENT 'What is kept equally long: raw, polls, rollup_5m, rollup_1h, rollup_1d or events',
    floor     DateTime('UTC') COMMENT 'Start of what is kept: rows before it are gone, or about to go. The latest counts',
    raised_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Server''s clock when it was put on record: partitions go some minutes later'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}', floor)
ORDER BY tier
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 16777216
COMMENT 'From when on rows of each tier are kept';

-- 0015_create_inventory.sql

CREATE TABLE IF NOT EXISTS interface_days_local ON CLUSTER `poplar`
(
    day        Date COMMENT 'Day, UTC',
    site       LowCardinality(String) COMMENT 'POP that the router belongs to',
    router     LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    interface  LowCardinality(String) COMMENT 'RouterOS interface name',
    agent      LowCardinality(String) COMMENT 'Agent that polled',
    type       LowCardinality(String) COMMENT 'RouterOS interface type: ether, wlan, bridge, vlan …',
    mac        UInt64 COMMENT '48-bit address; MACNumToString(mac) formats it; 0 when there is none' CODEC(ZSTD(1)),
    first_seen SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First poll of the day that listed it' CODEC(ZSTD(1)),
    last_seen  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last poll of the day that listed it' CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYear(day)
ORDER BY (site, router, interface, day, agent, type, mac)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which interface was seen on which days; read the view interface_inventory';

CREATE OR REPLACE TABLE interface_days ON CLUSTER `poplar` AS interface_days_local
ENGINE = Distributed('poplar', 'poplar', 'interface_days_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS interface_days_view ON CLUSTER `poplar` TO interface_days_local AS
SELECT toDate(ts) AS day, site, router, interface, agent, type, ifNull(mac, 0) AS mac, min(ts) AS first_seen, max(ts) AS last_seen
FROM interface_counters_local
GROUP BY day, site, router, interface, agent, type, mac;

CREATE TABLE IF NOT EXISTS router_days_local ON CLUSTER `poplar`
(
    day            Date COMMENT 'Day, UTC',
    site           LowCardinality(String) COMMENT 'POP that the router belongs to',
    router         LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    first_polled   SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First visit of the day' CODEC(ZSTD(1)),
    last_polled    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last visit of the day' CODEC(ZSTD(1)),
    first_answered SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First visit of the day that the router answered' CODEC(ZSTD(1)),
    last_answered  SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Last visit of the day that the router answered' CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYear(day)
ORDER BY (site, router, day)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which router was visited on which days; read the view router_inventory';

CREATE OR REPLACE TABLE router_days ON CLUSTER `poplar` AS router_days_local
ENGINE = Distributed('poplar', 'poplar', 'router_days_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS router_days_view ON CLUSTER `poplar` TO router_days_local AS
SELECT toDate(ts) AS day, site, router, min(ts) AS first_polled, max(ts) AS last_polled,
    min(if(outcome <= 2, ts, NULL)) AS first_answered, max(if(outcome <= 2, ts, NULL)) AS last_answered
FROM polls_local
GROUP BY day, site, router;

CREATE TABLE IF NOT EXISTS router_software_days_local ON CLUSTER `poplar`
(
    day          Date COMMENT 'Day, UTC',
    site         LowCardinality(String) COMMENT 'POP that the router belongs to',
    router       LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    version      LowCardinality(String) COMMENT 'RouterOS version, with its channel',
    board        LowCardinality(String) COMMENT 'Board name',
    architecture LowCardinality(String) COMMENT 'arm, arm64, mipsbe, tile, x86 …',
    first_seen   SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First poll of the day that read them' CODEC(ZSTD(1)),
    last_seen    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last poll of the day that read them' CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYear(day)
ORDER BY (site, router, day, version, board, architecture)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which RouterOS ran on which days; read the view router_inventory';

CREATE OR REPLACE TABLE router_software_days ON CLUSTER `poplar` AS router_software_days_local
ENGINE = Distributed('poplar', 'poplar', 'router_software_days_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS router_software_days_view ON CLUSTER `poplar` TO router_software_days_local AS
SELECT toDate(ts) AS day, site, router, version, board, architecture, min(ts) AS first_seen, max(ts) AS last_seen
FROM device_resources_local
GROUP BY day, site, router, version, board, architecture;

CREATE TABLE IF NOT EXISTS router_board_days_local ON CLUSTER `poplar`
(
    day              Date COMMENT 'Day, UTC',
    site             LowCardinality(String) COMMENT 'POP that the router belongs to',
    router           LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    serial           String COMMENT 'Serial number' CODEC(ZSTD(1)),
    model            LowCardinality(String) COMMENT 'Product code',
    revision         LowCardinality(String) COMMENT 'Hardware revision',
    current_firmware LowCardinality(String) COMMENT 'Firmware it runs',
    first_seen       SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First poll of the day that read them' CODEC(ZSTD(1)),
    last_seen        SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last poll of the day that read them' CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYear(day)
ORDER BY (site, router, day, serial, model, revision, current_firmware)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which board was there on which days; read the view router_inventory';

CREATE OR REPLACE TABLE router_board_days ON CLUSTER `poplar` AS router_board_days_local
ENGINE = Distributed('poplar', 'poplar', 'router_board_days_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS router_board_days_view ON CLUSTER `poplar` TO router_board_days_local AS
SELECT toDate(ts) AS day, site, router, serial, model, revision, current_firmware, min(ts) AS first_seen, max(ts) AS last_seen
FROM boards_local
GROUP BY day, site, router, serial, model, revision, current_firmware;

CREATE OR REPLACE VIEW router_inventory ON CLUSTER `poplar` AS
WITH
    software AS
    (
        SELECT site, router, argMax((version, board, architecture, version_first), (last, version)) AS newest, uniqExact(version) AS versions
        FROM
        (
            SELECT site, router, version, board, architecture, max(last_seen) AS last, min(min(first_seen)) OVER (PARTITION BY site, router, version) AS version_first
            FROM router_software_days
            WHERE day <= toDate(now64(3, 'UTC'))
            GROUP BY site, router, version, board, architecture
        )
        GROUP BY site, router
    ),
    hardware AS
    (
        SELECT site, router, argMax((serial, model, revision, firmware, serial_first), (last, serial)) AS newest, uniqExact(serial) AS serials
        FROM
        (
            SELECT site, router, serial, model, revision, current_firmware AS firmware, max(last_seen) AS last,
                min(min(first_seen)) OVER (PARTITION BY site, router, serial) AS serial_first
            FROM router_board_days
            WHERE day <= toDate(now64(3, 'UTC'))
            GROUP BY site, router, serial, model, revision, firmware
        )
        GROUP BY site, router
    ),
    visits AS
    (
        SELECT site, router, min(first_polled) AS polled_from, max(last_polled) AS polled_to, min(first_answered) AS answered_from, max(last_answered) AS answered_to
        FROM router_days
        WHERE day <= toDate(now64(3, 'UTC'))
        GROUP BY site, router
    )
SELECT visits.site AS site, visits.router AS router, visits.polled_from AS first_polled, visits.polled_to AS last_polled,
    visits.answered_from AS first_answered, visits.answered_to AS last_answered,
    hardware.newest.1 AS serial, hardware.newest.2 AS model, hardware.newest.3 AS revision, hardware.newest.4 AS firmware,
    software.newest.2 AS board, software.newest.3 AS architecture, software.newest.1 AS version,
    nullIf(software.newest.4, toDateTime64(0, 3, 'UTC')) AS version_since, nullIf(hardware.newest.5, toDateTime64(0, 3, 'UTC')) AS serial_since,
    software.versions AS versions, hardware.serials AS serials
FROM visits
LEFT JOIN software ON software.site = visits.site AND software.router = visits.router
LEFT JOIN hardware ON hardware.site = visits.site AND hardware.router = visits.router;

CREATE OR REPLACE VIEW interface_inventory ON CLUSTER `poplar` AS
SELECT site, router, interface, argMax(shown_type, (agent_last, shown_type)) AS type, nullIf(argMax(address, (agent_last, address)), 0) AS mac,
    min(agent_first) AS first_seen, max(agent_last) AS last_seen, max(agent_last = agent_newest AND agent_newest >= newest - INTERVAL 1 HOUR) AS is_present, uniqExactIf(address, address != 0) AS macs
FROM
(
    SELECT site, router, interface, agent, type AS shown_type, mac AS address, min(first_seen) AS agent_first, max(last_seen) AS agent_last,
        max(max(last_seen)) OVER (PARTITION BY site, router, agent) AS agent_newest, max(max(last_seen)) OVER (PARTITION BY site, router) AS newest
    FROM interface_days
    WHERE day <= toDate(now64(3, 'UTC'))
    GROUP BY site, router, interface, agent, shown_type, address
)
GROUP BY site, router, interface;

-- 0016_add_link_speeds.sql

CREATE TABLE IF NOT EXISTS link_speed_latest_local ON CLUSTER `poplar`
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    interface     LowCardinality(String) COMMENT 'RouterOS interface name',
    ts            DateTime64(3, 'UTC') COMMENT 'Time of the value',
    order_version UInt256 COMMENT 'The row with the highest stays: time in ms, then rank, then agent',
    rate_bps      Nullable(UInt64) COMMENT 'Speed of the link, bit/s; NULL without one'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', order_version)
ORDER BY (site, router, interface)
COMMENT 'Newest speed per port';

CREATE OR REPLACE TABLE link_speed_latest ON CLUSTER `poplar` AS link_speed_latest_local
ENGINE = Distributed('poplar', 'poplar', 'link_speed_latest_local', cityHash64(site));

CREATE MATERIALIZED VIEW IF NOT EXISTS link_speed_latest_view ON CLUSTER `poplar` TO link_speed_latest_local AS
SELECT site, router, interface, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    rate_bps
FROM ethernet_ports_local;

-- 0017_hasten_gaps.sql

CREATE OR REPLACE VIEW gaps ON CLUSTER `poplar` AS
WITH
    toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')}) AS range_from,
    toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}) AS range_to,
    range_from - 3600000 AS read_from,
    range_to + 3600000 AS read_to,
    least(range_to, toUnixTimestamp64Milli(now64(3, 'UTC'))) AS known_until,

    -- Visits of every router in order of time: (ms, outcome, interval, agent). Outcomes 1 and 2 are answers.
    visits AS
    (
        SELECT site, router, arraySort(visit -> (visit.1, visit.2, visit.4), arrayZip(groupArray(ms), groupArray(kind), groupArray(every), groupArray(by))) AS sorted
        FROM
        (
            SELECT site, router, toUnixTimestamp64Milli(ts) AS ms, toInt8(outcome) AS kind, interval_ms AS every, cityHash64(agent) AS by
            FROM polls FINAL
            WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(read_to, 'UTC')
                AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_to, 'UTC'))
            UNION ALL
            SELECT site, router,
                toUnixTimestamp64Milli(if(countIf(outcome <= 2) > 0, maxIf(ts, outcome <= 2), min(ts))) AS ms, toInt8(1) AS kind,
                argMax(interval_ms, (outcome <= 2, ts, agent)) AS every, cityHash64(argMax(agent, (outcome <= 2, ts, agent))) AS by
            FROM polls FINAL
            WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') - INTERVAL 31 DAY AND ts < fromUnixTimestamp64Milli(read_from, 'UTC')
                AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC') - INTERVAL 31 DAY)
                AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                AND (site, router) IN
                (
                    SELECT site, router FROM polls_latest
                    EXCEPT DISTINCT
                    SELECT site, router
                    FROM polls
                    WHERE outcome <= 2
                        AND ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(range_from, 'UTC')
                        AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                        AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_from, 'UTC'))
                )
            GROUP BY site, router
        )
        GROUP BY site, router
    ),

    -- A sample with the failed visits after it, up to the next sample. One that has none yet is open.
    islands AS
    (
        SELECT site, router, island, next_ms = 0 AS open, island[1].1 AS from_ms, if(open, known_until, next_ms) AS to_ms,
            2.5 * greatest(island[1].3, next_every) AS reach_ms
        FROM
        (
            SELECT site, router, arraySplit(visit -> visit.2 <= 2, sorted) AS split,
                arrayPushBack(arrayPopFront(arrayMap(island -> island[1].1, split)), 0) AS starts,
                arrayPushBack(arrayPopFront(arrayMap(island -> island[1].3, split)), 0) AS intervals
            FROM visits
        )
        ARRAY JOIN split AS island, starts AS next_ms, intervals AS next_every
        WHERE to_ms - from_ms > reach_ms AND to_ms > range_from AND from_ms < range_to
    ),
    found AS
    (
        SELECT site, router, open, from_ms, to_ms, reach_ms, island[1].4 AS by,
            arrayFilter(kind -> kind > 2, island.2) AS kinds,
            -- The kind that most of them have.
            arrayReverseSort(kind -> (countEqual(kinds, kind), kind), arrayDistinct(kinds))[1] AS kind,
            -- Of the time before nothing is read but the sample.
            greatest(from_ms, read_from) AS seen_from,
            arrayConcat([seen_from], arrayFilter(ms -> ms > seen_from AND ms < to_ms, island.1), [to_ms]) AS moments,
            arrayFilter(stretch -> stretch.2 - stretch.1 > reach_ms, arrayZip(arrayPopBack(moments), arrayPopFront(moments))) AS silences,
            arraySum(stretch -> stretch.2 - stretch.1, silences) AS silent_ms,
            arrayReverseSort(stretch -> stretch.2 - stretch.1, silences)[1] AS silence
        FROM islands
    ),

    -- Runs of agents, their polls in the order of their numbers: where these pause or skip numbers, (from, to, missing polls, what).
    runs AS
    (
        SELECT agent, epoch, max(interval_ms) * 2.5 AS reach_ms, toInt64(intDiv(min(rank), 4294967296)) * 1000 AS started_ms,
            arraySort(poll -> poll.1, arrayZip(groupArray(poll_number), groupArray(toUnixTimestamp64Milli(ts)))) AS numbered,
            arrayMin(numbered.2) AS first_ms, arrayMax(numbered.2) AS last_ms, toInt64(numbered[1].1) - 1 AS missing_first,
            started_ms >= read_from AS is_whole,
            -- A run begins with its first poll, or before it where that one is lost.
            if(missing_first > 0, least(started_ms, first_ms), first_ms) AS begun_ms,
            arrayConcat(
                arrayMap(
                    pair -> (least(pair.1.2, pair.2.2), greatest(pair.1.2, pair.2.2), toInt64(pair.2.1 - pair.1.1) - 1, 'stalled'),
                    arrayFilter(
                        pair -> pair.2.1 - pair.1.1 > 1 OR pair.2.2 - pair.1.2 > reach_ms,
                        arrayZip(arrayPopBack(numbered), arrayPopFront(numbered)))),
                if(is_whole AND missing_first > 0, [(begun_ms, first_ms, missing_first, 'stalled')], [])) AS breaks
        FROM polls FINAL
        WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(read_to, 'UTC')
            AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
            AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_to, 'UTC'))
        GROUP BY agent, epoch
    ),
    -- The same for agents, with the times before, between and after their runs.
    pauses AS
    (
        SELECT agent, arraySort(groupArray((first_ms, last_ms, begun_ms, is_whole))) AS by_time,
            arraySort(arrayFilter(pause -> pause.2 > pause.1, arrayConcat(
                groupArrayArray(breaks),
                [(read_from, by_time[1].1, toInt64(0), if(by_time[1].4, 'restarted', 'stalled'))],
                arrayMap(
                    (ended, begun) -> (ended.2, if(begun.3 > ended.2, begun.3, begun.1), toInt64(0), 'restarted'),
                    arrayPopBack(by_time), arrayPopFront(by_time)),
                [(arrayMax(by_time.2), known_until, toInt64(0), 'silent')]))) AS pauses
        FROM runs
        GROUP BY agent
    ),
    -- Skipped batches by the time of the last poll that was lost with them.
    skips AS
    (
        SELECT agent, groupUniqArray(10000)((sealed_ms, why)) AS skips
        FROM
        (
            SELECT agent, epoch, sequence, toUnixTimestamp64Milli(max(sealed_at)) AS sealed_ms, toString(argMax(reason, state)) AS why
            FROM batches
            WHERE received_at >= fromUnixTimestamp64Milli(read_from, 'UTC')
                AND (agent, epoch) IN (SELECT agent, epoch FROM batch_fates WHERE finalizeAggregation(skipped) > 0)
            GROUP BY agent, epoch, sequence
            HAVING max(state) = 0 AND sealed_ms >= read_from
        )
        GROUP BY agent
    ),
    agents AS
    (
        SELECT names.agent AS agent, cityHash64(agent) AS by, pauses.pauses AS pauses, skips.skips AS skips
        FROM (SELECT DISTINCT agent FROM polls_latest) AS names
        LEFT JOIN pauses ON pauses.agent = names.agent
        LEFT JOIN skips ON skips.agent = names.agent
    ),
    told AS
    (
        SELECT *,
            arrayFilter(pause -> pause.1 < silence.2 AND pause.2 > silence.1, pauses) AS inside,
            arrayFilter(skip -> skip.1 >= silence.1 AND skip.1 <= silence.2 + reach_ms, skips) AS lost,
            arrayFilter(pause -> pause.3 = 0 AND pause.2 - pause.1 > reach_ms, inside) AS quiet,
            -- An agent without a poll in all the time that was read was quiet throughout.
            if(empty(pauses), silence.2 - silence.1, arraySum(pause -> least(pause.2, silence.2) - greatest(pause.1, silence.1), quiet)) AS quiet_ms
        FROM found
        LEFT JOIN agents ON agents.by = found.by
    )
SELECT site, router,
    fromUnixTimestamp64Milli(from_ms, 'UTC') AS from_ts,
    fromUnixTimestamp64Milli(to_ms, 'UTC') AS to_ts,
    toUInt64(to_ms - from_ms) AS duration_ms,
    open,
    multiIf(
        silent_ms * 2 <= to_ms - seen_from, if(kind = 11, 'overrun', 'router'),
        notEmpty(lost), 'delivery',
        quiet_ms * 2 >= silence.2 - silence.1, 'agent',
        arraySum(inside.3) > 0, 'delivery',
        notEmpty(quiet), 'agent',
        'not_polled') AS cause,
    multiIf(
        cause IN ('router', 'overrun'),
            ['', '', 'refused', 'timeout', 'auth', 'closed', 'protocol', 'permission', 'tls', 'unreachable', 'overrun', 'max_sessions'][kind],
        cause = 'delivery', if(notEmpty(lost), arraySort(lost)[1].2, 'missing'),
        cause = 'agent', if(empty(quiet), 'silent', arrayReverseSort(pause -> pause.2 - pause.1, quiet)[1].4),
        '') AS detail,
    agent,
    toUInt32(length(kinds)) AS failed_polls,
    toUInt64(arraySum(inside.3)) AS missing_polls
FROM told;

-- 0018_see_in_turns.sql

DROP VIEW IF EXISTS interface_days_view ON CLUSTER `poplar`;

DROP VIEW IF EXISTS router_days_view ON CLUSTER `poplar`;

DROP VIEW IF EXISTS router_software_days_view ON CLUSTER `poplar`;

DROP VIEW IF EXISTS router_board_days_view ON CLUSTER `poplar`;

DROP VIEW IF EXISTS interface_mac_hours_view ON CLUSTER `poplar`;

DROP VIEW IF EXISTS radio_client_quarters_view ON CLUSTER `poplar`;

-- 0019_shorten_rollup_blocks.sql

ALTER TABLE interface_rollup_5m_local ON CLUSTER `poplar` MODIFY SETTING min_compress_block_size = 8192;

CREATE OR REPLACE TABLE interface_rollup_5m ON CLUSTER `poplar` AS interface_rollup_5m_local
ENGINE = Distributed('poplar', 'poplar', 'interface_rollup_5m_local', cityHash64(site));

-- 0020_shorten_rank_and_time.sql

ALTER TABLE interface_counters_local ON CLUSTER `poplar`
    MODIFY COLUMN rank CODEC(Delta, ZSTD(1)),
    MODIFY COLUMN ts CODEC(Delta, ZSTD(1));

CREATE OR REPLACE TABLE interface_counters ON CLUSTER `poplar` AS interface_counters_local
ENGINE = Distributed('poplar', 'poplar', 'interface_counters_local', cityHash64(site));
