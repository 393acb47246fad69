"""What the page says of prod follows from the parameters of prod and the prices."""

import json
from pathlib import Path
from typing import Any

from tests.benchmarks.cost_model import Book

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/cost.md").read_text()
GEO = 2.0
"""A queue request of a geo-redundant account, in those of a local one (prices.json)."""


def parameters(name: str) -> dict[str, Any]:
    every = json.loads((ROOT / f"infra/parameters/{name}.json").read_text())["parameters"]
    return {key: entry["value"] for key, entry in every.items()}


def waiting(instances: int, megabytes: int) -> float:
    book = Book.read()
    seconds = book.assumed["days"] * 86_400
    return instances * megabytes / 1024 * seconds * book.prices["flex_ready_baseline"]


def test_what_waits_in_prod_costs_what_the_page_says() -> None:
    prod, book = parameters("prod"), Book.read()
    instances = {group["name"]: group["instanceCount"] for group in prod["alwaysReady"]}
    memory = waiting(sum(instances.values()), prod["instanceMemoryMB"])
    looks = instances["function:sync_worker"] * 86_400 / book.assumed["poll_seconds"] * book.assumed["days"]
    polls = looks * book.prices["queue_request"] * GEO
    assert "GZRS" in prod["storageRedundancy"]
    assert f"| {memory:.2f} |" in PAGE
    assert f"| {polls:.2f} |" in PAGE
    assert f"| **{memory + polls:.2f}** |" in PAGE
    said = f"at 512 MB cost {waiting(4, 512):.2f} instead of {memory:.2f}, one and one at 512 MB {waiting(2, 512):.2f}"
    assert said in PAGE
    assert f"{(memory + polls) / 100:.1f} cents for each, among 100 it is {memory + polls:.0f}" in PAGE


def test_what_a_full_log_costs_is_told_beside_the_budget() -> None:
    prod, book = parameters("prod"), Book.read()
    gigabytes = prod["logDailyCapGb"] * book.assumed["days"]
    assert f"up to {gigabytes:.0f} GB a month, {gigabytes * book.prices['log_gb']:.0f} dollars" in PAGE
    assert f"The budget of {prod['monthlyBudget']} would not hold" in PAGE


def test_where_idle_shall_cost_nothing_nothing_waits() -> None:
    for name in ("dev", "test"):
        assert parameters(name).get("alwaysReady", []) == []
