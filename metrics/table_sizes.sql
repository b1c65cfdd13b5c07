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
-- Notes: With indexes and TOAST; partitions and the chunks of a hypertable are added up (compressed chunks are kept elsewhere
--   and not counted). Rows are the planner's estimate, NULL before the first ANALYZE.
SELECT
  tables.contents,
  tables.table_name,
  sizes.bytes,
  sizes.row_count,
  ages.oldest,
  ages.newest,
  CASE
    WHEN ages.newest IS NOT NULL THEN greatest(extract(EPOCH FROM {{ now }} - ages.newest), 0)::double precision
  END AS age
FROM (
  VALUES
  (1, 'Prices', {{ settings.tables.prices.table | literal }}, {{ prices.table | literal }}),
  (2, 'Log of collections', {{ settings.tables.collections.table | literal }}, {{ collections.table | literal }}),
  (3, 'Bets', {{ settings.tables.bets.table | literal }}, {{ bets.table | literal }}){{ "," if results.enabled }}
  {% if results.enabled %}
  (4, 'Results', {{ settings.tables.results.table | literal }}, {{ results.table | literal }})
  {% endif %}
) AS tables (place, contents, table_name, quoted_name)
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
    SELECT to_regclass(tables.quoted_name)::oid AS part
    UNION
    SELECT parts.relid::oid
    FROM pg_partition_tree(to_regclass(tables.quoted_name)) AS parts
    UNION
    -- The chunks of a hypertable inherit without being partitions.
    SELECT children.inhrelid
    FROM pg_catalog.pg_inherits AS children
    WHERE children.inhparent = to_regclass(tables.quoted_name)
  ) AS parts
  INNER JOIN pg_catalog.pg_class AS classes ON parts.part = classes.oid
) AS sizes
