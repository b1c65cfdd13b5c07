-- Past signals and what the market said at the end
-- Grain: one row per kind of signal, threshold, past match and outcome, at the first collection that reached the threshold
-- Returns:
--   kind: text, text, Signal
--   threshold: double precision, percent, From
--   is_mailed: boolean, text, Mailed
--   match_id: text, text, Match id
--   match: text, text, Match
--   league: text, text, League id
--   outcome: text, text, Outcome
--   seen_at: timestamp, time, Seen
--   kick_off: timestamp, time, Kick-off
--   bookmaker: text, text, Bookmaker
--   price: double precision, price, Price
--   net_price: double precision, price, After commission
--   strength_pct: double precision, percent, Promised
--   later_price: double precision, price, The same bookmaker's next price
--   closing_at: timestamp, time, Final price
--   closing_chance: double precision, share, Chance at the close
--   clv_pct: double precision, percent, Closing line value
--   later_clv_pct: double precision, percent, Closing line value of the next price
-- Parameters: at (the moment), kind (value, spread or any: only these), mailed (true: only the thresholds that are mailed)
-- Notes: Kinds: value, spread, and any, the control: the best price of every outcome at its first collection. A signal counts
--   once, where the condition of its alert first held, with the guards, the commission and the minimum of bookmakers; it is
--   judged by what was in the table then. Closing line value = net price x chance at the close - 1: the chance is the sharp
--   bookmaker's, else the median of the others, never that of the bookmaker that made the offer. NULL where there is no close
--   after the signal; such signals stay in the count. The next price is the one after that of the signal: what a person got
--   who came late; NULL when there was none.
{% set v = settings.value %}
{% set outcomes = ["home", "draw", "away"] %}
{% set spread_mailed, value_mailed = settings.alerts.high_spread.threshold_pct | float, v.min_ev_pct | float %}
{% set spreads = [spread_mailed] if mailed else ([5.0, 10.0, 20.0, 50.0, spread_mailed] | unique | sort) %}
{% set values = [value_mailed] if mailed else ([1.0, 2.0, 3.0, 5.0, value_mailed] | unique | sort) %}
{% set with_value, with_spread, with_any = not kind or kind == "value", not kind or kind == "spread", not kind or kind == "any" %}
WITH past AS MATERIALIZED (
  SELECT
    past_books.lot,
    past_books.match_id,
    past_books.match,
    past_books.league,
    past_books.kick_off,
    past_books.seen_at,
    past_books.is_close,
    past_books.bookmaker,
    past_books.home_price,
    past_books.draw_price,
    past_books.away_price,
    past_books.home_price IS NOT NULL
    AND past_books.away_price IS NOT NULL
    AND (past_books.draw_price IS NOT NULL OR past_books.has_draw IS FALSE) AS is_complete,
    past_books.has_draw,
    past_books.collected_at,
    {{ keeps("past_books.bookmaker") }} AS keeps
  FROM {{ ref("past_books") }}
),

past_lots AS MATERIALIZED (
  SELECT
    past.lot,
    past.match_id,
    -- All the same: in plain byte order they need not be compared by a language.
    max(past.match COLLATE "C") COLLATE "default" AS match,
    max(past.league COLLATE "C") COLLATE "default" AS league,
    max(past.kick_off) AS kick_off,
    max(past.seen_at) AS seen_at
  FROM past
  GROUP BY past.lot, past.match_id
),

{% if with_spread %}
-- Who held the best price before commission, the freshest of equal ones.
spreads AS (
  SELECT DISTINCT ON (thresholds.threshold, past_lots.match_id, lot_spreads.outcome)
    'spread' AS kind,
    thresholds.threshold,
    past_lots.lot,
    past_lots.match_id,
    past_lots.seen_at,
    lot_spreads.outcome,
    lot_spreads.best_price AS price,
    lot_spreads.spread_pct AS strength_pct
  FROM {{ ref("lot_spreads", of="past") }}
  INNER JOIN past_lots ON lot_spreads.lot = past_lots.lot
  INNER JOIN (VALUES {% for value in spreads %}({{ value }}::double precision){{ "" if loop.last else ", " }}{% endfor %}) AS thresholds (threshold)
    ON lot_spreads.spread_pct >= thresholds.threshold
  WHERE lot_spreads.bookmakers >= {{ settings.opportunities.min_bookmakers }}
  ORDER BY thresholds.threshold, past_lots.match_id, lot_spreads.outcome, past_lots.seen_at
),

