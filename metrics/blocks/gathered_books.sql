-- Books that came in several moments
-- Grain: one row per collection that came in several moments, and bookmaker with a row in it
-- Returns:
--   number: integer, number, Number of the match
--   seen_at: timestamp, time, Seen
--   bookmaker: text, text, Bookmaker
--   home_price: numeric, price, Home
--   draw_price: numeric, price, Draw
--   away_price: numeric, price, Away
--   collected_at: timestamp, time, Collected
-- Parameters: of (name of a relation in scope: "Prices of past matches"), lots (name of a relation in scope with number and
--   seen_at: the last moment of each collection)
-- Notes: Of what was stored within `collection.same_within` (at most half an interval) before the last moment, each bookmaker's
--   newest, or newest about each outcome: until the next one comes.
{% set outcomes = ["home", "draw", "away"] %}
{% set per_outcome = prices.form == "per_outcome" %}
{% set same = "interval '" ~ settings.collection.same_seconds ~ " seconds'" %}
{% set bucket = "floor(extract(EPOCH FROM %s) / " ~ settings.collection.same_seconds ~ ")::bigint" %}
WITH valid AS (
  SELECT
    given.number,
    given.bookmaker,
    {% for outcome in outcomes %}
    given.{{ outcome }}_price,
    {% endfor %}
    given.collected_at,
    {{ bucket | replace("%s", "given.collected_at") }} AS bucket,
    lead(given.collected_at) OVER (
      PARTITION BY given.number, given.bookmaker{{ ", given.about" if per_outcome }} ORDER BY given.collected_at
    ) AS replaced_at
  FROM {{ of }} AS given
  -- Nothing is read for nothing.
  WHERE (SELECT count(*) FROM {{ lots }}) > 0
),

-- Only what was stored in the same stretch of time, or the one before, has to be compared.
wanted AS MATERIALIZED (
  SELECT
    lots.number,
    lots.seen_at,
    {{ bucket | replace("%s", "lots.seen_at") }} - steps.step AS bucket
  FROM {{ lots }} AS lots
  CROSS JOIN (VALUES (0), (1)) AS steps (step)
)

SELECT
  wanted.number,
  wanted.seen_at,
  valid.bookmaker,
  {% for outcome in outcomes %}
  {{ ("max(valid." ~ outcome ~ "_price)") if per_outcome else ("valid." ~ outcome ~ "_price") }} AS {{ outcome }}_price,
  {% endfor %}
  {{ "max(valid.collected_at)" if per_outcome else "valid.collected_at" }} AS collected_at
FROM wanted
INNER JOIN valid
  ON
    wanted.number = valid.number
    AND wanted.bucket = valid.bucket
    AND wanted.seen_at >= valid.collected_at
    AND wanted.seen_at - {{ same }} < valid.collected_at
    AND (valid.replaced_at IS NULL OR wanted.seen_at < valid.replaced_at)
{% if per_outcome %}
GROUP BY wanted.number, wanted.seen_at, valid.bookmaker
{% endif %}
