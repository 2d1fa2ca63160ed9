-- Traffic of interfaces in buckets of 5 minutes, an hour and a day (hub/src/rollup), and what drives their making. A rollup is a function
-- of the set of stored rows: a bucket is made anew from all of them whenever one comes in, under a higher version, and never added to.
-- A bucket holds the moment of its end and not that of its start: what moved up to 12:05:00 belongs to the bucket of 12:00.
-- The key has the day before the port: a port's day is one range, and so is what a site's hours are made of.

CREATE TABLE IF NOT EXISTS interface_rollup_5m
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
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(bucket)
ORDER BY (site, toDate(bucket), router, interface, bucket)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Traffic of interfaces in five minutes, made from interface_counters; read the view interface_traffic_5m';

CREATE TABLE IF NOT EXISTS interface_rollup_1h
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
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(bucket)
ORDER BY (site, toDate(bucket), router, interface, bucket)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Traffic of interfaces in an hour, made from interface_rollup_5m; read the view interface_traffic_1h';

CREATE TABLE IF NOT EXISTS interface_rollup_1d
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
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYear(bucket)
ORDER BY (site, router, interface, bucket)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Traffic of interfaces in a day (UTC), made from interface_rollup_1h; read the view interface_traffic_1d';

CREATE TABLE IF NOT EXISTS rollup_marks
(
    site       LowCardinality(String) COMMENT 'POP of the rows',
    bucket     DateTime('UTC') COMMENT 'Five minutes that rows came in for: these, and what looks back on them for an hour, are to be made anew' CODEC(DoubleDelta, ZSTD(1)),
    marked_at  UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)) COMMENT 'When the mark was set or taken away, µs of the server''s clock: the newest counts' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted UInt8 DEFAULT 0 COMMENT '1 the mark is taken away'
)
ENGINE = ReplacingMergeTree(marked_at, is_deleted)
ORDER BY (site, bucket)
TTL toDateTime(intDiv(marked_at, 1000000), 'UTC') + INTERVAL 2 DAY DELETE WHERE is_deleted = 1
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What has come in and is not in the rollups yet';

CREATE TABLE IF NOT EXISTS leases
(
    name       LowCardinality(String) COMMENT 'Work that one hub at a time should do',
    holder     String COMMENT 'Process that does it',
    held_until DateTime64(3, 'UTC') COMMENT 'When another may take over',
    taken_at   UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)) COMMENT 'µs of the server''s clock: the newest counts'
)
ENGINE = ReplacingMergeTree(taken_at)
ORDER BY name
COMMENT 'Which hub does what all could do: it saves work, and nothing is wrong when two do it';
