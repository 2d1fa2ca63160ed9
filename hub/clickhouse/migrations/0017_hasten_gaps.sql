-- Gaps without reading all of batches for those that were skipped: only runs that skipped some are looked at.

-- Intervals of a router without samples (answered polls, whichever agents made them) that are longer than the reach, 2.5 intervals of
-- the polls, and why. Failed polls inside a gap tell the cause; a stretch without any poll is explained by what else its agent polled, by
-- missing poll numbers and by skipped batches; the larger part decides. Of a router without a sample in the hour before the range the
-- newest one of the last 31 days counts. A gap that is open ends with the range or now.
--
-- SELECT * FROM gaps(from = '2026-01-01 00:00:00', to = '2026-01-02 00:00:00') -- UTC
--
-- site: POP that the router belongs to
-- router: Name of the router in the agent's configuration
-- from_ts: Last sample before the gap; the first poll where there never was one
-- to_ts: First sample after it
-- duration_ms: Time between the two, ms
-- open: 1 no sample has come since
-- cause: router (its polls failed), overrun (visits took too long), agent (it polled nothing), delivery (polls were made and did not arrive), not_polled (the agent polled others)
-- detail: router: commonest outcome; agent: restarted, stalled or silent; delivery: why batches were skipped, or missing
-- agent: Agent that made the last sample
-- failed_polls: Failed polls of the router inside the gap, from an hour before the range on
-- missing_polls: Numbers missing among all polls of the agent in that time
CREATE OR REPLACE VIEW gaps AS
WITH
    toUnixTimestamp64Milli({from:DateTime64(3, 'UTC')}) AS range_from,
    toUnixTimestamp64Milli({to:DateTime64(3, 'UTC')}) AS range_to,
    range_from - 3600000 AS read_from,
    range_to + 3600000 AS read_to,
    least(range_to, toUnixTimestamp64Milli(now64(3, 'UTC'))) AS known_until,

    -- Visits of every router in order of time: (ms, outcome, interval, agent). Outcomes 1 and 2 are answers.
    visits AS
    (
        SELECT site, router, arraySort(visit -> (visit.1, visit.2, visit.4), arrayZip(groupArray(ms), groupArray(kind), groupArray(every), groupArray(by))) AS sorted
        FROM
        (
            SELECT site, router, toUnixTimestamp64Milli(ts) AS ms, toInt8(outcome) AS kind, interval_ms AS every, cityHash64(agent) AS by
            FROM polls FINAL
            WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(read_to, 'UTC')
                AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_to, 'UTC'))
            UNION ALL
            SELECT site, router,
                toUnixTimestamp64Milli(if(countIf(outcome <= 2) > 0, maxIf(ts, outcome <= 2), min(ts))) AS ms, toInt8(1) AS kind,
                argMax(interval_ms, (outcome <= 2, ts, agent)) AS every, cityHash64(argMax(agent, (outcome <= 2, ts, agent))) AS by
            FROM polls FINAL
            WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') - INTERVAL 31 DAY AND ts < fromUnixTimestamp64Milli(read_from, 'UTC')
                AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC') - INTERVAL 31 DAY)
                AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                AND (site, router) IN
                (
                    SELECT site, router FROM polls_latest
                    EXCEPT DISTINCT
                    SELECT site, router
                    FROM polls
                    WHERE outcome <= 2
                        AND ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(range_from, 'UTC')
                        AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
                        AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(range_from, 'UTC'))
                )
            GROUP BY site, router
        )
        GROUP BY site, router
    ),

    -- A sample with the failed visits after it, up to the next sample. One that has none yet is open.
    islands AS
    (
        SELECT site, router, island, next_ms = 0 AS open, island[1].1 AS from_ms, if(open, known_until, next_ms) AS to_ms,
            2.5 * greatest(island[1].3, next_every) AS reach_ms
        FROM
        (
            SELECT site, router, arraySplit(visit -> visit.2 <= 2, sorted) AS split,
                arrayPushBack(arrayPopFront(arrayMap(island -> island[1].1, split)), 0) AS starts,
                arrayPushBack(arrayPopFront(arrayMap(island -> island[1].3, split)), 0) AS intervals
            FROM visits
        )
        ARRAY JOIN split AS island, starts AS next_ms, intervals AS next_every
        WHERE to_ms - from_ms > reach_ms AND to_ms > range_from AND from_ms < range_to
    ),
    found AS
    (
        SELECT site, router, open, from_ms, to_ms, reach_ms, island[1].4 AS by,
            arrayFilter(kind -> kind > 2, island.2) AS kinds,
            -- The kind that most of them have.
            arrayReverseSort(kind -> (countEqual(kinds, kind), kind), arrayDistinct(kinds))[1] AS kind,
            -- Of the time before nothing is read but the sample.
            greatest(from_ms, read_from) AS seen_from,
            arrayConcat([seen_from], arrayFilter(ms -> ms > seen_from AND ms < to_ms, island.1), [to_ms]) AS moments,
            arrayFilter(stretch -> stretch.2 - stretch.1 > reach_ms, arrayZip(arrayPopBack(moments), arrayPopFront(moments))) AS silences,
            arraySum(stretch -> stretch.2 - stretch.1, silences) AS silent_ms,
            arrayReverseSort(stretch -> stretch.2 - stretch.1, silences)[1] AS silence
        FROM islands
    ),

    -- Runs of agents, their polls in the order of their numbers: where these pause or skip numbers, (from, to, missing polls, what).
    runs AS
    (
        SELECT agent, epoch, max(interval_ms) * 2.5 AS reach_ms, toInt64(intDiv(min(rank), 4294967296)) * 1000 AS started_ms,
            arraySort(poll -> poll.1, arrayZip(groupArray(poll_number), groupArray(toUnixTimestamp64Milli(ts)))) AS numbered,
            arrayMin(numbered.2) AS first_ms, arrayMax(numbered.2) AS last_ms, toInt64(numbered[1].1) - 1 AS missing_first,
            started_ms >= read_from AS is_whole,
            -- A run begins with its first poll, or before it where that one is lost.
            if(missing_first > 0, least(started_ms, first_ms), first_ms) AS begun_ms,
            arrayConcat(
                arrayMap(
                    pair -> (least(pair.1.2, pair.2.2), greatest(pair.1.2, pair.2.2), toInt64(pair.2.1 - pair.1.1) - 1, 'stalled'),
                    arrayFilter(
                        pair -> pair.2.1 - pair.1.1 > 1 OR pair.2.2 - pair.1.2 > reach_ms,
                        arrayZip(arrayPopBack(numbered), arrayPopFront(numbered)))),
                if(is_whole AND missing_first > 0, [(begun_ms, first_ms, missing_first, 'stalled')], [])) AS breaks
        FROM polls FINAL
        WHERE ts >= fromUnixTimestamp64Milli(read_from, 'UTC') AND ts < fromUnixTimestamp64Milli(read_to, 'UTC')
            AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli(read_from, 'UTC'))
            AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli(read_to, 'UTC'))
        GROUP BY agent, epoch
    ),
    -- The same for agents, with the times before, between and after their runs.
    pauses AS
    (
        SELECT agent, arraySort(groupArray((first_ms, last_ms, begun_ms, is_whole))) AS by_time,
            arraySort(arrayFilter(pause -> pause.2 > pause.1, arrayConcat(
                groupArrayArray(breaks),
                [(read_from, by_time[1].1, toInt64(0), if(by_time[1].4, 'restarted', 'stalled'))],
                arrayMap(
                    (ended, begun) -> (ended.2, if(begun.3 > ended.2, begun.3, begun.1), toInt64(0), 'restarted'),
                    arrayPopBack(by_time), arrayPopFront(by_time)),
                [(arrayMax(by_time.2), known_until, toInt64(0), 'silent')]))) AS pauses
        FROM runs
        GROUP BY agent
    ),
    -- Skipped batches by the time of the last poll that was lost with them.
    skips AS
    (
        SELECT agent, groupUniqArray(10000)((sealed_ms, why)) AS skips
        FROM
        (
            SELECT agent, epoch, sequence, toUnixTimestamp64Milli(max(sealed_at)) AS sealed_ms, toString(argMax(reason, state)) AS why
            FROM batches
            WHERE received_at >= fromUnixTimestamp64Milli(read_from, 'UTC')
                AND (agent, epoch) IN (SELECT agent, epoch FROM batch_fates WHERE finalizeAggregation(skipped) > 0)
            GROUP BY agent, epoch, sequence
            HAVING max(state) = 0 AND sealed_ms >= read_from
        )
        GROUP BY agent
    ),
    agents AS
    (
        SELECT names.agent AS agent, cityHash64(agent) AS by, pauses.pauses AS pauses, skips.skips AS skips
        FROM (SELECT DISTINCT agent FROM polls_latest) AS names
        LEFT JOIN pauses ON pauses.agent = names.agent
        LEFT JOIN skips ON skips.agent = names.agent
    ),
    told AS
    (
        SELECT *,
            arrayFilter(pause -> pause.1 < silence.2 AND pause.2 > silence.1, pauses) AS inside,
            arrayFilter(skip -> skip.1 >= silence.1 AND skip.1 <= silence.2 + reach_ms, skips) AS lost,
            arrayFilter(pause -> pause.3 = 0 AND pause.2 - pause.1 > reach_ms, inside) AS quiet,
            -- An agent without a poll in all the time that was read was quiet throughout.
            if(empty(pauses), silence.2 - silence.1, arraySum(pause -> least(pause.2, silence.2) - greatest(pause.1, silence.1), quiet)) AS quiet_ms
        FROM found
        LEFT JOIN agents ON agents.by = found.by
    )
