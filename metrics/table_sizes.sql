-- Size and age of the tables
-- Question: how large are the tables, and how far back do they go?
-- Grain: one row per configured table
-- Returns:
--   contents: text, text, Contents
--   table_name: text, text, Table
--   bytes: bigint, bytes, Size
--   row_count: bigint, count, Rows (estimate)
--   oldest: timestamp, time, Oldest row
--   newest: timestamp, time, Newest row
--   age: double precision, duration, Age of the newest
-- Notes: With indexes and TOAST; partitions are added up, and so are the chunks of a hypertable, compressed ones too, and the
--   shards of a distributed table (of a reference table all copies). Rows are the planner's estimate, NULL before the first
--   ANALYZE.
WITH tables AS (
  SELECT
    named.place,
    named.contents,
    named.table_name,
    to_regclass(named.quoted_name) AS relation
  FROM (
    VALUES
    (1, 'Prices', {{ settings.tables.prices.table | literal }}, {{ prices.table | literal }}),
    (2, 'Log of collections', {{ settings.tables.collections.table | literal }}, {{ collections.table | literal }}),
    (3, 'Bets', {{ settings.tables.bets.table | literal }}, {{ bets.table | literal }}){{ "," if results.enabled }}
    {% if results.enabled %}
    (4, 'Results', {{ settings.tables.results.table | literal }}, {{ results.table | literal }})
    {% endif %}
  ) AS named (place, contents, table_name, quoted_name)
),

-- What compressed chunks and other servers hold is known to functions of an extension, which are not there without it: so they
-- stand in a text, which is run for the extension that is there.
answers AS (
  SELECT
    tables.place,
    query_to_xml(
      CASE extensions.extname
        WHEN 'timescaledb' THEN format(
          'SELECT sizes.bytes, nullif(%s.approximate_row_count(%L), 0) AS row_count
          FROM %s.hypertable_size(%L) AS sizes (bytes)
          WHERE sizes.bytes IS NOT NULL',
          extensions.extnamespace::regnamespace,
          tables.relation,
          extensions.extnamespace::regnamespace,
          tables.relation
        )
        WHEN 'citus' THEN format(
          'SELECT
            citus_total_relation_size(parts.logicalrelid) AS bytes,
            (
              SELECT sum(nullif(shards.result, ''-1'')::real)::bigint
              FROM run_command_on_shards(
                parts.logicalrelid, ''SELECT reltuples FROM pg_catalog.pg_class WHERE oid = %%L::regclass''
              ) AS shards
              WHERE shards.success
            ) AS row_count
          FROM pg_catalog.pg_dist_partition AS parts
          WHERE parts.logicalrelid = %L::regclass',
          tables.relation
        )
      END,
      false,
      false,
      ''
    ) AS answer
  FROM tables
  INNER JOIN pg_catalog.pg_extension AS extensions ON extensions.extname IN ('timescaledb', 'citus')
),

told AS (
  SELECT
    answers.place,
    (xpath('/table/row/bytes/text()', answers.answer))[1]::text::bigint AS bytes,
    (xpath('/table/row/row_count/text()', answers.answer))[1]::text::bigint AS row_count
  FROM answers
)

SELECT
  tables.contents,
  tables.table_name,
  coalesce(told.bytes, sizes.bytes) AS bytes,
  CASE WHEN told.bytes IS NULL THEN sizes.row_count ELSE told.row_count END AS row_count,
  ages.oldest,
  ages.newest,
  CASE
    WHEN ages.newest IS NOT NULL THEN greatest(extract(EPOCH FROM {{ now }} - ages.newest), 0)::double precision
  END AS age
FROM tables
INNER JOIN (
  SELECT 1 AS place, min(p.{{ prices.columns.collected_at }}) AS oldest, max(p.{{ prices.columns.collected_at }}) AS newest
  FROM {{ prices.table }} AS p
  UNION ALL
  SELECT 2, min(collection_log.collected_at), max(collection_log.collected_at)
  FROM {{ ref("collection_log") }}
  UNION ALL
  SELECT 3, min(bets.placed_at), max(bets.placed_at)
  FROM {{ ref("bets") }}
  {% if results.enabled %}
  UNION ALL
  SELECT 4, NULL, NULL
  {% endif %}
) AS ages ON tables.place = ages.place
CROSS JOIN LATERAL (
  SELECT
    sum(pg_total_relation_size(classes.oid))::bigint AS bytes,
    -- A partitioned table's own estimate is the sum of its parts'.
    sum(classes.reltuples) FILTER (WHERE classes.reltuples >= 0 AND classes.relkind <> 'p')::bigint AS row_count
  FROM (
    SELECT tables.relation::oid AS part
    UNION
    SELECT parts.relid::oid
    FROM pg_partition_tree(tables.relation) AS parts
    UNION
    -- A table may be divided by inheritance, as it was done before there were partitions.
    SELECT children.inhrelid
    FROM pg_catalog.pg_inherits AS children
    WHERE children.inhparent = tables.relation
  ) AS parts
  INNER JOIN pg_catalog.pg_class AS classes ON parts.part = classes.oid
) AS sizes
LEFT JOIN told ON tables.place = told.place
