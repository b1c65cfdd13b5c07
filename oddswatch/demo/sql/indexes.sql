-- The target system's keys and indexes, and no others.
{% set key = ["match_id", "bookmaker"] + (["outcome"] if layout.form == "per_outcome" else []) + [layout.collected] %}
ALTER TABLE {{ layout.prices }} ADD PRIMARY KEY (id), ADD UNIQUE ({{ key | join(", ") }});
{% for column in ["match_id", "sport", layout.collected, "bookmaker"] %}
CREATE INDEX ON {{ layout.prices }} ({{ column }});
{% endfor %}
