-- Which of two rows with the same identity stays is a function of the rows, never of which came last: a batch that is put on record
-- again keeps its first times, and of two polls of the same moment the latest tables keep the one that the raw tables keep.
--
-- Every statement can run again, also between those of another hub. What another hub puts on record in the milliseconds in which a
-- table is replaced may be missing from it afterwards: the rows of batches, or the newest values until the next poll. No sample is.

-- batches: the higher state, then the earliest stored_at, received_at, then the lowest content hash.
ALTER TABLE batches
    ADD COLUMN IF NOT EXISTS version UInt256 MATERIALIZED
        bitOr(bitOr(bitShiftLeft(toUInt256(state), 192), bitShiftLeft(toUInt256(281474976710656 - toUnixTimestamp64Milli(stored_at)), 128)),
            bitOr(bitShiftLeft(toUInt256(281474976710656 - toUnixTimestamp64Milli(received_at)), 64), toUInt256(bitNot(content_hash))))
        COMMENT 'The row with the highest stays: the higher state, then the earliest stored_at, then received_at' CODEC(ZSTD(1));

-- The same parts under another engine: nothing is copied.
CREATE OR REPLACE TABLE batches CLONE AS batches
ENGINE = ReplacingMergeTree(version)
ORDER BY (agent, epoch, sequence)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Fate of every batch: the hub acknowledges from here';

-- Sequences per run, as sets: one that is put on record again counts once.
CREATE TABLE IF NOT EXISTS batch_fates
(
    agent    LowCardinality(String) COMMENT 'Agent that sealed the batches',
    epoch    UInt64 COMMENT 'Process run of the agent',
    stored   AggregateFunction(groupBitmap, UInt64) COMMENT 'Sequences that were put on record as stored',
    rejected AggregateFunction(groupBitmap, UInt64) COMMENT 'As rejected; those that are stored too count as stored',
    skipped  AggregateFunction(groupBitmap, UInt64) COMMENT 'As skipped; those that are stored or rejected too count as that'
)
ENGINE = AggregatingMergeTree
ORDER BY (agent, epoch)
COMMENT 'Which batches of each run of an agent have which fate';

CREATE MATERIALIZED VIEW IF NOT EXISTS batch_fates_view TO batch_fates AS
SELECT agent, epoch, groupBitmapStateIf(sequence, state = 2) AS stored, groupBitmapStateIf(sequence, state = 1) AS rejected,
    groupBitmapStateIf(sequence, state = 0) AS skipped
FROM batches
GROUP BY agent, epoch;

INSERT INTO batch_fates
SELECT agent, epoch, groupBitmapStateIf(sequence, state = 2), groupBitmapStateIf(sequence, state = 1), groupBitmapStateIf(sequence, state = 0)
FROM batches
GROUP BY agent, epoch;

DROP VIEW IF EXISTS batch_counts_view;

DROP TABLE IF EXISTS batch_counts;

-- The latest tables: order_version is now the time, then the rank, then the agent. Rows that are there have no rank, and give way.
CREATE OR REPLACE TABLE polls_latest
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
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router, agent)
COMMENT 'Newest poll per router and agent'
AS SELECT site, router, agent, ts, bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128) AS order_version, outcome, error, address,
    duration_us, interval_ms
FROM polls_latest FINAL;

ALTER TABLE polls_latest_view MODIFY QUERY
SELECT site, router, agent, ts, bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)) AS order_version,
    toString(outcome) AS outcome, error, address, duration_us, interval_ms
FROM polls;

CREATE OR REPLACE TABLE device_latest
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
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router)
COMMENT 'Newest device values per router'
AS SELECT site, router, ts, bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128) AS order_version, uptime_ms, version, board, architecture,
    cpu_load_pct, memory_total_bytes, memory_free_bytes
FROM device_latest FINAL;

ALTER TABLE device_latest_view MODIFY QUERY
SELECT site, router, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    uptime_ms, version, board, architecture, cpu_load_pct, memory_total_bytes, memory_free_bytes
FROM device_resources;

CREATE OR REPLACE TABLE identity_latest
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    ts            DateTime64(3, 'UTC') COMMENT 'Time of the value',
    order_version UInt256 COMMENT 'The row with the highest stays: time in ms, then rank, then agent',
    identity      String COMMENT 'Name that the router gives itself'
)
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router)
COMMENT 'Newest identity per router'
AS SELECT site, router, ts, bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128) AS order_version, identity
FROM identity_latest FINAL;

ALTER TABLE identity_latest_view MODIFY QUERY
SELECT site, router, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    identity
FROM router_identities;

CREATE OR REPLACE TABLE board_latest
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
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router)
COMMENT 'Newest board per router'
AS SELECT site, router, ts, bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128) AS order_version, board, routerboard, model, revision, serial,
    factory_firmware, current_firmware, upgrade_firmware
FROM board_latest FINAL;

ALTER TABLE board_latest_view MODIFY QUERY
SELECT site, router, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    board, routerboard, model, revision, serial, factory_firmware, current_firmware, upgrade_firmware
FROM boards;

-- Of agents the newest batch is the one that was sealed last, on the hub's clock: one that is received again is no newer.
CREATE OR REPLACE TABLE agents_latest
(
    agent           LowCardinality(String) COMMENT 'Agent that sealed the batch',
    received_at     DateTime64(3, 'UTC') COMMENT 'Hub''s clock, when the batch first came',
    order_version   UInt256 COMMENT 'The row with the highest stays: time of sealing in ms on the hub''s clock, then the earliest reception',
    sealed_at       DateTime64(3, 'UTC') COMMENT 'Agent''s clock',
    clock_offset_ms Nullable(Int64) COMMENT 'Hub clock minus agent clock, measured before sealing'
)
ENGINE = ReplacingMergeTree(order_version)
ORDER BY agent
COMMENT 'Newest stored batch per agent, without those whose sealing lies after their reception'
AS SELECT agent, received_at,
    bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(sealed_at) + ifNull(clock_offset_ms, 0)), 128),
        toUInt256(281474976710656 - toUnixTimestamp64Milli(received_at))) AS order_version,
    sealed_at, clock_offset_ms
FROM agents_latest FINAL;

ALTER TABLE agents_latest_view MODIFY QUERY
SELECT agent, received_at,
    bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(sealed_at) + ifNull(clock_offset_ms, 0)), 128),
        toUInt256(281474976710656 - toUnixTimestamp64Milli(received_at))) AS order_version,
    sealed_at, clock_offset_ms
FROM batches
WHERE state = 2 AND sealed_at + toIntervalMillisecond(ifNull(clock_offset_ms, 0)) < received_at + toIntervalMinute(1);
