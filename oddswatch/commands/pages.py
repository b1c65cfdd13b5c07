"""What a person is told once a Grafana runs: where Home is, how to log in, what else there is to see."""

from oddswatch.commands.console import print_result
from oddswatch.names import dashboard_uid
from oddswatch.tree.tree import Tree

#: The questions of the pages behind Home, by the names of their dashboards.
PAGES = {
    "opportunities": "which price pays more than its chance is worth, and at which stake?",
    "proof": "did past alerts keep what they promised?",
    "match": "what is each offer worth, and where is it going?",
    "performance": "did my bets beat the final price, or was it luck?",
    "health": "do the collections run, and is the data sound?",
}


def print_pages(tree: Tree, url: str, user: str, password: str) -> None:
    """Print it, for the Grafana at `url`, without a slash at the end, that reads this tree."""
    titles = {model["uid"]: model["title"] for model in tree.dashboards()}
    print_result(f"Home: {url}/d/{dashboard_uid('home')}")
    print_result(f"log in as {user} with the password {password}")
    for name, question in PAGES.items():
        print_result(f"  {titles[dashboard_uid(name)]:<15} {question}")
