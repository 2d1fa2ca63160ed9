-- The speed of every port as it was read last, so that what moves now is not taken for more than its link carries: one row per port instead of
-- the readings of an hour.

CREATE TABLE IF NOT EXISTS link_speed_latest
(
    site          LowCardinality(String) COMMENT 'POP that the router belongs to',
    router        LowCardinality(String) COMMENT 'Name of the router',
    interface     LowCardinality(String) COMMENT 'RouterOS interface name',
    ts            DateTime64(3, 'UTC') COMMENT 'Time of the value',
    order_version UInt256 COMMENT 'The row with the highest stays: time in ms, then rank, then agent',
    rate_bps      Nullable(UInt64) COMMENT 'Speed of the link, bit/s; NULL without one'
)
ENGINE = ReplacingMergeTree(order_version)
ORDER BY (site, router, interface)
COMMENT 'Newest speed per port';

CREATE MATERIALIZED VIEW IF NOT EXISTS link_speed_latest_view TO link_speed_latest AS
SELECT site, router, interface, ts,
    bitOr(bitOr(bitShiftLeft(toUInt256(toUnixTimestamp64Milli(ts)), 128), bitShiftLeft(toUInt256(rank), 64)), toUInt256(cityHash64(agent))) AS order_version,
    rate_bps
FROM ethernet_ports;
