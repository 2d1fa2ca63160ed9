-- What a router is made of: sensors, board, cores, packages; and the fast path's part of an interface's traffic.
-- polls and batches count the new tables' rows; rows from before have none.

CREATE TABLE IF NOT EXISTS sensors
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, sensor, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Voltages, temperatures, fans and power supplies, from /system/health/print';

CREATE TABLE IF NOT EXISTS boards
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Model, serial number and firmware, from /system/routerboard/print';

CREATE TABLE IF NOT EXISTS cpu_cores
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, cpu, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Load of every core, from /system/resource/cpu/print';

CREATE TABLE IF NOT EXISTS packages
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, package, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'RouterOS packages, from /system/package/print';

CREATE TABLE IF NOT EXISTS package_updates
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What routers know about updates, from /system/package/update/print';

ALTER TABLE interface_counters
    ADD COLUMN IF NOT EXISTS fp_rx_bytes Nullable(UInt64) COMMENT 'Bytes received over the fast path' CODEC(Delta, T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fp_tx_bytes Nullable(UInt64) COMMENT 'Bytes sent over the fast path' CODEC(Delta, T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fp_rx_packets Nullable(UInt64) COMMENT 'Packets received over the fast path' CODEC(Delta, T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS fp_tx_packets Nullable(UInt64) COMMENT 'Packets sent over the fast path' CODEC(Delta, T64, ZSTD(1));

ALTER TABLE polls
    ADD COLUMN IF NOT EXISTS sensor_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in sensors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS board_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in boards' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS cpu_core_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in cpu_cores' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in packages' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_update_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in package_updates' CODEC(ZSTD(1));

ALTER TABLE batches
    ADD COLUMN IF NOT EXISTS sensor_rows UInt32 DEFAULT 0 COMMENT 'Rows in sensors' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS board_rows UInt32 DEFAULT 0 COMMENT 'Rows in boards' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS cpu_core_rows UInt32 DEFAULT 0 COMMENT 'Rows in cpu_cores' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_rows UInt32 DEFAULT 0 COMMENT 'Rows in packages' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS package_update_rows UInt32 DEFAULT 0 COMMENT 'Rows in package_updates' CODEC(ZSTD(1));

CREATE TABLE IF NOT EXISTS board_latest
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
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router)
COMMENT 'Newest board per router';

CREATE MATERIALIZED VIEW IF NOT EXISTS board_latest_view TO board_latest AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, board, routerboard, model, revision, serial,
    factory_firmware, current_firmware, upgrade_firmware
FROM boards;
