-- Transitions of everything (hub/src/events): a router that goes down, an interface that flaps, an agent that starts. Events are a function of
-- the set of stored rows: those of a range are made anew whenever rows come in for it, under a higher version. What is no transition any
-- more is taken away by a row with is_deleted = 1.

CREATE TABLE IF NOT EXISTS events
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
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(ts)
ORDER BY (site, toDate(ts), kind, router, object, ts)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Transitions of routers, interfaces, links, clients and agents, with cause and duration';

CREATE TABLE IF NOT EXISTS event_marks
(
    site       LowCardinality(String) COMMENT 'POP of the rows',
    bucket     DateTime('UTC') COMMENT 'Five minutes that rows came in for: events of these, and of what looks back on them, are to be made anew' CODEC(DoubleDelta, ZSTD(1)),
    marked_at  UInt64 DEFAULT toUnixTimestamp64Micro(now64(6)) COMMENT 'When the mark was set or taken away, µs of the server''s clock: the newest counts' CODEC(DoubleDelta, ZSTD(1)),
    is_deleted UInt8 DEFAULT 0 COMMENT '1 the mark is taken away'
)
ENGINE = ReplacingMergeTree(marked_at, is_deleted)
ORDER BY (site, bucket)
TTL toDateTime(intDiv(marked_at, 1000000), 'UTC') + INTERVAL 2 DAY DELETE WHERE is_deleted = 1
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What has come in and was not looked at for events yet';

-- The writer marks what comes in once, for rollups and events.
CREATE MATERIALIZED VIEW IF NOT EXISTS event_marks_view TO event_marks AS
SELECT site, bucket, marked_at, is_deleted
FROM rollup_marks
WHERE is_deleted = 0;

-- Events of a range, with how long the state before had lasted: where the event itself does not know, since the event that began it, if that is
-- at most 31 days older than the range.
--
-- SELECT ts, router, lasted_ms / 60000 AS minutes FROM event_log(from = '2026-01-01 00:00:00', to = '2026-01-02 00:00:00') WHERE kind = 'router_state' AND old = 'down' -- UTC
--
-- ts: Start of the poll that shows the transition
-- site: POP that the router belongs to
-- kind: What changed: router_state, router_rebooted, interface_state …; docs/events.md has them all
-- router: Name of the router in the agent's configuration; empty when it is not about one
-- object: What of the router: an interface, a MAC address, an agent; empty for the router itself
-- old: State or value before; empty when there was none
-- new: State or value since then
-- cause: Why, as far as the rows tell; empty when they do not
-- detail: JSON object with what else there is to know
-- lasted_ms: How long old had lasted, ms; NULL when unknown
CREATE OR REPLACE VIEW event_log AS
SELECT ts, site, kind, router, object, old, new, cause, detail,
  coalesce(known_ms, if(old = '' OR old = new OR began_ms = 0, NULL, toUInt64(toUnixTimestamp64Milli(ts) - began_ms))) AS lasted_ms
FROM (
  SELECT ts, site, kind, router, object, old, new, cause, detail, lasted_ms AS known_ms,
    lagInFrame(toUnixTimestamp64Milli(ts)) OVER (PARTITION BY site, kind, router, object ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS began_ms
  FROM events FINAL
  WHERE ts >= {from:DateTime64(3, 'UTC')} - toIntervalDay(31) AND ts < {to:DateTime64(3, 'UTC')}
    AND toDate(ts) >= toDate({from:DateTime64(3, 'UTC')} - toIntervalDay(31)) AND toDate(ts) <= toDate({to:DateTime64(3, 'UTC')}))
WHERE ts >= {from:DateTime64(3, 'UTC')};
