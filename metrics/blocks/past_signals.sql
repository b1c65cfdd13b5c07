-- Past signals and what the market said at the end
-- Grain: one row per kind of signal, threshold, past match and outcome, at the first collection that reached the threshold
-- Returns:
--   kind: text, text, Signal
--   threshold: double precision, percent, From
--   is_mailed: boolean, text, Mailed
--   match_id: text, text, Match id
--   league: text, text, League id
--   outcome: text, text, Outcome
--   seen_at: timestamp, time, Seen
--   kick_off: timestamp, time, Kick-off
--   bookmaker: text, text, Bookmaker
--   collected_at: timestamp, time, Collected
--   price: double precision, price, Price
--   net_price: double precision, price, After commission
--   strength_pct: double precision, percent, Promised
--   later_price: double precision, price, The same bookmaker's next price
--   closing_at: timestamp, time, Final price
--   closing_chance: double precision, share, Chance at the close
--   clv_pct: double precision, percent, Closing line value
--   later_clv_pct: double precision, percent, Closing line value of the next price
-- Parameters: at (the moment), mailed (all, or spread: of all, or of spreads, only the threshold that is mailed), read (true:
--   past, prices and lots are in scope, which are "Past matches that are looked at", their prices and their collections)
-- Notes: Kinds: value, spread, and any, the control: the best price of every outcome at its first collection. A signal counts
--   once, where the condition of its alert first held, with the guards, the commission and the minimum of bookmakers; it is
--   judged by what was in the table then. Closing line value = net price x chance at the close - 1: the chance is the sharp
--   bookmaker's, else the median of the others, never that of the bookmaker that made the offer. NULL where there is no close
--   after the signal; such signals stay in the count. The next price is the one after that of the signal: what a person got
--   who came late; NULL when there was none.
{% set v = settings.value %}
{% set outcomes = ["home", "draw", "away"] %}
{% set spread_mailed, value_mailed = settings.alerts.high_spread.threshold_pct | float, v.min_ev_pct | float %}
{% set spreads = [spread_mailed] if mailed in ("all", "spread") else ([5.0, 10.0, 20.0, 50.0, spread_mailed] | unique | sort) %}
{% set values = [value_mailed] if mailed == "all" else ([1.0, 2.0, 3.0, 5.0, value_mailed] | unique | sort) %}
{% set sharp = "ARRAY[" ~ (v.sharp | map("literal") | join(", ")) ~ "]::text[]" %}
WITH {% if not read %}past AS MATERIALIZED {{ whole("past_matches") }},

prices AS MATERIALIZED {{ whole("past_prices", of="past") }},

lots AS MATERIALIZED {{ whole("past_collections", of="prices") }},

{% endif %}spreads AS MATERIALIZED (
  SELECT DISTINCT ON (thresholds.threshold, lots.number, outcomes.outcome)
    thresholds.threshold,
    lots.lot,
    lots.number,
    lots.seen_at,
    outcomes.outcome,
    outcomes.best_price AS price,
    {{ spread_pct("outcomes.best_price", "outcomes.worst_price") }} AS strength_pct
  FROM lots
  CROSS JOIN LATERAL (
    VALUES
    {% for outcome in outcomes %}
    ('{{ outcome }}', lots.{{ outcome }}_best, lots.{{ outcome }}_worst, lots.{{ outcome }}_bookmakers){{ "" if loop.last else "," }}
    {% endfor %}
  ) AS outcomes (outcome, best_price, worst_price, bookmakers)
  INNER JOIN (VALUES {% for value in spreads %}({{ value }}::double precision){{ "" if loop.last else ", " }}{% endfor %}) AS thresholds (threshold)
    ON {{ spread_pct("outcomes.best_price", "outcomes.worst_price") }} >= thresholds.threshold
  WHERE outcomes.bookmakers >= {{ settings.opportunities.min_bookmakers }}
  ORDER BY thresholds.threshold, lots.number, outcomes.outcome, lots.seen_at
),

sharp_prices AS MATERIALIZED (
  SELECT
    prices.number,
    prices.bookmaker,
    {% for outcome in outcomes %}
    prices.{{ outcome }}_price,
    {% endfor %}
    prices.about,
    prices.collected_at
  FROM prices
  WHERE prices.bookmaker = ANY ({{ sharp }})
  UNION ALL
  {{ no_rows(7, 1000) }}
),