SELECT site, router,
    fromUnixTimestamp64Milli(from_ms, 'UTC') AS from_ts,
    fromUnixTimestamp64Milli(to_ms, 'UTC') AS to_ts,
    toUInt64(to_ms - from_ms) AS duration_ms,
    open,
    multiIf(
        silent_ms * 2 <= to_ms - seen_from, if(kind = 11, 'overrun', 'router'),
        notEmpty(lost), 'delivery',
        quiet_ms * 2 >= silence.2 - silence.1, 'agent',
        arraySum(inside.3) > 0, 'delivery',
        notEmpty(quiet), 'agent',
        'not_polled') AS cause,
    multiIf(
        cause IN ('router', 'overrun'),
            ['', '', 'refused', 'timeout', 'auth', 'closed', 'protocol', 'permission', 'tls', 'unreachable', 'overrun', 'max_sessions'][kind],
        cause = 'delivery', if(notEmpty(lost), arraySort(lost)[1].2, 'missing'),
        cause = 'agent', if(empty(quiet), 'silent', arrayReverseSort(pause -> pause.2 - pause.1, quiet)[1].4),
        '') AS detail,
    agent,
    toUInt32(length(kinds)) AS failed_polls,
    toUInt64(arraySum(inside.3)) AS missing_polls
FROM told;
