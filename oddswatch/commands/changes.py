"""What a build changes: shown by `diff`, made by `build`."""

from pathlib import Path

from oddswatch.catalogue.catalogue import Catalogue
from oddswatch.commands.console import print_result
from oddswatch.tree import files, metrics_page
from oddswatch.tree.compare import compare
from oddswatch.tree.tree import Tree


def show_changes(catalogue: Catalogue, before: Tree, tree: Tree, output: Path) -> bool:
    """Print what a build changes from `before` to `tree` in the folder `output`; return whether anything."""
    page = _page_changes(catalogue, output)
    _show(before, tree, output, page=page)
    return page or before.files != tree.files


def make_changes(catalogue: Catalogue, before: Tree, tree: Tree, output: Path) -> None:
    """Write `tree` to the folder `output`, which held `before`, and the page about the metrics; print what changed."""
    files.write(tree, output)
    page = _page_changes(catalogue, output)
    _show(before, tree, output, page=page)
    if page:
        files.write_text(metrics_page.PAGE, metrics_page.render(catalogue))


def _page_changes(catalogue: Catalogue, output: Path) -> bool:
    """Whether the page about the metrics, which belongs to the committed tree alone, is to change."""
    return metrics_page.belongs_to(output) and not metrics_page.is_current(catalogue)


def _show(before: Tree, tree: Tree, output: Path, *, page: bool) -> None:
    print_result(str(output))
    for line in compare(before, tree).lines():
        print_result(line)
    if page:
        print_result(f"{metrics_page.PAGE} changes")
