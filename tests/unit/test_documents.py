"""What is documented is what there is: commands, options, exit codes, variables, metrics, rules, configuration keys."""

import re
from pathlib import Path

import pytest
import typer
import yaml
from pydantic import BaseModel

import generate
from oddswatch import __version__
from oddswatch.database import connection, role
from oddswatch.errors import ExitCode
from oddswatch.names import ROOT, UID_PREFIX
from oddswatch.servers import grafana_home
from oddswatch.settings.site import Settings
from tests.data import composed

OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
CONFIG = (ROOT / "config.yml").read_text(encoding="utf-8")
SHIPPED = yaml.safe_load(CONFIG)
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


def test_every_command_and_option_is_documented() -> None:
    commands = typer.main.get_command(generate.app)
    found = dict(commands.commands)  # type: ignore[attr-defined]
    assert "build" in found
    missing = [name for name in found if f"`generate.py {name}`" not in OPERATING]
    for command in found.values():
        missing += [
            option
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--") and option != "--help" and not re.search(rf"`[^`]*{option}\b", OPERATING)
        ]
    assert missing == []


@pytest.mark.parametrize("option", ["--config", "--output"])
def test_the_commands_that_take_an_option_are_documented(option: str) -> None:
    found = re.search(rf"^(.*) take `{option} [A-Z]+`", OPERATING, re.MULTILINE)
    assert found, f"docs/operating.md does not say which commands take {option}"
    commands = typer.main.get_command(generate.app).commands  # type: ignore[attr-defined]
    takers = {name for name, command in commands.items() if any(option in p.opts for p in command.params)}
    assert set(re.findall(r"`(\w+)`", found[1])) == takers


def test_every_exit_code_is_documented() -> None:
    described = re.findall(r"^\| (\d) \|", OPERATING, re.MULTILINE)
    assert described == [str(int(code)) for code in ExitCode]


def test_every_variable_of_the_environment_is_documented() -> None:
    sources = [*(ROOT / "oddswatch").rglob("*.py"), ROOT / "alerting" / "contact.py"]
    read = {
        name
        for path in sources
        for name in re.findall(r"""environ(?:ment)?(?:\.get\(|\[)["']([A-Z_]+)["']""", path.read_text(encoding="utf-8"))
    }
    wanted = {*read, *connection.REQUIRED, role.PASSWORD, Settings().mail.to.high}
    assert "GRAFANA_URL" in wanted
    assert sorted(name for name in wanted if f"`{name}`" not in OPERATING) == []


def test_every_key_stands_in_the_file_of_the_release() -> None:
    assert [key for key in keys(Settings()) if not present(key)] == []


def test_every_setting_of_the_file_is_explained() -> None:
    """A comment stands above it, or above the section that it is in; columns explain themselves by their names."""
    lines = CONFIG.splitlines()
    unexplained = []
    for number, line in enumerate(lines):
        if not re.match(r"^ *[a-z_]+: \S", line) or "columns" in path_of(lines, number):
            continue
        above = lines[number - 1].strip() if number else ""
        if not above.startswith("#") and not any(explained(lines, number)):
            unexplained.append(".".join(path_of(lines, number)))
    assert unexplained == []


def test_the_changelog_knows_the_version() -> None:
    assert f"\n## {__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name) if name else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_the_tour_shows_every_page_on_a_desk_and_on_a_telephone() -> None:
    tour = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    pages = {model["title"]: model["uid"].removeprefix(UID_PREFIX) for model in composed.tree(Settings()).dashboards()}
    missing = [
        title
        for title, name in pages.items()
        if f"\n![{title}](images/{name}.png)\n" not in tour or f"(images/{name}-phone.png)" not in tour
    ]
    assert missing == []


def test_grafanas_usual_homes_are_absolute() -> None:
    assert all(home.is_absolute() for home in grafana_home.USUAL_HOMES)


def anchors(path: Path) -> set[str]:
    """The places of a document that a link can lead to: explicit ones, and GitHub's from headings."""
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def keys(section: BaseModel, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """All keys of the configuration, as they stand in the file."""
    found: list[tuple[str, ...]] = []
    for name, field in type(section).model_fields.items():
        value, key = getattr(section, name), (*path, field.alias or name)
        found += keys(value, key) if isinstance(value, BaseModel) else [key]
    return found


def present(key: tuple[str, ...]) -> bool:
    node = SHIPPED
    for part in key:
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


def path_of(lines: list[str], number: int) -> list[str]:
    """The keys that lead to a line."""
    path: list[str] = []
    depth = 1000
    for line in reversed(lines[: number + 1]):
        found = re.match(r"^( *)([a-z_]+):", line)
        if found and len(found[1]) < depth:
            depth = len(found[1])
            path.insert(0, found[2])
    return path


def explained(lines: list[str], number: int) -> list[bool]:
    """Whether a comment stands above any of the sections that a line is in."""
    depth = len(lines[number]) - len(lines[number].lstrip())
    found = []
    for place in range(number - 1, -1, -1):
        match = re.match(r"^( *)([a-z_]+):", lines[place])
        if match and len(match[1]) < depth:
            depth = len(match[1])
            found.append(place > 0 and lines[place - 1].lstrip().startswith("#"))
    return found
