-- What rules found (hub/src/alerts): incidents, what was said about them to whom, and how the rules themselves fare. The id of an incident is
-- a function of its rule, its object and the time of the value that it began with, so that two hubs that find the same write the same row.

CREATE TABLE IF NOT EXISTS incidents
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
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(started_at)
ORDER BY (started_at, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What was or is wrong, one row per incident';

CREATE TABLE IF NOT EXISTS notifications
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
ENGINE = ReplacingMergeTree(version)
ORDER BY (id)
TTL toDateTime(created_at) + INTERVAL 90 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'What was said about incidents, and whether it arrived';

CREATE TABLE IF NOT EXISTS alert_rule_states
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
ENGINE = ReplacingMergeTree(version)
ORDER BY (rule)
COMMENT 'How the rules fare: one row per rule';
