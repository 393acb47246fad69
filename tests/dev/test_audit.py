"""The audit of dependencies never says "nothing known" where nothing was asked."""

from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from dev.audit import FOUND, NOTHING, OUT_OF_REACH, ROOT, audit

PYPI_KNOWS = {"info": {}, "vulnerabilities": [{"id": "PYSEC-2019-217"}]}
NPM_KNOWS = {"lodash": [{"id": 1}]}


class Audit:
    def __init__(self, pypi: httpx.Response | None, npm: httpx.Response | None, ends: int = 0) -> None:
        self._answers = {"pypi.org": pypi, "registry.npmjs.org": npm}
        self._ends = ends
        self.run: list[str] = []
        self.said: list[str] = []

    def __call__(self) -> int:
        with httpx.Client(transport=httpx.MockTransport(self._answer)) as http:
            return audit(http, self._run, self.said.append)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self._answers[request.url.host]
        if answer is None:
            raise httpx.ConnectError("no network")
        return answer

    def _run(self, command: Sequence[str], folder: Path) -> int:
        self.run.append(f"{folder.relative_to(ROOT)}: {command[-1]}")
        return self._ends


def test_where_advisories_are_read_everything_is_checked() -> None:
    asked = Audit(httpx.Response(200, json=PYPI_KNOWS), httpx.Response(200, json=NPM_KNOWS))
    assert asked() == NOTHING
    assert asked.run == [".: --strict", "dev: --omit=optional"]


@pytest.mark.parametrize(
    "silent",
    [
        None,
        httpx.Response(503),
        httpx.Response(200, text="<html>a mirror</html>"),
        httpx.Response(200, json={"info": {}, "vulnerabilities": []}),
        httpx.Response(200, json=[]),
    ],
)
def test_a_mirror_without_advisories_is_no_reason_to_be_calm(silent: httpx.Response | None) -> None:
    asked = Audit(silent, silent)
    assert asked() == OUT_OF_REACH
    assert asked.run == []
    assert [line.startswith("!!! NOT CHECKED") for line in asked.said] == [True, True]


def test_what_was_found_counts_more_than_what_could_not_be_asked() -> None:
    assert Audit(httpx.Response(200, json=PYPI_KNOWS), None, ends=1)() == FOUND
