-- How far the clocks of routers are off, from /system/clock/print. The times of all rows are the agents' clocks, never the routers'.

CREATE TABLE IF NOT EXISTS router_clocks
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
ENGINE = ReplacingMergeTree(rank)
PARTITION BY toDate(ts)
ORDER BY (toStartOfHour(ts), site, router, ts, agent)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Clocks of routers against those of their agents, from /system/clock/print';

ALTER TABLE polls
    ADD COLUMN IF NOT EXISTS router_clock_rows UInt32 DEFAULT 0 COMMENT 'Rows of this poll in router_clocks' CODEC(ZSTD(1)),
    MODIFY COLUMN IF EXISTS collectors Array(String) ALIAS arrayMap(n -> [
        'interface', 'resource', 'radio_clients', 'sensors', 'cpu_cores', 'identity', 'boards', 'packages', 'package_update',
        'ethernet', 'poe', 'radios', 'modems', 'w60g', 'neighbors', 'dhcp_leases', 'ppp_sessions', 'routes', 'connections',
        'arp', 'queues', 'bgp', 'ospf', 'netwatch', 'clock'
    ][n], bitPositionsToArray(ifNull(answered_collectors, 0))) COMMENT 'The same as names of collectors';

ALTER TABLE batches
    ADD COLUMN IF NOT EXISTS router_clock_rows UInt32 DEFAULT 0 COMMENT 'Rows in router_clocks' CODEC(ZSTD(1));
