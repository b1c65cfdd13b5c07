"""The queries of a rule, thin selections from its file in `metrics/alerts/`.

Grafana tells one alert from another by the labels of the condition's query, so that query (A) returns what identifies
the alert and one number. What changes while the alert stays the same comes from a second query (K), whose labels are a
superset.
"""

from alerting.rules import Rule
from oddswatch.catalogue.catalogue import Catalogue


def condition_sql(rule: Rule, catalogue: Catalogue) -> str:
    """The query whose rows are the alert's instances: the columns of its identity, and one number."""
    return catalogue.select(rule.name, ", ".join((*rule.identity, "value")))


def facts_sql(rule: Rule, catalogue: Catalogue) -> str:
    """The query with the mail's texts of the same instances, and their rank: the smaller, the more important."""
    sign = "-" if rule.threshold.fires[0].startswith("gt") else "+"
    rank = f"to_char(500000000 {sign} least(greatest(value, -400000000), 400000000), 'FM000000000.000') AS rank"
    return catalogue.select(rule.name, ", ".join((*rule.identity, "subject", "body", rank, "value")))
