-- Analysts on a ClickHouse server of your own (clickhouse.url in hub.yaml). The hub does not run this file: give it once to a user that may
-- manage access, such as: clickhouse-client --multiquery < analysts.sql
--
-- Names of the database and users are examples. Limits have MIN 1: a constraint with MAX alone is passed by 0, which lifts the limit.

CREATE SETTINGS PROFILE IF NOT EXISTS poplar_analyst SETTINGS
    -- 2: a client may send settings, such as a format's; those below keep within their bounds.
    readonly = 2 CONST,
    final = 1,
    max_threads = 2 MIN 1 MAX 2,
    max_execution_time = 30 MIN 1 MAX 30,
    timeout_overflow_mode = 'throw' CONST,
    max_memory_usage = 1000000000 MIN 1 MAX 1000000000,
    max_rows_to_read = 1000000000 MIN 1 MAX 1000000000,
    read_overflow_mode = 'throw' CONST,
    max_result_rows = 1000000 MIN 1 MAX 1000000,
    max_result_bytes = 268435456 MIN 1 MAX 268435456,
    result_overflow_mode = 'throw' CONST,
    max_temporary_data_on_disk_size_for_query = 1073741824 MIN 1 MAX 1073741824,
    max_concurrent_queries_for_user = 4 MIN 1 MAX 4,
    allow_introspection_functions = 0 CONST,
    allow_ddl = 0 CONST;

CREATE ROLE IF NOT EXISTS poplar_analyst SETTINGS PROFILE 'poplar_analyst';

-- Without SOURCES, url(), s3(), file(), remote() and the like are refused. Without CREATE TEMPORARY TABLE, executable() is.
GRANT SELECT ON poplar.* TO poplar_analyst;

CREATE USER IF NOT EXISTS ann IDENTIFIED WITH sha256_password BY 'change me' DEFAULT DATABASE poplar SETTINGS PROFILE 'poplar_analyst';

GRANT poplar_analyst TO ann;

ALTER USER ann DEFAULT ROLE poplar_analyst;
