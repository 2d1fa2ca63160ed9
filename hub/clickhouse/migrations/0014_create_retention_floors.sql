-- How far back rows are kept (hub.yaml, retention). The hub drops whole partitions that end before a tier's floor. Floors only rise: once
-- rows are gone, a longer retention brings none back, and what is made from them must not be made anew from what came in late.

CREATE TABLE IF NOT EXISTS retention_floors
(
    tier      LowCardinality(String) COMMENT 'What is kept equally long: raw, polls, rollup_5m, rollup_1h, rollup_1d or events',
    floor     DateTime('UTC') COMMENT 'Start of what is kept: rows before it are gone, or about to go. The latest counts',
    raised_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Server''s clock when it was put on record: partitions go some minutes later'
)
ENGINE = ReplacingMergeTree(floor)
ORDER BY tier
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 16777216
COMMENT 'From when on rows of each tier are kept';
