-- Opportunities over time
-- Question: is today a better day than yesterday?
-- Grain: one row per moment of the time range
-- Returns:
--   time: timestamp, time, Time
--   opportunities: bigint, count, Opportunities
-- Parameters: leagues (ids to keep, a text[]), bookmakers (names to keep, a text[]),
--   within (an interval in which the match must start), filter (a condition on the columns of "Spreads of lots")
-- Notes: What "Number of opportunities" said at 13 moments, always from the prices: a view has no past. First the matches are
--   looked for whose highest price of an outcome is far enough above the lowest, whosever and of whichever collection; then only of
--   these the offers of one collection are put together, by the rule of "Books of the newest collection".
{% set c = prices.columns %}
{% set outcomes = ["home", "draw", "away"] %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
{% set look_back = "interval '" ~ settings.collection.lookback_seconds ~ " seconds'" %}
{% set quiet = "interval '" ~ settings.collection.quiet_seconds ~ " seconds'" %}
WITH moments AS MATERIALIZED (
  SELECT moments.moment
  FROM {{ ref("moments") }}
),

-- What is no price only makes the distance larger; a little less than the minimum, because spreads are rounded.
candidates AS MATERIALIZED (
  SELECT
    moments.moment,
    p.{{ c.match }}::text AS match_id
  FROM moments
  INNER JOIN {{ prices.table }} AS p ON moments.moment >= p.{{ c.collected_at }} AND moments.moment - {{ look_back }} < p.{{ c.collected_at }}
  {% if leagues %}
  WHERE p.{{ c.league }} = ANY ({{ leagues }})
  {% endif %}
  GROUP BY moments.moment, p.{{ c.match }}
  HAVING
    max(p.{{ c.kick_off }}) > moments.moment
    AND (
      {% for outcome in outcomes %}
      {{ "OR " if not loop.first }}max({{ offer("p", outcome) }}) >= min({{ offer("p", outcome) }}) * {{ 1 + (settings.opportunities.min_spread_pct - 0.001) / 100 }}
      {% endfor %}
    )
),

recent AS MATERIALIZED (
  SELECT
    moments.moment,
    p.{{ c.match }}::text AS match_id,
    p.{{ c.kick_off }} AS kick_off,
    p.{{ c.bookmaker }}::text AS bookmaker,
    {% for outcome in outcomes %}
    {{ price_of("p", outcome) }} AS {{ outcome }}_price,
    {% endfor %}
    {% if prices.form == "per_outcome" %}
    p.{{ c.outcome }} AS outcome,
    {% endif %}
    p.{{ c.collected_at }} AS collected_at
  FROM moments
  INNER JOIN {{ prices.table }} AS p ON moments.moment >= p.{{ c.collected_at }} AND moments.moment - {{ look_back }} < p.{{ c.collected_at }}
  -- IS TRUE keeps it a filter: as a join PostgreSQL would read all that was ever collected of each match.
  WHERE ((moments.moment, p.{{ c.match }}::text) IN (SELECT candidates.moment, candidates.match_id FROM candidates)) IS TRUE
),

seen AS (
  SELECT
    recent.moment,
    recent.match_id,
    recent.kick_off,
    recent.bookmaker,
    recent.collected_at,
    lead(recent.collected_at) OVER (match_rows ORDER BY recent.collected_at, recent.kick_off) AS next_at,
    max(recent.collected_at) OVER match_rows AS newest_at
  FROM recent
  WINDOW match_rows AS (PARTITION BY recent.moment, recent.match_id)
),

-- Where the newest collection may still be on its way, also the one before.
placed AS (
  SELECT
    seen.moment,
    seen.match_id,
    seen.bookmaker,
    seen.collected_at,
    seen.newest_at,
    max(seen.kick_off) FILTER (WHERE seen.next_at IS NULL) OVER match_rows AS kick_off,
    max(seen.collected_at) FILTER (
      WHERE seen.newest_at > seen.moment - {{ quiet }} AND seen.next_at > seen.collected_at + {{ quiet }}
    ) OVER match_rows AS before_at
  FROM seen
  WINDOW match_rows AS (PARTITION BY seen.moment, seen.match_id)
),

counted AS (
  SELECT
    placed.moment,
    placed.match_id,
    placed.newest_at,
    placed.before_at,
    min(placed.collected_at) FILTER (WHERE placed.collected_at > placed.newest_at - {{ same }}) AS began_at,
    count(DISTINCT placed.bookmaker) FILTER (WHERE placed.collected_at > placed.newest_at - {{ same }}) AS bookmakers,
    count(DISTINCT placed.bookmaker) FILTER (
      WHERE placed.collected_at <= placed.before_at AND placed.collected_at > placed.before_at - {{ same }}
    ) AS bookmakers_before
  FROM placed
  WHERE
    placed.kick_off > placed.moment
    {% if within %}
    AND placed.kick_off <= placed.moment + {{ within }}
    {% endif %}
  GROUP BY placed.moment, placed.match_id, placed.newest_at, placed.before_at
),

lots AS MATERIALIZED (
  SELECT
    row_number() OVER () AS lot,
    counted.moment,
    counted.match_id,
    CASE WHEN counted.bookmakers_before > counted.bookmakers THEN counted.before_at ELSE counted.newest_at END AS ended_at
  FROM counted
  WHERE
    -- A first collection whose rows come one by one is waited for.
    counted.before_at IS NOT NULL
    OR counted.newest_at <= counted.moment - {{ quiet }}
    OR counted.began_at = counted.newest_at
),

offers AS (
  SELECT DISTINCT ON (lots.lot, recent.bookmaker{{ ", recent.outcome" if prices.form == "per_outcome" }})
    lots.lot,
    recent.bookmaker,
    {% for outcome in outcomes %}
    recent.{{ outcome }}_price{{ "" if loop.last else "," }}
    {% endfor %}
  FROM lots
  INNER JOIN recent
    ON
      lots.moment = recent.moment
      AND lots.match_id = recent.match_id
      AND lots.ended_at >= recent.collected_at
      AND lots.ended_at - {{ same }} < recent.collected_at
  {% if bookmakers %}
  WHERE recent.bookmaker = ANY ({{ bookmakers }})
  {% endif %}
  ORDER BY
    lots.lot,
    recent.bookmaker,
    {% if prices.form == "per_outcome" %}
    recent.outcome,
    {% endif %}
    recent.collected_at DESC
),

books AS (
  SELECT
    offers.lot,
    offers.bookmaker,
    {% for outcome in outcomes %}
    max(offers.{{ outcome }}_price)::double precision AS {{ outcome }}_price{{ "" if loop.last else "," }}
    {% endfor %}
  FROM offers
  GROUP BY offers.lot, offers.bookmaker
),

found AS (
  SELECT
    lots.moment,
    count(*) AS opportunities
  FROM lots
  INNER JOIN {{ ref("lot_spreads", of="books") }}
    ON lots.lot = lot_spreads.lot
  WHERE
    lot_spreads.bookmakers >= {{ settings.opportunities.min_bookmakers }}
    AND lot_spreads.spread_pct >= {{ settings.opportunities.min_spread_pct }}
    {% if filter %}
    AND {{ filter }}
    {% endif %}
  GROUP BY lots.moment
)

SELECT
  moments.moment AS time,
  coalesce(found.opportunities, 0) AS opportunities
FROM moments
LEFT JOIN found ON moments.moment = found.moment
