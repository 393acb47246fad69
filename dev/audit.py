"""Known vulnerabilities in what the app and the local stack are made of: `make audit`.

    0  none is known
    1  something is known, or a tool could not do its work
    2  the advisories are out of reach: nothing was checked

A mirror of a registry often answers without advisories. So it is asked first about a release that has some: who knows
none of that one would know none of ours.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
NOTHING, FOUND, OUT_OF_REACH = 0, 1, 2
PYPI_PROBE = "https://pypi.org/pypi/jinja2/2.10/json"
"""CVE-2019-10906 and others. https://docs.pypi.org/api/json/#known-vulnerabilities"""
NPM_PROBE = "https://registry.npmjs.org/-/npm/v1/security/advisories/bulk"
NPM_SAMPLE = {"lodash": ["4.17.4"]}
"""CVE-2018-3721 and others. The answer names each package that has advisories."""
SECONDS = 20.0

type Run = Callable[[Sequence[str], Path], int]


def python_advisories(http: httpx.Client) -> bool:
    """Does PyPI tell of vulnerabilities?"""
    return bool(_asked(http, "GET", PYPI_PROBE).get("vulnerabilities"))


def node_advisories(http: httpx.Client) -> bool:
    """Does the npm registry tell of vulnerabilities?"""
    return "lodash" in _asked(http, "POST", NPM_PROBE, json=NPM_SAMPLE)


def audit(http: httpx.Client, run: Run, say: Callable[[str], None]) -> int:
    """Check what can be checked, and say loudly what cannot."""
    worst = NOTHING
    checks = (
        (
            "the app (requirements.lock)",
            python_advisories,
            [sys.executable, "-m", "pip_audit", "--requirement", "requirements.lock", "--require-hashes", "--strict"],
            ROOT,
        ),
        ("Azurite (dev/package-lock.json)", node_advisories, ["npm", "audit", "--omit=optional"], ROOT / "dev"),
    )
    for what, reachable, command, folder in checks:
        if not reachable(http):
            say(f"!!! NOT CHECKED: {what}. No advisories can be read from here.")
            worst = worst or OUT_OF_REACH
        elif run(command, folder) != 0:
            say(f"!!! Something is known about {what}, see above; or the check itself failed.")
            worst = FOUND
        else:
            say(f"No vulnerability is known in {what}.")
    return worst


def _asked(http: httpx.Client, method: str, url: str, **content: Any) -> dict[str, Any]:
    try:
        data = http.request(method, url, **content).raise_for_status().json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return {}
    return data if isinstance(data, dict) else {}


def _run(command: Sequence[str], folder: Path) -> int:
    return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    with httpx.Client(timeout=SECONDS, follow_redirects=True) as client:
        sys.exit(audit(client, _run, print))
