-- What there is and was: a row per thing and day (UTC) with the first and last poll of the day that showed it. Views on insert keep them, and
-- least and greatest are the same in any order and number of the rows, so what comes late or twice changes nothing. Days keep a clock that
-- ran ahead to the days it made up: readers leave out what lies in the future. What was stored before this migration is not in them.

CREATE TABLE IF NOT EXISTS interface_days
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
ENGINE = AggregatingMergeTree
PARTITION BY toYear(day)
ORDER BY (site, router, interface, day, agent, type, mac)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which interface was seen on which days; read the view interface_inventory';

CREATE MATERIALIZED VIEW IF NOT EXISTS interface_days_view TO interface_days AS
SELECT toDate(ts) AS day, site, router, interface, agent, type, ifNull(mac, 0) AS mac, min(ts) AS first_seen, max(ts) AS last_seen
FROM interface_counters
GROUP BY day, site, router, interface, agent, type, mac;

CREATE TABLE IF NOT EXISTS router_days
(
    day            Date COMMENT 'Day, UTC',
    site           LowCardinality(String) COMMENT 'POP that the router belongs to',
    router         LowCardinality(String) COMMENT 'Name of the router in the agent''s configuration',
    first_polled   SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First visit of the day' CODEC(ZSTD(1)),
    last_polled    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last visit of the day' CODEC(ZSTD(1)),
    first_answered SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))) COMMENT 'First visit of the day that the router answered' CODEC(ZSTD(1)),
    last_answered  SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))) COMMENT 'Last visit of the day that the router answered' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYear(day)
ORDER BY (site, router, day)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which router was visited on which days; read the view router_inventory';

CREATE MATERIALIZED VIEW IF NOT EXISTS router_days_view TO router_days AS
SELECT toDate(ts) AS day, site, router, min(ts) AS first_polled, max(ts) AS last_polled,
    min(if(outcome <= 2, ts, NULL)) AS first_answered, max(if(outcome <= 2, ts, NULL)) AS last_answered
FROM polls
GROUP BY day, site, router;

CREATE TABLE IF NOT EXISTS router_software_days
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
ENGINE = AggregatingMergeTree
PARTITION BY toYear(day)
ORDER BY (site, router, day, version, board, architecture)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which RouterOS ran on which days; read the view router_inventory';

CREATE MATERIALIZED VIEW IF NOT EXISTS router_software_days_view TO router_software_days AS
SELECT toDate(ts) AS day, site, router, version, board, architecture, min(ts) AS first_seen, max(ts) AS last_seen
FROM device_resources
GROUP BY day, site, router, version, board, architecture;

CREATE TABLE IF NOT EXISTS router_board_days
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
ENGINE = AggregatingMergeTree
PARTITION BY toYear(day)
ORDER BY (site, router, day, serial, model, revision, current_firmware)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which board was there on which days; read the view router_inventory';

CREATE MATERIALIZED VIEW IF NOT EXISTS router_board_days_view TO router_board_days AS
SELECT toDate(ts) AS day, site, router, serial, model, revision, current_firmware, min(ts) AS first_seen, max(ts) AS last_seen
FROM boards
GROUP BY day, site, router, serial, model, revision, current_firmware;

-- Every router that was ever visited, with what it is and since when. A version or board counts from the day on which it was seen first, also
-- when another one ran in between.
--
-- SELECT version, count() FROM router_inventory WHERE last_answered > now() - INTERVAL 7 DAY GROUP BY version ORDER BY version
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- first_polled: First visit
-- last_polled: Newest visit
-- first_answered: First visit that it answered; NULL when never
-- last_answered: Newest visit that it answered; NULL when never
-- serial: Serial number; empty when never read
-- model: Product code; empty when never read
-- revision: Hardware revision; empty when never read
-- firmware: RouterBOARD firmware; empty when never read
-- board: Board name; empty when never read
-- architecture: Processor architecture; empty when never read
-- version: RouterOS version; empty when never read
-- version_since: When this version was seen first; NULL when never read
-- serial_since: When this serial number was seen first; NULL when never read
-- versions: RouterOS versions that it ever ran
-- serials: Serial numbers that ever answered under the name: more than one is a replaced router
CREATE OR REPLACE VIEW router_inventory AS
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

-- Every interface that was ever listed, by its name.
--
-- SELECT router, interface, MACNumToString(assumeNotNull(mac)) AS mac, last_seen FROM interface_inventory WHERE site = 'fra1' AND NOT is_present
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- type: RouterOS interface type, as it was seen last
-- mac: 48-bit address, as it was seen last; NULL when it has none
-- first_seen: First poll that listed it
-- last_seen: Newest poll that listed it
-- is_present: 1 the newest poll that read the router's interfaces listed it; of several agents any of the last hour
-- macs: Addresses that it ever had
CREATE OR REPLACE VIEW interface_inventory AS
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
