"""Texts of ours on a page."""

from math import ceil

from dashboards.style.panel import Panel

#: Letters of a line per column of the grid, pixels of a line, of the space below a paragraph, and of one grid row.
_LETTERS, _LINE, _GAP, _ROW = 7, 22, 14, 38


def markdown(key: str, title: str, description: str, text: str, *, width: int = 12) -> Panel:
    """A text in Markdown, as high as it needs to be on a desk; a phone scrolls in it.

    Grafana puts its variables in, and takes out what could be executed.
    """
    paragraphs = text.split("\n\n")
    lines = sum(ceil(len(paragraph) / (_LETTERS * width)) for paragraph in paragraphs)
    pixels = lines * _LINE + len(paragraphs) * _GAP
    return Panel(
        key,
        title,
        description,
        "",
        "text",
        width,
        ceil(pixels / _ROW) + 1,
        options={"mode": "markdown", "content": text},
    )
