-- Best offers, held against their chance
-- Grain: one row per lot and outcome whose best offer has an expected value of at least `least`
-- Returns:
--   lot: text, text, Lot
--   outcome: text, text, Outcome
--   bookmaker: text, text, Bookmaker
--   price: double precision, price, Price
--   net_price: double precision, price, After commission
--   chance: double precision, share, Fair chance
--   fair_from: text, text, Fair price from
--   ev: double precision, share, Expected value
--   others_ev: double precision, share, Expected value by the others
--   price_down_to: double precision, price, Worth it down to
--   next_price: double precision, price, Next best price
--   bookmakers: bigint, count, Bookmakers
--   collected_at: timestamp, time, Collected
--   doubt: text, text, Doubt
-- Parameters: of (name of a relation in scope with lot, bookmaker, the three prices, has_draw and collected_at), least (an
--   expected value as a share; without it `value.min_ev_pct`), bookmakers (names whose offers count, a text[]), nearest (how
--   many that a sharp bookmaker measures come back, those of the highest value, and all from `value.min_ev_pct` on; without
--   it all)
-- Notes: Expected value = net price x fair chance - 1; net price = 1 + (price - 1) x (1 - commission). The fair chance is the
--   sharp bookmaker's, else that of the other bookmakers: their median, of at least `value.min_bookmakers` - 1 complete books;
--   never that of the bookmaker whose offer it is. The sharp bookmaker's own offers are its measure and not judged. Of equal offers the freshest. Fair chances and the next best
--   price come from all bookmakers, offers from `bookmakers.mine`. Worth it down to = (1 + `value.min_ev_pct`) / chance, or 1 /
--   chance by the others where that is more, because below it they disagree; as the bookmaker's page shows it, before its
--   commission, rounded up to a hundredth, but not above an offer that is worth it. Doubt names every guard of `value` that the
--   offer does not pass, and swapped sides: its bookmaker's prices on home and away are nearer to the others' the other way round. The others are asked only about offers that pass `least`, or where no sharp bookmaker is there to ask.
{% set v = settings.value %}
{% set outcomes = ["home", "draw", "away"] %}
{% set at_least = least or v.min_ev_pct / 100 %}
WITH lots AS MATERIALIZED (
  SELECT
    given.lot,
    given.bookmaker,
    given.home_price,
    given.draw_price,
    given.away_price,
    given.home_price IS NOT NULL
    AND given.away_price IS NOT NULL
    AND (given.draw_price IS NOT NULL OR given.has_draw IS FALSE) AS is_complete,
    {{ keeps("given.bookmaker") }} AS keeps,
    {{ is_mine("given.bookmaker") }}{% if bookmakers %} AND given.bookmaker = ANY ({{ bookmakers }}){% endif %} AS is_offered,
    given.collected_at
  FROM {{ of }} AS given
),

sharp AS MATERIALIZED {{ whole("sharp_chances", of="lots") }},

best AS (
  SELECT
    lots.lot,
    {% for outcome in outcomes %}
    max(1 + (lots.{{ outcome }}_price - 1) * lots.keeps) FILTER (WHERE lots.is_offered AND lots.bookmaker IS DISTINCT FROM sharp.bookmaker) AS {{ outcome }}_net_price,
    count(lots.{{ outcome }}_price) AS {{ outcome }}_bookmakers,
    max(sharp.{{ outcome }}_chance) AS {{ outcome }}_chance,
    {% endfor %}
    max(sharp.bookmaker) AS sharp
  FROM lots
  LEFT JOIN sharp ON lots.lot = sharp.lot
  GROUP BY lots.lot
),

candidates AS MATERIALIZED (
  SELECT
    best.lot,
    best.sharp,
    outcomes.outcome,
    outcomes.net_price,
    outcomes.bookmakers,
    outcomes.chance{{ "," if nearest }}
    {% if nearest %}
    row_number() OVER (
      PARTITION BY best.sharp IS NULL
      ORDER BY outcomes.net_price * outcomes.chance DESC, best.lot, outcomes.outcome
    ) AS place
    {% endif %}
  FROM best
  CROSS JOIN LATERAL (
    VALUES
    {% for outcome in outcomes %}
    ('{{ outcome }}', best.{{ outcome }}_net_price, best.{{ outcome }}_bookmakers, best.{{ outcome }}_chance){{ "" if loop.last else "," }}
    {% endfor %}
  ) AS outcomes (outcome, net_price, bookmakers, chance)
  WHERE
    outcomes.net_price IS NOT NULL
    AND (best.sharp IS NULL OR outcomes.net_price * outcomes.chance - 1 >= {{ at_least }})
),

