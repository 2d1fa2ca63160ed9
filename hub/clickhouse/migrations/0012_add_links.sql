-- Who was seen where, and when first and last: what tells a wireless client that is a router, and a link that is down from one that never
-- was, without reading days of samples. Kept by views on insert. A row holds the earliest and latest time of a key, so that it is a function of the
-- set of stored samples. Of samples that were there before, those of two days are taken over.

CREATE TABLE IF NOT EXISTS interface_mac_hours
(
    hour      DateTime('UTC') COMMENT 'Start of the hour' CODEC(DoubleDelta, ZSTD(1)),
    mac       UInt64 COMMENT '48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    site      LowCardinality(String) COMMENT 'POP that the router belongs to',
    router    LowCardinality(String) COMMENT 'Router that has an interface with the address',
    interface LowCardinality(String) COMMENT 'RouterOS interface name',
    type      LowCardinality(String) COMMENT 'RouterOS interface type',
    first_ts  SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First poll of the hour that saw it' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, mac, site, router, interface, type)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which router had which hardware address in which hour; not of bridges, VLANs and the like, which share one with a port';

-- Addresses of nobody, of groups and of virtual routers tell no router.
CREATE MATERIALIZED VIEW IF NOT EXISTS interface_mac_hours_view TO interface_mac_hours AS
SELECT toStartOfHour(ts) AS hour, assumeNotNull(mac) AS mac, site, router, interface, type, min(ts) AS first_ts
FROM interface_counters
WHERE ifNull(mac, 0) != 0 AND bitTest(assumeNotNull(mac), 40) = 0 AND bitShiftRight(assumeNotNull(mac), 16) != 0x00005E00
    AND type NOT IN ('bridge', 'vlan', 'vrrp', 'bond', 'macvlan', 'vxlan', 'eoip', 'loopback')
GROUP BY hour, mac, site, router, interface, type;

INSERT INTO interface_mac_hours
SELECT toStartOfHour(ts) AS hour, assumeNotNull(mac) AS mac, site, router, interface, type, min(ts) AS first_ts
FROM interface_counters
WHERE ts >= now64(3, 'UTC') - INTERVAL 2 DAY AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 2 DAY)
    AND ifNull(mac, 0) != 0 AND bitTest(assumeNotNull(mac), 40) = 0 AND bitShiftRight(assumeNotNull(mac), 16) != 0x00005E00
    AND type NOT IN ('bridge', 'vlan', 'vrrp', 'bond', 'macvlan', 'vxlan', 'eoip', 'loopback')
GROUP BY hour, mac, site, router, interface, type;

CREATE TABLE IF NOT EXISTS radio_client_quarters
(
    quarter  DateTime('UTC') COMMENT 'Start of the quarter of an hour' CODEC(DoubleDelta, ZSTD(1)),
    site     LowCardinality(String) COMMENT 'POP that the access point belongs to',
    router   LowCardinality(String) COMMENT 'Access point: name of the router in the agent''s configuration',
    mac      UInt64 COMMENT 'The client''s 48-bit address; MACNumToString(mac) formats it' CODEC(ZSTD(1)),
    first_ts SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'First poll of the quarter that found it registered' CODEC(DoubleDelta, ZSTD(1)),
    last_ts  SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'Last such poll' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(quarter)
ORDER BY (quarter, site, router, mac)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_free_disk_bytes_to_perform_insert = 268435456
COMMENT 'Which wireless clients were registered at which access point in which quarter of an hour';

CREATE MATERIALIZED VIEW IF NOT EXISTS radio_client_quarters_view TO radio_client_quarters AS
SELECT toStartOfInterval(ts, INTERVAL 15 MINUTE) AS quarter, site, router, mac, min(ts) AS first_ts, max(ts) AS last_ts
FROM radio_clients
GROUP BY quarter, site, router, mac;

INSERT INTO radio_client_quarters
SELECT toStartOfInterval(ts, INTERVAL 15 MINUTE) AS quarter, site, router, mac, min(ts) AS first_ts, max(ts) AS last_ts
FROM radio_clients
WHERE ts >= now64(3, 'UTC') - INTERVAL 2 DAY AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 2 DAY)
GROUP BY quarter, site, router, mac;