sharp_books AS {{ whole("past_books", of="sharp_prices", lots="lots") }},

measured AS MATERIALIZED (
  SELECT
    sharp_chances.lot,
    {% for outcome in outcomes %}
    sharp_chances.{{ outcome }}_chance{{ "" if loop.last else "," }}
    {% endfor %}
  FROM {{ ref("sharp_chances", of="sharp_books") }}
),

-- Where no best price reaches the threshold, even before commission, there is no value bet.
promising AS MATERIALIZED (
  SELECT lots.lot
  FROM lots
  LEFT JOIN measured ON lots.lot = measured.lot
  WHERE
    measured.lot IS NULL
    OR greatest({% for outcome in outcomes %}lots.{{ outcome }}_best * measured.{{ outcome }}_chance{{ "" if loop.last else ", " }}{% endfor %}) - 1
    >= {{ values | first / 100 - 1e-9 }}
),

firsts AS MATERIALIZED (
  SELECT DISTINCT ON (lots.number) lots.lot
  FROM lots
  ORDER BY lots.number, lots.seen_at
),

-- The collections of which more than the best and the worst price is asked.
wanted AS (
  SELECT
    lots.lot,
    lots.number,
    lots.seen_at,
    lots.is_gathered,
    lots.has_draw
  FROM lots
  WHERE
    lots.is_close
    OR lots.lot IN (SELECT spreads.lot FROM spreads)
    OR lots.lot IN (SELECT promising.lot FROM promising)
    OR lots.lot IN (SELECT firsts.lot FROM firsts)
),

books AS MATERIALIZED (
  SELECT
    past_books.lot,
    past_books.number,
    past_books.seen_at,
    past_books.bookmaker,
    {% for outcome in outcomes %}
    past_books.{{ outcome }}_price,
    {% endfor %}
    past_books.has_draw,
    past_books.is_complete,
    past_books.collected_at,
    {{ keeps("past_books.bookmaker") }} AS keeps
  FROM {{ ref("past_books", of="prices", lots="wanted") }}
),

promising_books AS (
  SELECT
    books.lot,
    books.bookmaker,
    {% for outcome in outcomes %}
    books.{{ outcome }}_price,
    {% endfor %}
    books.has_draw,
    books.collected_at
  FROM books
  INNER JOIN promising ON books.lot = promising.lot
),

valued AS (
  SELECT DISTINCT ON (thresholds.threshold, lots.number, judged_offers.outcome)
    thresholds.threshold,
    lots.lot,
    lots.number,
    lots.seen_at,
    judged_offers.outcome,
    judged_offers.bookmaker,
    judged_offers.price,
    judged_offers.net_price,
    judged_offers.collected_at,
    judged_offers.ev * 100 AS strength_pct
  FROM {{ ref("judged_offers", of="promising_books", least=(values | first / 100) | string) }}
  INNER JOIN lots ON judged_offers.lot = lots.lot
  INNER JOIN (VALUES {% for value in values %}({{ value }}::double precision){{ "" if loop.last else ", " }}{% endfor %}) AS thresholds (threshold)
    ON judged_offers.ev * 100 >= thresholds.threshold
  WHERE judged_offers.doubt IS NULL
  ORDER BY thresholds.threshold, lots.number, judged_offers.outcome, lots.seen_at
),

control AS (
  SELECT DISTINCT ON (books.number, outcomes.outcome)
    books.number,
    books.lot,
    books.seen_at,
    outcomes.outcome,
    books.bookmaker,
    outcomes.price,
    1 + (outcomes.price - 1) * books.keeps AS net_price,
    books.collected_at
  FROM firsts
  INNER JOIN books ON firsts.lot = books.lot
  CROSS JOIN LATERAL (
    VALUES
    {% for outcome in outcomes %}
    ('{{ outcome }}', books.{{ outcome }}_price){{ "" if loop.last else "," }}
    {% endfor %}
  ) AS outcomes (outcome, price)
  WHERE outcomes.price IS NOT NULL AND {{ is_mine("books.bookmaker") }}
  ORDER BY books.number, outcomes.outcome, 1 + (outcomes.price - 1) * books.keeps DESC, books.collected_at DESC, books.bookmaker
),