{% endif %}
{% if with_value %}
valued AS (
  SELECT DISTINCT ON (thresholds.threshold, past_lots.match_id, judged_offers.outcome)
    'value' AS kind,
    thresholds.threshold,
    past_lots.lot,
    past_lots.match_id,
    past_lots.seen_at,
    judged_offers.outcome,
    judged_offers.bookmaker,
    judged_offers.price,
    judged_offers.net_price,
    judged_offers.collected_at,
    judged_offers.ev * 100 AS strength_pct
  FROM {{ ref("judged_offers", of="past", least=(values | first / 100) | string) }}
  INNER JOIN past_lots ON judged_offers.lot = past_lots.lot
  INNER JOIN (VALUES {% for value in values %}({{ value }}::double precision){{ "" if loop.last else ", " }}{% endfor %}) AS thresholds (threshold)
    ON judged_offers.ev * 100 >= thresholds.threshold
  WHERE judged_offers.doubt IS NULL
  ORDER BY thresholds.threshold, past_lots.match_id, judged_offers.outcome, past_lots.seen_at
),

{% endif %}
{% if with_any %}
firsts AS (
  SELECT DISTINCT ON (past_lots.match_id)
    past_lots.match_id,
    past_lots.lot
  FROM past_lots
  ORDER BY past_lots.match_id, past_lots.seen_at
),

control AS (
  SELECT DISTINCT ON (past.match_id, outcomes.outcome)
    past.match_id,
    past.lot,
    past.seen_at,
    outcomes.outcome,
    past.bookmaker,
    outcomes.price,
    1 + (outcomes.price - 1) * past.keeps AS net_price,
    past.collected_at
  FROM firsts
  INNER JOIN past ON firsts.lot = past.lot
  CROSS JOIN LATERAL (
    VALUES
    {% for outcome in outcomes %}
    ('{{ outcome }}', past.{{ outcome }}_price){{ "" if loop.last else "," }}
    {% endfor %}
  ) AS outcomes (outcome, price)
  WHERE outcomes.price IS NOT NULL AND {{ is_mine("past.bookmaker") }}
  ORDER BY past.match_id, outcomes.outcome, 1 + (outcomes.price - 1) * past.keeps DESC, past.collected_at DESC, past.bookmaker
),

{% endif %}
signals AS MATERIALIZED (
  {% if with_value %}
  SELECT
    valued.kind,
    valued.threshold,
    valued.match_id,
    valued.outcome,
    valued.lot,
    valued.seen_at,
    valued.bookmaker,
    valued.price,
    valued.net_price,
    valued.collected_at,
    valued.strength_pct
  FROM valued
  {{ taken_for_many }}
  {% endif %}
  {% if with_spread %}
  {{ "UNION ALL" if with_value }}
  (
    SELECT DISTINCT ON (signals.threshold, signals.match_id, signals.outcome)
      signals.kind,
      signals.threshold,
      signals.match_id,
      signals.outcome,
      signals.lot,
      signals.seen_at,
      past.bookmaker,
      signals.price,
      1 + (signals.price - 1) * past.keeps AS net_price,
      past.collected_at,
      signals.strength_pct
    FROM spreads AS signals
    INNER JOIN past ON signals.lot = past.lot AND signals.price = {{ by_outcome("signals.outcome", "past", "price") }}
    {{ taken_for_many }}
    WHERE {{ is_mine("past.bookmaker") }}
    ORDER BY signals.threshold, signals.match_id, signals.outcome, past.collected_at DESC, past.bookmaker
  )
  {% endif %}
  {% if with_any %}
  {{ "UNION ALL" if with_value or with_spread }}
  SELECT
    'any' AS kind,
    0 AS threshold,
    control.match_id,
    control.outcome,
    control.lot,
    control.seen_at,
    control.bookmaker,
    control.price,
    control.net_price,
    control.collected_at,
    NULL::double precision AS strength_pct
  FROM control
  {{ taken_for_many }}
  {% endif %}
),

