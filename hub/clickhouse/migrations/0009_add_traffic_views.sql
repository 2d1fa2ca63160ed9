-- Views for analysts: names and columns stay. Times are UTC; rates are bit/s, volumes bytes.

-- What interfaces moved between consecutive samples of one agent and one baseline: resets, gaps, and steps that the link could not carry are
-- left out. Where two agents poll a router, the one that covers most of each five minutes counts, and the other where that one has nothing.
--
-- SELECT * FROM interface_rates(from = '2026-01-01 00:00:00', to = '2026-01-01 01:00:00') WHERE site = 'fra1' AND router = 'r0001' -- UTC
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- from_ts: Sample before
-- to_ts: Sample; after from, up to to
-- duration_ms: Time between the two, ms
-- rx_bytes: Bytes received; NULL when not reported or not to be believed
-- tx_bytes: Bytes sent
-- rx_bps: Received, bit/s
-- tx_bps: Sent, bit/s
CREATE OR REPLACE VIEW interface_rates AS
WITH
  toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')}) AS asked_from,
  intDiv(asked_from, 300000) * 300000 AS range_from,
  toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}) AS range_to,
  cadences AS (
    SELECT site, router, agent, intDiv(toUnixTimestamp64Milli(ts) - 1, 300000) * 300000 AS polled_ms, max(interval_ms) AS every_ms,
      countIf(outcome IN ('ok', 'partial')) AS answered, countIf(interface_rows > 0) AS with_interfaces
    FROM polls FINAL
    WHERE ts > fromUnixTimestamp64Milli(range_from - 3600000, 'UTC') AND ts <= fromUnixTimestamp64Milli(range_to, 'UTC')
      AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(range_from - 3600000, 'UTC')) AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_to, 'UTC'))
    GROUP BY site, router, agent, polled_ms),
  reaches AS (
    SELECT site, router, bucket_ms, count() AS agents,
      toInt64(2.5 * max(every_ms * if(with_interfaces > 0, greatest(1, floor(answered / with_interfaces + 0.5)), 1))) AS reach_ms
    FROM (
      SELECT site, router, agent, bucket_ms, max(every_ms) AS every_ms, sum(answered) AS answered, sum(with_interfaces) AS with_interfaces
      FROM cadences ARRAY JOIN range(polled_ms, polled_ms + 3600000 + 1, 300000) AS bucket_ms
      WHERE bucket_ms >= range_from AND bucket_ms < range_to
      GROUP BY site, router, agent, bucket_ms)
    GROUP BY site, router, bucket_ms),
  speeds AS (
    SELECT site, router, interface, toUnixTimestamp64Milli(ts) AS ms, max(ifNull(rate_bps, 0)) AS bps
    FROM ethernet_ports FINAL
    WHERE ts > fromUnixTimestamp64Milli(range_from - 3600000, 'UTC') AND ts <= fromUnixTimestamp64Milli(range_to + 120000, 'UTC')
      AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(range_from - 3600000, 'UTC')) AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_to + 120000, 'UTC'))
    GROUP BY site, router, interface, ms),
  pairs AS (
    SELECT site, router, interface, agent, baseline, toUnixTimestamp64Milli(ts) AS ms, intDiv(ms - 1, 300000) * 300000 AS bucket_ms, rx_bytes, tx_bytes,
      lagInFrame(ms) OVER run AS start_ms, lagInFrame(rx_bytes) OVER run AS previous_rx_bytes, lagInFrame(tx_bytes) OVER run AS previous_tx_bytes,
      lagInFrame(ms) OVER same_agent AS agent_ms, lagInFrame(rx_bytes) OVER same_agent AS agent_rx, lagInFrame(tx_bytes) OVER same_agent AS agent_tx
    FROM interface_counters FINAL
    WHERE ts > fromUnixTimestamp64Milli(range_from - 3600000, 'UTC') AND ts <= fromUnixTimestamp64Milli(range_to, 'UTC')
      AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(range_from - 3600000, 'UTC')) AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_to, 'UTC'))
    WINDOW run AS (PARTITION BY site, router, interface, agent, baseline ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
      same_agent AS (PARTITION BY site, router, interface, agent ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
  timed AS (
    SELECT pairs.site AS site, pairs.router AS router, pairs.interface AS interface, agent, baseline, pairs.bucket_ms AS bucket_ms,
      start_ms, pairs.ms AS ms, rx_bytes, tx_bytes, previous_rx_bytes, previous_tx_bytes, agent_ms, agent_rx, agent_tx,
      reach_ms, agents, greatest(if(pairs.ms - before.ms <= 3600000, before.bps, 0), if(after.ms - pairs.ms <= 120000, after.bps, 0)) AS speed_bps
    FROM pairs
      INNER JOIN reaches ON pairs.site = reaches.site AND pairs.router = reaches.router AND pairs.bucket_ms = reaches.bucket_ms
      ASOF LEFT JOIN speeds AS before
        ON pairs.site = before.site AND pairs.router = before.router AND pairs.interface = before.interface AND pairs.start_ms >= before.ms
      ASOF LEFT JOIN speeds AS after
        ON pairs.site = after.site AND pairs.router = after.router AND pairs.interface = after.interface AND pairs.ms <= after.ms
    WHERE pairs.ms > range_from),
  facts AS (
    SELECT *, ms - start_ms AS dt, if(ifNull(speed_bps, 0) > 0, speed_bps * 1.05, 440000000000) AS fastest_bps,
      ifNull(rx_bytes < previous_rx_bytes, 0) OR ifNull(tx_bytes < previous_tx_bytes, 0) AS backwards,
      ms - agent_ms <= 3600000 AND (ifNull(rx_bytes < agent_rx, 0) OR ifNull(tx_bytes < agent_tx, 0)) AS restarted
    FROM timed),
  increases AS (
    SELECT site, router, interface, agent, baseline, bucket_ms, start_ms, ms, dt, reach_ms, agents, restarted, fastest_bps,
      dt <= reach_ms AND dt <= 3600000 AS near, dt > reach_ms AND dt <= 3600000 AS far,
      if(backwards OR NOT ifNull(rx_bytes >= previous_rx_bytes, 0), NULL, toUInt64(rx_bytes - previous_rx_bytes)) AS rx_increase, if(backwards OR NOT ifNull(tx_bytes >= previous_tx_bytes, 0), NULL, toUInt64(tx_bytes - previous_tx_bytes)) AS tx_increase
    FROM facts),
  judged AS (
    SELECT *, ifNull(rx_increase * 8000. / dt <= fastest_bps, 0) AS rx_fits, ifNull(tx_increase * 8000. / dt <= fastest_bps, 0) AS tx_fits
    FROM increases),
  moves AS (
    SELECT *, if(near AND rx_fits, rx_increase, NULL) AS rx, if(near AND tx_fits, tx_increase, NULL) AS tx,
      restarted OR (near AND ((rx_increase IS NOT NULL AND NOT rx_fits) OR (tx_increase IS NOT NULL AND NOT tx_fits))) AS reset
    FROM judged),
  runs AS (
    SELECT site, router, interface, bucket_ms, agent, baseline, max(reach_ms) AS reach_ms,
      groupArrayIf((start_ms, ms, rx, tx), rx IS NOT NULL OR tx IS NOT NULL) AS steps,
      round(sumIf(dt, rx IS NOT NULL OR tx IS NOT NULL) / 60000) AS minutes, count() AS samples, countIf(reset) AS resets,
      sumIf(assumeNotNull(rx_increase), far AND rx_fits AND agents = 1) AS rx_gap_bytes, sumIf(assumeNotNull(tx_increase), far AND tx_fits AND agents = 1) AS tx_gap_bytes,
      min(ms) AS first_sample_ms, max(ms) AS last_sample_ms
    FROM moves
    GROUP BY site, router, interface, bucket_ms, agent, baseline),
  buckets AS (
    SELECT site, router, interface, bucket_ms, max(reach_ms) AS reach_ms, sum(samples) AS samples,
      arrayMax(sumMap([toString(agent)], [resets]).2) AS resets, sum(rx_gap_bytes) AS rx_gap_bytes, sum(tx_gap_bytes) AS tx_gap_bytes,
      min(first_sample_ms) AS first_sample_ms, max(last_sample_ms) AS last_sample_ms,
      arraySort(run -> (-run.1, run.2, run.3), groupArray((minutes, toString(agent), baseline, steps))) AS by_cover
    FROM runs
    GROUP BY site, router, interface, bucket_ms),
  chosen AS (
    SELECT * EXCEPT by_cover, if(length(by_cover) = 1, by_cover[1].4, arrayFold(
      (taken, run) -> arrayConcat(taken, arrayFilter(step -> NOT arrayExists(other -> other.1 < step.2 AND other.2 > step.1, taken), run.4)),
      by_cover, arraySlice(by_cover[1].4, 1, 0))) AS steps
    FROM buckets)
SELECT site, router, interface, fromUnixTimestamp64Milli(step.1, 'UTC') AS from_ts, fromUnixTimestamp64Milli(step.2, 'UTC') AS to_ts,
  toUInt64(step.2 - step.1) AS duration_ms, step.3 AS rx_bytes, step.4 AS tx_bytes,
  step.3 * 8000. / (step.2 - step.1) AS rx_bps, step.4 * 8000. / (step.2 - step.1) AS tx_bps
FROM chosen ARRAY JOIN steps AS step
WHERE step.2 > asked_from;

-- Traffic of interfaces in five minutes, resets and gaps left out. Each of two directions for itself: NULL where nothing of it is covered. What
-- came in within the last twenty minutes is not in it yet.
--
-- SELECT bucket, rx_bps, tx_bps FROM interface_traffic_5m WHERE site = 'fra1' AND router = 'r0001' AND interface = 'ether1' AND bucket >= '2026-01-01 00:00:00' ORDER BY bucket
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- bucket: Start of the bucket, UTC; its end belongs to it, its start to the one before
-- rx_bytes: Bytes received in the covered time
-- tx_bytes: Bytes sent in the covered time
-- rx_bps: Received: average over the covered time, bit/s
-- tx_bps: Sent: average over the covered time, bit/s
-- rx_min_bps: Received: lowest rate between two samples, bit/s
-- rx_max_bps: Received: highest rate between two samples, bit/s
-- tx_min_bps: Sent: lowest rate between two samples, bit/s
-- tx_max_bps: Sent: highest rate between two samples, bit/s
-- rx_coverage_ratio: Share of the bucket that rx_bytes covers, 0 to 1
-- tx_coverage_ratio: Share of the bucket that tx_bytes covers, 0 to 1
-- rx_gap_bytes: Bytes received over gaps of up to an hour that end in the bucket; in no other column
-- tx_gap_bytes: Bytes sent over such gaps
-- samples: Samples, of all agents
-- resets: Samples whose counters had gone backwards, or forwards by more than the link can carry
-- rx_errors: Received frames with errors
-- tx_errors: Frames that failed to send
-- rx_drops: Received packets dropped
-- tx_drops: Packets dropped before sending
-- tx_queue_drops: Packets dropped by the interface queue
CREATE OR REPLACE VIEW interface_traffic_5m AS
SELECT site, router, interface, bucket, rx_bytes, tx_bytes,
    rx_bytes * 8000. / nullIf(rx_covered_ms, 0) AS rx_bps, tx_bytes * 8000. / nullIf(tx_covered_ms, 0) AS tx_bps,
    rx_min_bps, rx_max_bps, tx_min_bps, tx_max_bps,
    least(1, rx_covered_ms / 300000) AS rx_coverage_ratio, least(1, tx_covered_ms / 300000) AS tx_coverage_ratio,
    rx_gap_bytes, tx_gap_bytes, samples, resets, rx_errors, tx_errors, rx_drops, tx_drops, tx_queue_drops
FROM interface_rollup_5m FINAL;

-- Traffic of interfaces in an hour, resets and gaps left out. Each of two directions for itself: NULL where nothing of it is covered. What
-- came in within the last twenty minutes is not in it yet.
--
-- SELECT bucket, rx_bps, tx_bps FROM interface_traffic_1h WHERE site = 'fra1' AND router = 'r0001' AND interface = 'ether1' AND bucket >= '2026-01-01 00:00:00' ORDER BY bucket
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- bucket: Start of the bucket, UTC; its end belongs to it, its start to the one before
-- rx_bytes: Bytes received in the covered time
-- tx_bytes: Bytes sent in the covered time
-- rx_bps: Received: average over the covered time, bit/s
-- tx_bps: Sent: average over the covered time, bit/s
-- rx_min_bps: Received: lowest rate between two samples, bit/s
-- rx_max_bps: Received: highest rate between two samples, bit/s
-- tx_min_bps: Sent: lowest rate between two samples, bit/s
-- tx_max_bps: Sent: highest rate between two samples, bit/s
-- rx_coverage_ratio: Share of the bucket that rx_bytes covers, 0 to 1
-- tx_coverage_ratio: Share of the bucket that tx_bytes covers, 0 to 1
-- rx_gap_bytes: Bytes received over gaps of up to an hour that end in the bucket; in no other column
-- tx_gap_bytes: Bytes sent over such gaps
-- samples: Samples, of all agents
-- resets: Samples whose counters had gone backwards, or forwards by more than the link can carry
-- rx_errors: Received frames with errors
-- tx_errors: Frames that failed to send
-- rx_drops: Received packets dropped
-- tx_drops: Packets dropped before sending
-- tx_queue_drops: Packets dropped by the interface queue
CREATE OR REPLACE VIEW interface_traffic_1h AS
SELECT site, router, interface, bucket, rx_bytes, tx_bytes,
    rx_bytes * 8000. / nullIf(rx_covered_ms, 0) AS rx_bps, tx_bytes * 8000. / nullIf(tx_covered_ms, 0) AS tx_bps,
    rx_min_bps, rx_max_bps, tx_min_bps, tx_max_bps,
    least(1, rx_covered_ms / 3600000) AS rx_coverage_ratio, least(1, tx_covered_ms / 3600000) AS tx_coverage_ratio,
    rx_gap_bytes, tx_gap_bytes, samples, resets, rx_errors, tx_errors, rx_drops, tx_drops, tx_queue_drops
FROM interface_rollup_1h FINAL;

-- Traffic of interfaces in a day, resets and gaps left out. Each of two directions for itself: NULL where nothing of it is covered. What
-- came in within the last twenty minutes is not in it yet.
--
-- SELECT bucket, rx_bps, tx_bps FROM interface_traffic_1d WHERE site = 'fra1' AND router = 'r0001' AND interface = 'ether1' AND bucket >= '2026-01-01 00:00:00' ORDER BY bucket
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- bucket: Start of the bucket, UTC; its end belongs to it, its start to the one before
-- rx_bytes: Bytes received in the covered time
-- tx_bytes: Bytes sent in the covered time
-- rx_bps: Received: average over the covered time, bit/s
-- tx_bps: Sent: average over the covered time, bit/s
-- rx_min_bps: Received: lowest rate between two samples, bit/s
-- rx_max_bps: Received: highest rate between two samples, bit/s
-- tx_min_bps: Sent: lowest rate between two samples, bit/s
-- tx_max_bps: Sent: highest rate between two samples, bit/s
-- rx_coverage_ratio: Share of the bucket that rx_bytes covers, 0 to 1
-- tx_coverage_ratio: Share of the bucket that tx_bytes covers, 0 to 1
-- rx_gap_bytes: Bytes received over gaps of up to an hour that end in the bucket; in no other column
-- tx_gap_bytes: Bytes sent over such gaps
-- samples: Samples, of all agents
-- resets: Samples whose counters had gone backwards, or forwards by more than the link can carry
-- rx_errors: Received frames with errors
-- tx_errors: Frames that failed to send
-- rx_drops: Received packets dropped
-- tx_drops: Packets dropped before sending
-- tx_queue_drops: Packets dropped by the interface queue
CREATE OR REPLACE VIEW interface_traffic_1d AS
SELECT site, router, interface, bucket, rx_bytes, tx_bytes,
    rx_bytes * 8000. / nullIf(rx_covered_ms, 0) AS rx_bps, tx_bytes * 8000. / nullIf(tx_covered_ms, 0) AS tx_bps,
    rx_min_bps, rx_max_bps, tx_min_bps, tx_max_bps,
    least(1, rx_covered_ms / 86400000) AS rx_coverage_ratio, least(1, tx_covered_ms / 86400000) AS tx_coverage_ratio,
    rx_gap_bytes, tx_gap_bytes, samples, resets, rx_errors, tx_errors, rx_drops, tx_drops, tx_queue_drops
FROM interface_rollup_1d FINAL;

-- What physical ports moved in a range, of those that were polled in its last hour: bridges, VLANs and tunnels would count it twice.
--
-- SELECT * FROM top_talkers(from = '2026-01-01 00:00:00', to = '2026-01-02 00:00:00') ORDER BY greatest(rx_bytes, tx_bytes) DESC LIMIT 10 -- UTC
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- rx_bytes: Bytes received; 0 when nothing is covered
-- tx_bytes: Bytes sent; 0 when nothing is covered
-- rx_bps: Received: average over the covered time, bit/s
-- tx_bps: Sent: average over the covered time, bit/s
-- rx_max_bps: Received: highest rate between two samples, bit/s
-- tx_max_bps: Sent: highest rate between two samples, bit/s
CREATE OR REPLACE VIEW top_talkers AS
SELECT site, router, interface, ifNull(sum(traffic.rx_bytes), 0) AS rx_bytes, ifNull(sum(traffic.tx_bytes), 0) AS tx_bytes,
    sum(traffic.rx_bytes) * 8000. / nullIf(sum(rx_covered_ms), 0) AS rx_bps, sum(traffic.tx_bytes) * 8000. / nullIf(sum(tx_covered_ms), 0) AS tx_bps,
    max(traffic.rx_max_bps) AS rx_max_bps, max(traffic.tx_max_bps) AS tx_max_bps
FROM interface_rollup_5m AS traffic FINAL
WHERE bucket >= {from:DateTime64(3, 'UTC')} AND bucket < {to:DateTime64(3, 'UTC')}
    AND toDate(bucket) >= toDate({from:DateTime64(3, 'UTC')}) AND toDate(bucket) <= toDate({to:DateTime64(3, 'UTC')})
    AND (site, router, interface) IN
    (
        SELECT site, router, interface
        FROM interface_counters
        WHERE ts >= {to:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR AND ts < {to:DateTime64(3, 'UTC')} AND toStartOfHour(ts) >= toStartOfHour({to:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR) AND toStartOfHour(ts) <= toStartOfHour({to:DateTime64(3, 'UTC')})
            AND type IN ('ether', 'wlan', 'wifi', 'lte', 'w60g')
    )
GROUP BY site, router, interface;

-- Every router as its newest poll and its last answers show it.
--
-- SELECT * FROM router_now WHERE outcome NOT IN ('ok', 'partial')
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- agent: Agent that made the newest poll
-- polled_at: Start of the newest poll
-- outcome: How it ended
-- error: Cause of a failure
-- address: host:port that the agent dialled
-- interval_ms: Interval of visits, ms
-- answered_at: Newest poll that the router answered; NULL when never
-- identity: Name that the router gives itself; empty when never read
-- board: Board name; empty when never read
-- version: RouterOS version; empty when never read
-- uptime_ms: Time since boot at the last answer, ms
-- cpu_load_pct: CPU load at the last answer, percent
-- memory_used_ratio: Memory in use at the last answer, 0 to 1
CREATE OR REPLACE VIEW router_now AS
SELECT polled.site AS site, polled.router AS router, polled.agent AS agent, polled.ts AS polled_at, polled.outcome AS outcome, polled.error AS error,
    polled.address AS address, polled.interval_ms AS interval_ms, nullIf(answered.ts, toDateTime64(0, 3, 'UTC')) AS answered_at,
    named.identity AS identity, device.board AS board, device.version AS version, device.uptime_ms AS uptime_ms, device.cpu_load_pct AS cpu_load_pct,
    1 - device.memory_free_bytes / nullIf(device.memory_total_bytes, 0) AS memory_used_ratio
FROM
(
    SELECT * FROM polls_latest FINAL
    WHERE ts <= now64(3, 'UTC') + INTERVAL 1 MINUTE
    ORDER BY ts DESC, agent
    LIMIT 1 BY site, router
) AS polled
LEFT JOIN (SELECT * FROM polls_answered_latest FINAL) AS answered ON answered.site = polled.site AND answered.router = polled.router
LEFT JOIN (SELECT * FROM device_latest FINAL) AS device ON device.site = polled.site AND device.router = polled.router
LEFT JOIN (SELECT * FROM identity_latest FINAL) AS named ON named.site = polled.site AND named.router = polled.router;

-- The interfaces that were sampled in the last quarter of an hour, as their newest samples show them.
--
-- SELECT * FROM interface_now WHERE site = 'fra1' AND router = 'r0001' ORDER BY interface
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- ts: Newest sample
-- type: RouterOS interface type: ether, wlan, bridge, vlan …
-- comment: Operator's comment on the interface
-- running: 1 link up, 0 down
-- disabled: 1 disabled by an operator
-- rx_bps: Received over the newest step, bit/s; NULL after a gap or a reset
-- tx_bps: Sent over the newest step, bit/s
-- rx_bytes: Counter: bytes received since boot
-- tx_bytes: Counter: bytes sent since boot
CREATE OR REPLACE VIEW interface_now AS
SELECT newest.site AS site, newest.router AS router, newest.interface AS interface, newest.ts AS ts, newest.type AS type, newest.comment AS comment,
    newest.running AS running, newest.disabled AS disabled,
    if(rates.to_ts = newest.ts, rates.rx_bps, NULL) AS rx_bps, if(rates.to_ts = newest.ts, rates.tx_bps, NULL) AS tx_bps,
    newest.rx_bytes AS rx_bytes, newest.tx_bytes AS tx_bytes
FROM
(
    SELECT site, router, interface, ts, type, comment, running, disabled, rx_bytes, tx_bytes
    FROM interface_counters FINAL
    WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
    ORDER BY ts DESC, agent
    LIMIT 1 BY site, router, interface
) AS newest
LEFT JOIN
(
    SELECT site, router, interface, to_ts, rx_bps, tx_bps
    FROM interface_rates(from = now64(3, 'UTC') - INTERVAL 15 MINUTE, to = now64(3, 'UTC'))
    ORDER BY to_ts DESC
    LIMIT 1 BY site, router, interface
) AS rates ON rates.site = newest.site AND rates.router = newest.router AND rates.interface = newest.interface;

-- Associated wireless clients as the newest poll of the last quarter of an hour that read them found them: who has left is not in it.
--
-- SELECT site, router, interface, MACNumToString(mac) AS mac, signal_dbm FROM radio_clients_now ORDER BY signal_dbm LIMIT 20
--
-- site: POP that the router belongs to
-- router: Access point: name of the router in the agent's configuration
-- interface: The radio's interface on the access point
-- mac: The client's 48-bit address
-- ts: Time of the poll
-- ssid: Network name
-- band: Band as RouterOS names it
-- radio_name: Name that a MikroTik peer announces
-- signal_dbm: Client's signal at the access point, dBm
-- snr_db: Signal to noise, dB
-- tx_ccq_pct: Connection quality towards the client, percent
-- tx_rate_bps: Modulation rate towards the client, bit/s
-- rx_rate_bps: Modulation rate from the client, bit/s
-- uptime_ms: Time since it associated, ms
CREATE OR REPLACE VIEW radio_clients_now AS
SELECT site, router, interface, mac, ts, ssid, band, radio_name, signal_dbm, snr_db, tx_ccq_pct, tx_rate_bps, rx_rate_bps, uptime_ms
FROM radio_clients FINAL
WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
    AND (site, router, agent, ts) IN
    (
        SELECT site, router, agent, ts
        FROM polls FINAL
        WHERE ts > now64(3, 'UTC') - INTERVAL 15 MINUTE AND ts <= now64(3, 'UTC') AND toStartOfHour(ts) >= toStartOfHour(now64(3, 'UTC') - INTERVAL 15 MINUTE) AND toStartOfHour(ts) <= toStartOfHour(now64(3, 'UTC'))
            AND if(answered_collectors IS NULL, radio_client_rows > 0, bitTest(ifNull(answered_collectors, 0), 3))
        ORDER BY ts DESC, agent
        LIMIT 1 BY site, router
    );

-- How much of a range routers answered. A poll speaks for the time up to the next one of the router, 2.5 intervals at most; of the rest nobody
-- knows, and it is in no ratio. What agents missed is in the view gaps.
--
-- SELECT * FROM availability(from = '2026-01-01 00:00:00', to = '2026-01-02 00:00:00') ORDER BY availability_ratio -- UTC
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- polls: Visits
-- answered_polls: Visits that the router answered
-- answered_ms: Time that these speak for, ms
-- known_ms: Time that all visits speak for, ms
-- availability_ratio: Share of the known time, 0 to 1
-- coverage_ratio: Share of the range that is known, 0 to 1
CREATE OR REPLACE VIEW availability AS
WITH
    toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')}) AS range_from,
    least(toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}), toUnixTimestamp64Milli(now64(3, 'UTC'))) AS range_to
SELECT site, router, count() AS polls, countIf(outcome <= 2) AS answered_polls,
    toUInt64(sumIf(spoken_ms, outcome <= 2)) AS answered_ms, toUInt64(sum(spoken_ms)) AS known_ms,
    answered_ms / nullIf(known_ms, 0) AS availability_ratio, least(1, known_ms / (range_to - range_from)) AS coverage_ratio
FROM
(
    SELECT site, router, outcome, toInt64(toUnixTimestamp64Milli(ts)) AS ms,
        leadInFrame(ms, 1, toInt64(range_to)) OVER (PARTITION BY site, router ORDER BY ms, agent ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_ms,
        least(next_ms - ms, toInt64(interval_ms * 2.5)) AS spoken_ms
    FROM polls FINAL
    WHERE ts >= {from:DateTime64(3, 'UTC')} AND ts < fromUnixTimestamp64Milli(range_to, 'UTC')
        AND toStartOfHour(ts) >= toStartOfHour({from:DateTime64(3, 'UTC')}) AND toStartOfHour(ts) <= toStartOfHour({to:DateTime64(3, 'UTC')})
)
GROUP BY site, router;

-- 95th percentile of averages over five minutes, for billing: the nearest rank, exact. Five minutes count when half of them is covered. The
-- range should be covered to 95 % before anybody pays for it.
--
-- SELECT * FROM billing_95th(from = '2026-01-01 00:00:00', to = '2026-02-01 00:00:00') WHERE site = 'fra1' AND router = 'r0001' AND interface = 'sfp1' -- UTC
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- interface: RouterOS interface name
-- rx_95th_bps: Received, bit/s
-- tx_95th_bps: Sent, bit/s
-- billed_95th_bps: The higher of the two
-- buckets: Five minutes that count, of the direction that has fewer
-- coverage_ratio: Their share of the range, 0 to 1
-- is_covered: 1 when that is 0.95 at least
CREATE OR REPLACE VIEW billing_95th AS
SELECT site, router, interface,
    arraySort(rx)[intDiv(95 * length(rx) + 99, 100)] AS rx_95th_bps, arraySort(tx)[intDiv(95 * length(tx) + 99, 100)] AS tx_95th_bps,
    greatest(rx_95th_bps, tx_95th_bps) AS billed_95th_bps,
    toUInt32(least(length(rx), length(tx))) AS buckets,
    least(1, buckets * 300 / (toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}) - toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')})) * 1000) AS coverage_ratio,
    coverage_ratio >= 0.95 AS is_covered
FROM
(
    SELECT site, router, interface,
        groupArrayIf(assumeNotNull(rx_bytes) * 8000. / rx_covered_ms, rx_covered_ms >= 150000) AS rx,
        groupArrayIf(assumeNotNull(tx_bytes) * 8000. / tx_covered_ms, tx_covered_ms >= 150000) AS tx
    FROM interface_rollup_5m FINAL
    WHERE bucket >= {from:DateTime64(3, 'UTC')} AND bucket < {to:DateTime64(3, 'UTC')} AND toDate(bucket) >= toDate({from:DateTime64(3, 'UTC')}) AND toDate(bucket) <= toDate({to:DateTime64(3, 'UTC')})
    GROUP BY site, router, interface
)
WHERE buckets > 0;
