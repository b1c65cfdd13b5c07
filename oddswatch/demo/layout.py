"""The forms in which the target system's database occurs, and the SQL templates written for all of them."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from oddswatch.quoting import identifier


@dataclass(frozen=True)
class Layout:
    """How one installation keeps its data.

    Attributes:
        form: `per_match` keeps a row per match, bookmaker and collection in `odds_history`; `per_outcome` keeps a
            row per outcome in `odds`.
        times: `naive_utc` for `timestamp without time zone` that holds UTC, or `timestamptz`.
        profit_column: the name of the profit in `bets`.
        schema: the PostgreSQL schema of all tables.
        lookback: how far `v_current_opportunities` looks back, as a PostgreSQL interval.
    """

    form: Literal["per_match", "per_outcome"] = "per_match"
    times: Literal["naive_utc", "timestamptz"] = "naive_utc"
    profit_column: Literal["profit_loss", "actual_profit"] = "profit_loss"
    schema: str = "public"
    lookback: str = "2 hours"

    @property
    def prices(self) -> str:
        """The quoted name of the table of prices."""
        return self.table("odds_history" if self.form == "per_match" else "odds")

    @property
    def collected(self) -> str:
        """The name of the column that tells when a price was collected."""
        return "collected_at" if self.form == "per_match" else "created_at"

    def table(self, name: str) -> str:
        """The quoted name of a table of this installation."""
        return f"{identifier(self.schema)}.{identifier(name)}"

    def stored(self, moment: str) -> str:
        """An SQL expression of type timestamptz, as the columns keep it."""
        return f"({moment} AT TIME ZONE 'UTC')" if self.times == "naive_utc" else moment

    def sql(self, template: str) -> str:
        """The text of one of the `.sql` files beside this module, for this layout."""
        return _templates().get_template(template).render(layout=self)


@cache
def _templates() -> Environment:
    # The result is SQL, where HTML escapes would do harm.
    return Environment(  # noqa: S701
        loader=PackageLoader("oddswatch.demo", "sql"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