-- Few bookmakers of a match signal: the others' prices need not be sorted.
signalled AS (
  SELECT
    signals.match_id,
    signals.bookmaker,
    min(signals.collected_at) AS first_collected_at
  FROM signals
  GROUP BY signals.match_id, signals.bookmaker
),

after AS (
  SELECT
    past.match_id,
    past.bookmaker,
    past.seen_at,
    past.home_price,
    past.draw_price,
    past.away_price,
    past.collected_at,
    past.keeps
  FROM past
  INNER JOIN signalled
    ON
      past.match_id = signalled.match_id
      AND past.bookmaker = signalled.bookmaker
      AND past.collected_at > signalled.first_collected_at
),

later AS (
  SELECT DISTINCT ON (signals.kind, signals.threshold, signals.match_id, signals.outcome)
    signals.kind,
    signals.threshold,
    signals.match_id,
    signals.outcome,
    {{ by_outcome("signals.outcome", "after", "price") }} AS price,
    1 + ({{ by_outcome("signals.outcome", "after", "price") }} - 1) * after.keeps AS net_price
  FROM signals
  INNER JOIN after
    ON
      signals.match_id = after.match_id
      AND signals.bookmaker = after.bookmaker
      AND signals.collected_at < after.collected_at
  ORDER BY signals.kind, signals.threshold, signals.match_id, signals.outcome, after.seen_at
),

closes AS MATERIALIZED (
  SELECT
    past.lot,
    past.match_id,
    past.seen_at,
    past.bookmaker,
    past.home_price,
    past.draw_price,
    past.away_price,
    past.is_complete
  FROM past
  WHERE past.is_close
),

closing AS MATERIALIZED (
  SELECT DISTINCT closes.match_id, closes.lot, closes.seen_at
  FROM closes
),

asked AS (
  SELECT DISTINCT
    closing.lot,
    signals.bookmaker
  FROM signals
  INNER JOIN closing ON signals.match_id = closing.match_id
)

SELECT
  judged.kind,
  judged.threshold::double precision AS threshold,
  judged.kind = 'any'
  OR (judged.kind = 'value' AND judged.threshold = {{ value_mailed }})
  OR (judged.kind = 'spread' AND judged.threshold = {{ spread_mailed }}) AS is_mailed,
  judged.match_id,
  past_lots.match,
  past_lots.league,
  judged.outcome,
  judged.seen_at,
  past_lots.kick_off,
  judged.bookmaker,
  judged.price,
  judged.net_price,
  judged.strength_pct,
  judged.later_price,
  judged.closing_at,
  judged.closing_chance,
  (judged.net_price * judged.closing_chance - 1) * 100 AS clv_pct,
  (judged.later_net_price * judged.closing_chance - 1) * 100 AS later_clv_pct
FROM (
  SELECT
    signals.kind,
    signals.threshold,
    signals.match_id,
    signals.outcome,
    signals.lot,
    signals.seen_at,
    signals.bookmaker,
    signals.price,
    signals.net_price,
    signals.strength_pct,
    later.price AS later_price,
    later.net_price AS later_net_price,
    closing.seen_at AS closing_at,
    {{ by_outcome("signals.outcome", "fair_chances", "chance") }} AS closing_chance
  FROM signals
  LEFT JOIN later
    ON
      signals.kind = later.kind
      AND signals.threshold = later.threshold
      AND signals.match_id = later.match_id
      AND signals.outcome = later.outcome
  -- At the close itself there is no later price to be compared with.
  LEFT JOIN closing ON signals.match_id = closing.match_id AND signals.seen_at < closing.seen_at
  LEFT JOIN {{ ref("fair_chances", of="closes", asked="asked") }}
    ON closing.lot = fair_chances.lot AND signals.bookmaker = fair_chances.bookmaker
) AS judged
INNER JOIN past_lots ON judged.lot = past_lots.lot
