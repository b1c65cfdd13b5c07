"""The catalogue: every number the product knows, one `.sql` file each in `metrics/`, rendered for one site."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import jinja2
from jinja2 import nodes

from oddswatch.catalogue.expressions import Expressions
from oddswatch.catalogue.header import Metric, parse
from oddswatch.errors import UserError
from oddswatch.names import ROOT
from oddswatch.quoting import literal
from oddswatch.settings.site import Settings

METRICS = ROOT / "metrics"

#: What a template knows beside its parameters and the expressions.
_BUILT_IN = {"at", "at_is_now", "ref", "whole", "loop"}


class Catalogue:
    """All metrics, rendered for one site's settings."""

    def __init__(self, settings: Settings, folder: Path = METRICS) -> None:
        self.settings = settings
        self.metrics = _read(folder)
        # The result is SQL, where HTML escapes would do harm.
        self._environment = jinja2.Environment(
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701
        )
        self._environment.filters["literal"] = literal
        self._environment.globals |= Expressions(settings).by_name()
        #: The files that each file refers to, by name.
        self.references: dict[str, set[str]] = {}
        self._templates = {metric.name: self._compile(metric) for metric in self}
        self._rendered: dict[tuple[str, frozenset[tuple[str, str]]], str] = {}

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.metrics.values())

    def __getitem__(self, name: str) -> Metric:
        try:
            return self.metrics[name]
        except KeyError:
            raise KeyError(f"no metric {name!r}; there are {', '.join(self.metrics)}") from None

    def sql(self, name: str, **parameters: str) -> str:
        """Return the SELECT of a metric; parameters are SQL expressions that the header declares."""
        key = (name, frozenset(parameters.items()))
        if key not in self._rendered:
            self._rendered[key] = self._render(self[name], parameters)
        return self._rendered[key]

    def ref(self, name: str, **parameters: str) -> str:
        """Return a metric as a relation for a FROM clause: `( SELECT … ) AS name`."""
        return f"{self.whole(name, **parameters)} AS {name}"

    def whole(self, name: str, **parameters: str) -> str:
        """Return a metric as the body of a common table expression: `( SELECT … )`."""
        body = self.sql(name, **parameters).replace("\n", "\n  ")
        return f"(\n  {body}\n)"

    def select(
        self, name: str, columns: str = "", *, where: str = "", order_by: str = "", limit: int = 0, **parameters: str
    ) -> str:
        """Return a thin query over a metric: a projection, a filter, an order; never a new definition.

        Without `columns` all that the header declares are returned, in its order.
        """
        projection = columns or ", ".join(column.name for column in self[name].columns)
        parts = [f"SELECT {projection}", f"FROM {self.ref(name, **parameters)}"]
        parts += [f"WHERE {where}"] if where else []
        parts += [f"ORDER BY {order_by}"] if order_by else []
        parts += [f"LIMIT {limit}"] if limit else []
        return "\n".join(parts)

    def _render(self, metric: Metric, parameters: Mapping[str, str]) -> str:
        unknown = set(parameters) - set(metric.parameters)
        if unknown:
            raise UserError(f"{metric.path}: has no parameter {', '.join(sorted(unknown))}; declare it in the header")

        def handed_on(name: str, given: Mapping[str, str]) -> dict[str, str]:
            declared = self[name].parameters
            return {key: value for key, value in parameters.items() if key in declared} | dict(given)

        def ref(name: str, **given: str) -> str:
            return self.ref(name, **handed_on(name, given))

        def whole(name: str, **given: str) -> str:
            return self.whole(name, **handed_on(name, given))

        try:
            text = self._templates[metric.name].render(
                {
                    **dict.fromkeys(metric.parameters),
                    **parameters,
                    "at": parameters.get("at") or self._environment.globals["now"],
                    "at_is_now": not parameters.get("at"),
                    "ref": ref,
                    "whole": whole,
                }
            )
        except jinja2.TemplateError as error:
            raise UserError(f"{metric.path}: {error}; see the names in oddswatch/catalogue/expressions.py") from None
        return _tidy(text)

    def _compile(self, metric: Metric) -> jinja2.Template:
        """Compile a metric's template; raises `UserError` where it does not fit the header or the other files."""
        try:
            tree = self._environment.parse(metric.template)
            self._check(metric, tree)
            return self._environment.from_string(tree)
        except jinja2.TemplateSyntaxError as error:
            raise UserError(f"{metric.path}, line {error.lineno}: {error.message}; mend the template") from None

    def _check(self, metric: Metric, tree: nodes.Template) -> None:
        """Hold the names that a template uses against the parameters that its header declares."""
        used, references = _names(tree)
        self.references[metric.name] = references
        reached = set(used)
        for name in references:
            if name not in self.metrics:
                raise UserError(f"{metric.path}: refers to {name!r}, which is no file in {METRICS.name}/")
            reached |= set(self.metrics[name].parameters)
        for name in metric.parameters:
            implied = name == "at" and "at_is_now" in used
            if name not in reached and not implied:
                raise UserError(f"{metric.path}: declares the parameter {name!r} and does not use it; remove it")
        for name in sorted(used - _BUILT_IN - set(metric.parameters) - set(self._environment.globals)):
            raise UserError(f"{metric.path}: uses {name!r} without declaring it; add it to '-- Parameters:'")


def _read(folder: Path) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {}
    for path in sorted(folder.rglob("*.sql")):
        metric = parse(path, is_block=path.parent != folder)
        if metric.name in metrics:
            raise UserError(f"{path}: a second file called {metric.name!r}; rename one of them")
        metrics[metric.name] = metric
    return metrics


def _names(tree: nodes.Template) -> tuple[set[str], set[str]]:
    """The names that a template uses and has not made itself, and the files that it refers to by a literal name."""
    used, own, references = set(), set(), set()
    # One walk for all three: of reading a template, walking costs most.
    for node in tree.find_all((nodes.Name, nodes.Macro, nodes.Call)):
        match node:
            case nodes.Name(ctx="load"):
                used.add(node.name)
            case nodes.Name() | nodes.Macro():
                own.add(node.name)
            case nodes.Call(node=nodes.Name(name="ref" | "whole"), args=[nodes.Const(value=name), *_]):
                references.add(name)
    return used - own, references


def _tidy(sql: str) -> str:
    """Drop comment lines and blank lines: Grafana looks for macros in comments too."""
    # Not splitlines(), to which characters of a name can be the end of a line.
    lines = (line.rstrip() for line in sql.split("\n"))
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("--"))
