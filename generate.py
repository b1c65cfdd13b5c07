#!/usr/bin/env python3
"""Dashboards and alerts for an odds database: the command line. It parses and calls, nothing else.

Each command's module is imported when it runs: a build needs neither the demo's server nor an HTTP client.
"""

from pathlib import Path
from typing import Annotated

import typer

from oddswatch.errors import UserError

ROOT = Path(__file__).resolve().parent

app = typer.Typer(add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False)
Config = Annotated[Path, typer.Option("--config", help="The site's configuration.")]
Output = Annotated[Path, typer.Option("--output", help="The provisioning tree to write.")]
CONFIG, OUTPUT, DEMO = ROOT / "config.yml", ROOT / "provisioning", ROOT / ".demo"


@app.callback(invoke_without_command=True)
def main(context: typer.Context, config: Config = CONFIG, output: Output = OUTPUT) -> None:
    """Generate Grafana's provisioning tree (the same as `build`)."""
    if context.invoked_subcommand is None:
        build(config, output)
    # What is said before a command holds for it as well: generate.py --config FILE check.
    context.default_map = {context.invoked_subcommand or "": {"config": str(config), "output": str(output)}}


@app.command()
def build(config: Config = CONFIG, output: Output = OUTPUT) -> None:
    """Make, validate and write the tree; reload the Grafana of GRAFANA_URL and read back what arrived."""
    from oddswatch.commands import build as command

    command.build(config, output)


@app.command()
def diff(
    config: Config = CONFIG,
    output: Output = OUTPUT,
    push: Annotated[
        bool, typer.Option("--push", help="Ask the Grafana of GRAFANA_URL and GRAFANA_TOKEN what a push would change.")
    ] = False,
) -> None:
    """Print what a build would change; exit 1 if anything. Writes nothing."""
    if push:
        from oddswatch.commands import push as pushing

        pushing.show_push(config)
    else:
        from oddswatch.commands import diff as command

        command.diff(config, output)


@app.command()
def push(config: Config = CONFIG) -> None:
    """Bring everything into the Grafana of GRAFANA_URL through its HTTP API, with GRAFANA_TOKEN, and read it back."""
    from oddswatch.commands import push as command

    command.push(config)


@app.command()
def remove(output: Output = OUTPUT) -> None:
    """Take everything of ours out of the Grafana of GRAFANA_URL, and our files out of the tree that it reads.

    With GRAFANA_TOKEN: what was pushed.
    """
    from oddswatch.commands import remove as command

    command.remove(output)


@app.command()
def check(
    config: Config = CONFIG,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Look at the database and print the configuration that fits it.")
    ] = False,
) -> None:
    """Run every query of every panel, variable, annotation and rule on the database of the PG* variables."""
    if suggest:
        from oddswatch.commands import suggest as suggestion

        suggestion.suggest()
    else:
        from oddswatch.commands import check as command

        command.check(config)


@app.command()
def show(config: Config = CONFIG) -> None:
    """Print what Home says now, in the terminal."""
    from oddswatch.commands import show as command

    command.show(config)


@app.command()
def preview(config: Config = CONFIG) -> None:
    """Print the alerts that would fire now, with subject and text."""
    from oddswatch.commands import preview as command

    command.preview(config)


@app.command()
def sql(
    name: Annotated[str, typer.Argument(help="A metric of docs/metrics.md.")],
    config: Config = CONFIG,
) -> None:
    """Print a metric as the database gets it, to be pasted into psql."""
    from oddswatch.commands import sql as command

    command.sql(config, name)


@app.command()
def role(
    config: Config = CONFIG,
    apply: Annotated[bool, typer.Option("--apply", help="Run it on the database of the PG* variables.")] = False,
    name: Annotated[str, typer.Option("--name", help="The name of the role.")] = "oddswatch",
) -> None:
    """Print the SQL of the read-only role that Grafana should use."""
    from oddswatch.commands import role as command

    command.role(config, name, apply=apply)


@app.command()
def demo(
    prices: Annotated[Path | None, typer.Option("--prices", help="A CSV of real prices instead of the market.")] = None,
    heartbeat: Annotated[Path | None, typer.Option("--heartbeat", help="A file that each collection touches.")] = None,
) -> None:
    """Run the demo database and its live feed, until Ctrl-C."""
    from oddswatch.commands import demo as command

    command.demo(DEMO, prices, heartbeat)


@app.command()
def run(config: Config = CONFIG, output: Output = OUTPUT) -> None:
    """Build, show Home in the terminal, and start Grafana; with the demo where no database is configured."""
    from oddswatch.commands import run as command

    command.run(config, output, DEMO)


if __name__ == "__main__":
    try:
        app()
    except UserError as error:
        typer.echo(error.message, err=True)
        raise SystemExit(error.exit_code) from None