offers AS MATERIALIZED (
  (
    SELECT DISTINCT ON (candidates.lot, candidates.outcome)
      candidates.lot,
      candidates.sharp,
      candidates.outcome,
      candidates.net_price,
      candidates.bookmakers,
      candidates.chance,
      lots.bookmaker,
      {{ by_outcome("candidates.outcome", "lots", "price") }} AS price,
      lots.home_price,
      lots.away_price,
      lots.keeps,
      lots.collected_at
    FROM candidates
    INNER JOIN lots
      ON
        candidates.lot = lots.lot
        AND candidates.net_price = 1 + ({{ by_outcome("candidates.outcome", "lots", "price") }} - 1) * lots.keeps
    WHERE
      lots.is_offered
      AND lots.bookmaker IS DISTINCT FROM candidates.sharp
      {% if nearest %}
      AND (
        candidates.sharp IS NULL
        OR candidates.place <= {{ nearest }}
        OR candidates.net_price * candidates.chance - 1 >= {{ v.min_ev_pct / 100 }}
      )
      {% endif %}
    ORDER BY candidates.lot, candidates.outcome, lots.collected_at DESC, lots.bookmaker
  )
  UNION ALL
  {{ no_rows(12, 10) }}
),

asked AS (
  SELECT DISTINCT offers.lot, offers.bookmaker
  FROM offers
),

-- Both once, however often they are looked into below.
rivals AS MATERIALIZED (
  SELECT
    candidates.lot,
    candidates.outcome,
    max(1 + ({{ by_outcome("candidates.outcome", "lots", "price") }} - 1) * lots.keeps) AS next_price
  FROM offers AS candidates
  INNER JOIN lots ON candidates.lot = lots.lot AND candidates.bookmaker <> lots.bookmaker
  GROUP BY candidates.lot, candidates.outcome
),

others AS MATERIALIZED {{ whole("others_chances", of="lots", asked="asked") }}

SELECT
  judged.lot,
  judged.outcome,
  judged.bookmaker,
  judged.price,
  judged.net_price,
  judged.chance,
  judged.fair_from,
  judged.net_price * judged.chance - 1 AS ev,
  judged.net_price * judged.others_chance - 1 AS others_ev,
  CASE WHEN judged.price >= lowest.price THEN least(lowest.rounded, judged.price) ELSE lowest.rounded END AS price_down_to,
  judged.next_price,
  judged.bookmakers,
  judged.collected_at,
  nullif(
    concat_ws(
      ', ',
      CASE WHEN judged.net_price * judged.chance - 1 > {{ v.max_ev_pct / 100 }} THEN 'too good' END,
      CASE WHEN judged.net_price > judged.next_price * {{ 1 + v.alone_pct / 100 }} THEN 'far above the next' END,
      CASE WHEN judged.net_price * judged.others_chance < 1 THEN 'others disagree' END,
      CASE WHEN judged.is_swapped THEN 'sides swapped' END,
      CASE WHEN judged.bookmakers < {{ v.min_bookmakers }} OR judged.others_chance IS NULL THEN 'few bookmakers' END,
      CASE WHEN judged.price > {{ v.max_price }} THEN 'long shot' END
    ),
    ''
  ) AS doubt
FROM (
  SELECT
    candidates.lot,
    candidates.outcome,
    candidates.bookmaker,
    candidates.price,
    candidates.net_price,
    candidates.keeps,
    candidates.bookmakers,
    candidates.collected_at,
    rivals.next_price,
    candidates.outcome <> 'draw'
    AND {{ sides_swapped("candidates", "1 / others.home_chance", "1 / others.away_chance") }} AS is_swapped,
    {{ by_outcome("candidates.outcome", "others", "chance") }} AS others_chance,
    coalesce(candidates.chance, {{ by_outcome("candidates.outcome", "others", "chance") }}) AS chance,
    coalesce({{ bookmaker_name("candidates.sharp") }}, others.others || ' others') AS fair_from
  FROM offers AS candidates
  LEFT JOIN rivals ON candidates.lot = rivals.lot AND candidates.outcome = rivals.outcome
  LEFT JOIN others
    ON
      candidates.lot = others.lot
      AND candidates.bookmaker = others.bookmaker
      AND others.others >= {{ v.min_bookmakers - 1 }}
  {{ taken_for_many }}
) AS judged
CROSS JOIN LATERAL (
  SELECT
    exactly.price,
    ceil(round((exactly.price * 100)::numeric, 6))::double precision / 100 AS rounded
  FROM (
    SELECT
      1 + (greatest({{ 1 + v.min_ev_pct / 100 }} / judged.chance, 1 / judged.others_chance) - 1) / judged.keeps AS price
  ) AS exactly
) AS lowest
WHERE judged.net_price * judged.chance - 1 >= {{ at_least }}
