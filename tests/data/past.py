"""Books of past collections, from the parts that the metrics of the page Proof put together."""

from oddswatch.catalogue.catalogue import Catalogue


def past_books(catalogue: Catalogue, at: str) -> str:
    """A relation `past_books` with every book of every past collection, as of a moment (SQL)."""
    books = catalogue.ref("past_books", of="prices", lots="lots")
    return f"""(
        WITH past AS MATERIALIZED ({catalogue.sql("past_matches", at=at)}),
        prices AS MATERIALIZED ({catalogue.sql("past_prices", of="past", at=at)}),
        lots AS MATERIALIZED ({catalogue.sql("past_collections", of="prices", at=at)})
        SELECT past_books.*, lots.is_close, past.match_id
        FROM {books} INNER JOIN lots USING (lot) INNER JOIN past ON lots.number = past.number
    ) AS past_books"""