-- Wireless links as their newest transitions show them, with the values of the last minutes: an access point's client that has the address of another
-- router. Stale ones are there for a week. What an access point says that was not polled for a while is unknown.
--
-- SELECT site, router, cpe, state, since, cause, signal_dbm FROM links_now WHERE state != 'active' ORDER BY since
--
-- site: POP of the access point
-- router: Access point: name of the router in the agent's configuration
-- mac: The client's address there, AA:BB:CC:DD:EE:FF
-- cpe_site: POP of the router that has the address; empty while several have it
-- cpe: That router
-- cpe_interface: Its radio
-- interface: The access point's radio; empty when the transition was not seen there
-- state: discovered, active, degraded, down, stale or unknown
-- since: Time of the transition; of the newest poll of an access point that is polled no more
-- cause: Why: docs/links.md has them all
-- ts: Newest reading of the last quarter of an hour that found it registered; NULL when none did
-- signal_dbm: Signal at the access point then, dBm
-- snr_db: Signal to noise, dB
-- tx_ccq_pct: Connection quality towards the client, percent
CREATE OR REPLACE VIEW links_now AS
SELECT last.site AS site, last.router AS router, last.mac AS mac, JSONExtractString(detail, 'cpe_site') AS cpe_site, JSONExtractString(detail, 'cpe') AS cpe,
    JSONExtractString(detail, 'cpe_interface') AS cpe_interface, if(seen.mac != '', seen.interface, JSONExtractString(detail, 'interface')) AS interface,
    if(is_silent AND last.state != 'stale', 'unknown', last.state) AS state, if(is_silent AND last.state != 'stale', polled_at, last.since) AS since,
    if(is_silent AND last.state != 'stale', 'agent_silent', last.cause) AS cause,
    nullIf(seen.ts, toDateTime64(0, 3, 'UTC')) AS ts, seen.signal_dbm AS signal_dbm, seen.snr_db AS snr_db, seen.tx_ccq_pct AS tx_ccq_pct
FROM
(
    SELECT site, router, object AS mac, new AS state, cause, detail, ts AS since
    FROM events FINAL
    WHERE kind = 'link_state' AND ts > now64(3, 'UTC') - INTERVAL 31 DAY AND ts <= now64(3, 'UTC') + INTERVAL 1 MINUTE
    ORDER BY ts DESC
    LIMIT 1 BY site, router, object
) AS last
LEFT JOIN
(
    SELECT site, router, max(ts) AS polled_at, polled_at < now64(3, 'UTC') - toIntervalMillisecond(max(greatest(3 * interval_ms, interval_ms + 15000))) AS is_silent
    FROM polls_latest FINAL
    GROUP BY site, router
) AS polled ON polled.site = last.site AND polled.router = last.router
LEFT JOIN
(
    SELECT site, router, MACNumToString(mac) AS mac, ts, interface, signal_dbm, snr_db, tx_ccq_pct
    FROM radio_clients FINAL
    WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
    ORDER BY ts DESC, agent, interface
    LIMIT 1 BY site, router, mac
) AS seen ON seen.site = last.site AND seen.router = last.router AND seen.mac = last.mac
WHERE last.state != 'stale' OR last.since > now64(3, 'UTC') - INTERVAL 7 DAY;

-- Transitions of wireless links in a range, with how long the state before had lasted.
--
-- SELECT * FROM link_transitions(from = '2026-01-01 00:00:00', to = '2026-01-02 00:00:00') WHERE cause = 'signal' ORDER BY ts -- UTC
--
-- ts: Start of the poll that shows it
-- site: POP of the access point
-- router: Access point: name of the router in the agent's configuration
-- mac: The client's address there, AA:BB:CC:DD:EE:FF
-- cpe_site: POP of the router that has the address
-- cpe: That router
-- cpe_interface: Its radio
-- interface: The access point's radio; empty when it was not seen there
-- old: State before; empty when there was none, unknown when nobody looked for a quarter of an hour
-- new: State since then
-- cause: Why: docs/links.md has them all
-- lasted_ms: How long the state before had lasted, ms; NULL when it began more than a month before the range
-- signal_dbm: Signal at the access point then, dBm; NULL when it was not registered
-- snr_db: Signal to noise, dB
-- tx_ccq_pct: Connection quality towards the client, percent
-- roamed_to: Site, access point and radio where it was then, when it had roamed
CREATE OR REPLACE VIEW link_transitions AS
SELECT ts, site, router, object AS mac, JSONExtractString(detail, 'cpe_site') AS cpe_site, JSONExtractString(detail, 'cpe') AS cpe,
    JSONExtractString(detail, 'cpe_interface') AS cpe_interface, JSONExtractString(detail, 'interface') AS interface, old, new, cause, lasted AS lasted_ms,
    JSONExtract(detail, 'signal_dbm', 'Nullable(Int32)') AS signal_dbm, JSONExtract(detail, 'snr_db', 'Nullable(Int32)') AS snr_db,
    JSONExtract(detail, 'tx_ccq_pct', 'Nullable(UInt32)') AS tx_ccq_pct, JSONExtractString(detail, 'roamed_to') AS roamed_to
FROM
(
    SELECT *, lagInFrame(new) OVER before AS new_before, toUnixTimestamp64Milli(lagInFrame(ts) OVER before) AS ms_before,
        ifNull(lasted_ms, if(ms_before > 0 AND new_before = old, toNullable(toUInt64(toUnixTimestamp64Milli(ts) - ms_before)), NULL)) AS lasted
    FROM events FINAL
    WHERE kind = 'link_state' AND ts >= {from:DateTime64(3, 'UTC')} - INTERVAL 31 DAY AND ts < {to:DateTime64(3, 'UTC')}
    WINDOW before AS (PARTITION BY site, router, object ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE ts >= {from:DateTime64(3, 'UTC')};
