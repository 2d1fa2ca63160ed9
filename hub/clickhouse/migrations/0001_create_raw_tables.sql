-- Raw tables: one per collector, plus polls (one row per visit) and batches (the fate of every sequence).
--
-- Identity is natural: (site, router, object, ts, agent). rank is a function of the batch's bytes, so that storing a batch
-- twice, late or through another hub leaves every FINAL answer as it was. Absent values are NULL, never 0.
-- fsync settings: an acknowledged row survives a power cut. Every time is UTC, so that a partition is a function of the key.

CREATE TABLE IF NOT EXISTS interface_counters
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Interface counters, from /interface/print';

CREATE TABLE IF NOT EXISTS device_resources
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'CPU, memory, flash and version, from /system/resource/print';

CREATE TABLE IF NOT EXISTS router_identities
(
    ts       DateTime64(3, 'UTC') COMMENT 'Start of the poll' CODEC(DoubleDelta, ZSTD(1)),
    site     LowCardinality(String) COMMENT 'POP that the router belongs to',
    router   LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    agent    LowCardinality(String) COMMENT 'Agent that polled',
    rank     UInt64 COMMENT 'Settles equal keys: seconds of the agent''s start, then sequence' CODEC(ZSTD(1)),
    identity LowCardinality(String) COMMENT 'Name that the router gives itself'
)
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Router names, from /system/identity/print';

CREATE TABLE IF NOT EXISTS radio_clients
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, interface, mac, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Associated wireless clients, from the registration tables';

CREATE TABLE IF NOT EXISTS polls
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Every visit to a router, also the failed ones';

-- Written last, after every row of the batch is confirmed: a row here with state 2 implies all of them.
CREATE TABLE IF NOT EXISTS batches
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
ENGINE = ReplacingMergeTree(state)
ORDER BY (agent, epoch, sequence)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Fate of every batch: the hub acknowledges from here';

CREATE TABLE IF NOT EXISTS dead_letters
(
    received_at  DateTime64(3, 'UTC') COMMENT 'Hub''s clock',
    agent        LowCardinality(String) COMMENT 'Agent that sent the batch',
    epoch        UInt64 COMMENT 'Process run of the agent',
    sequence     UInt64 COMMENT 'Position within the epoch',
    content_hash UInt64 COMMENT 'First 8 bytes of the payload''s SHA-256',
    reason       String COMMENT 'Why the batch was rejected',
    message      String COMMENT 'The whole Batch message, protobuf' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(received_at)
ORDER BY (agent, epoch, sequence, content_hash)
TTL toDateTime(received_at) + INTERVAL 60 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1
COMMENT 'Bytes of rejected batches, kept for replay';