found AS (
  SELECT
    'value' AS kind,
    valued.threshold,
    valued.number,
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
  UNION ALL
  -- Who held the best price before commission, the freshest of equal ones.
  (
    SELECT DISTINCT ON (spreads.threshold, spreads.number, spreads.outcome)
      'spread' AS kind,
      spreads.threshold,
      spreads.number,
      spreads.outcome,
      spreads.lot,
      spreads.seen_at,
      books.bookmaker,
      spreads.price,
      1 + (spreads.price - 1) * books.keeps AS net_price,
      books.collected_at,
      spreads.strength_pct
    FROM spreads
    INNER JOIN books ON spreads.lot = books.lot AND spreads.price = {{ by_outcome("spreads.outcome", "books", "price") }}
    {{ taken_for_many }}
    WHERE {{ is_mine("books.bookmaker") }}
    ORDER BY spreads.threshold, spreads.number, spreads.outcome, books.collected_at DESC, books.bookmaker
  )
  UNION ALL
  SELECT
    'any' AS kind,
    0 AS threshold,
    control.number,
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
),

signals AS MATERIALIZED (
  SELECT
    row_number() OVER () AS signal,
    found.kind,
    found.threshold,
    found.number,
    found.outcome,
    found.lot,
    found.seen_at,
    found.bookmaker,
    found.price,
    found.net_price,
    found.collected_at,
    found.strength_pct
  FROM found
),

-- Few bookmakers of a match signal: the others' prices are not asked for.
signalled AS (
  SELECT DISTINCT
    signals.number,
    signals.bookmaker
  FROM signals
),

signalled_prices AS (
  SELECT
    prices.number,
    prices.bookmaker,
    {% for outcome in outcomes %}
    prices.{{ outcome }}_price,
    {% endfor %}
    prices.about,
    prices.collected_at
  FROM prices
  INNER JOIN signalled ON prices.number = signalled.number AND prices.bookmaker = signalled.bookmaker
),

later AS (
  SELECT DISTINCT ON (signals.signal)
    signals.signal,
    {{ by_outcome("signals.outcome", "past_books", "price") }} AS price,
    1 + ({{ by_outcome("signals.outcome", "past_books", "price") }} - 1) * {{ keeps("past_books.bookmaker") }} AS net_price
  FROM signals
  INNER JOIN {{ ref("past_books", of="signalled_prices", lots="lots") }}
    ON
      signals.number = past_books.number
      AND signals.bookmaker = past_books.bookmaker
      AND signals.collected_at < past_books.collected_at
  ORDER BY signals.signal, past_books.seen_at
),

closing AS MATERIALIZED (
  SELECT
    lots.lot,
    lots.number,
    lots.seen_at
  FROM lots
  WHERE lots.is_close
),

closes AS MATERIALIZED (
  SELECT
    books.lot,
    books.bookmaker,
    {% for outcome in outcomes %}
    books.{{ outcome }}_price,
    {% endfor %}
    books.is_complete
  FROM books
  INNER JOIN closing ON books.lot = closing.lot
),

asked AS (
  SELECT DISTINCT
    closing.lot,
    signals.bookmaker
  FROM signals
  INNER JOIN closing ON signals.number = closing.number
)

SELECT
  judged.kind,
  judged.threshold::double precision AS threshold,
  judged.kind = 'any'
  OR (judged.kind = 'value' AND judged.threshold = {{ value_mailed }})
  OR (judged.kind = 'spread' AND judged.threshold = {{ spread_mailed }}) AS is_mailed,
  past.match_id,
  lots.league,
  judged.outcome,
  judged.seen_at,
  lots.kick_off,
  judged.bookmaker,
  judged.collected_at,
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
    signals.number,
    signals.outcome,
    signals.lot,
    signals.seen_at,
    signals.bookmaker,
    signals.collected_at,
    signals.price,
    signals.net_price,
    signals.strength_pct,
    later.price AS later_price,
    later.net_price AS later_net_price,
    closing.seen_at AS closing_at,
    {{ by_outcome("signals.outcome", "fair_chances", "chance") }} AS closing_chance
  FROM signals
  LEFT JOIN later ON signals.signal = later.signal
  -- At the close itself there is no later price to be compared with.
  LEFT JOIN closing ON signals.number = closing.number AND signals.seen_at < closing.seen_at
  LEFT JOIN {{ ref("fair_chances", of="closes", asked="asked") }}
    ON closing.lot = fair_chances.lot AND signals.bookmaker = fair_chances.bookmaker
) AS judged
INNER JOIN lots ON judged.lot = lots.lot
INNER JOIN past ON judged.number = past.number
