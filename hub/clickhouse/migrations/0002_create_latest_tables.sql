-- Newest row per object, kept by views on insert: the highest order_version wins, whatever the order of the inserts. order_version
-- is the time in ms; of rows of the same ms (two agents on one router) either may stay. A row from the future stays until then:
-- readers take such objects from the raw tables. In polls_latest two agents on one router keep a row each.

CREATE TABLE IF NOT EXISTS polls_latest
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
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router, agent)
COMMENT 'Newest poll per router and agent';

CREATE MATERIALIZED VIEW IF NOT EXISTS polls_latest_view TO polls_latest AS
SELECT site, router, agent, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, toString(outcome) AS outcome, error, address, duration_us, interval_ms
FROM polls;

CREATE TABLE IF NOT EXISTS polls_answered_latest
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    ts            DateTime64(3, 'UTC') COMMENT 'Newest poll that the router answered',
    order_version UInt64 COMMENT 'Time of the row, ms'
)
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router)
COMMENT 'Newest answered poll per router';

CREATE MATERIALIZED VIEW IF NOT EXISTS polls_answered_latest_view TO polls_answered_latest AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version
FROM polls
WHERE outcome IN ('ok', 'partial');

CREATE TABLE IF NOT EXISTS device_latest
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
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router)
COMMENT 'Newest device values per router';

CREATE MATERIALIZED VIEW IF NOT EXISTS device_latest_view TO device_latest AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, uptime_ms, version, board, architecture, cpu_load_pct,
    memory_total_bytes, memory_free_bytes
FROM device_resources;

CREATE TABLE IF NOT EXISTS identity_latest
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    ts            DateTime64(3, 'UTC') COMMENT 'Time of the value',
    order_version UInt64 COMMENT 'Time of the row, ms',
    identity      String COMMENT 'Name that the router gives itself'
)
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router)
COMMENT 'Newest identity per router';

CREATE MATERIALIZED VIEW IF NOT EXISTS identity_latest_view TO identity_latest AS
SELECT site, router, ts, toUInt64(toUnixTimestamp64Milli(ts)) AS order_version, identity
FROM router_identities;

-- What batches says about each agent, so that nobody scans its history.

CREATE TABLE IF NOT EXISTS agents_latest
(
    agent           LowCardinality(String) COMMENT 'Agent that sealed the batch',
    received_at     DateTime64(3, 'UTC') COMMENT 'Hub''s clock',
    order_version   UInt64 COMMENT 'Time of reception, ms',
    sealed_at       DateTime64(3, 'UTC') COMMENT 'Agent''s clock',
    clock_offset_ms Nullable(Int64) COMMENT 'Hub clock minus agent clock, measured before sealing'
)
ENGINE = ReplacingMergeTree(order_version)
ORDER BY agent
COMMENT 'Newest stored batch per agent, without those whose sealing lies after their reception';

CREATE MATERIALIZED VIEW IF NOT EXISTS agents_latest_view TO agents_latest AS
SELECT agent, received_at, toUInt64(toUnixTimestamp64Milli(received_at)) AS order_version, sealed_at, clock_offset_ms
FROM batches
WHERE state = 2 AND sealed_at + toIntervalMillisecond(ifNull(clock_offset_ms, 0)) < received_at + toIntervalMinute(1);

CREATE TABLE IF NOT EXISTS batch_counts
(
    agent   LowCardinality(String) COMMENT 'Agent that sealed the batches',
    state   UInt8 COMMENT '2 stored, 1 rejected, 0 skipped',
    batches UInt64 COMMENT 'Rows put into batches; one that is put there again counts again'
)
ENGINE = SummingMergeTree
ORDER BY (agent, state)
COMMENT 'Batches per agent and fate, counted when they are put on record';

CREATE MATERIALIZED VIEW IF NOT EXISTS batch_counts_view TO batch_counts AS
SELECT agent, state, uniqExact(epoch, sequence) AS batches
FROM batches
GROUP BY agent, state;
