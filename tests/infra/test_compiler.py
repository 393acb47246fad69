"""Where the real compiler is on the path, it compiles; elsewhere the other checks of this folder must do."""

import shutil
import subprocess

from tests.infra.bicep import INFRA, ROOT, run

FILES = ("main.bicep", "mail-events.bicep", "azd/main.bicep")


def test_the_compiler_takes_it_where_there_is_one() -> None:
    compiler = shutil.which("bicep")
    if compiler is None:
        assert "not been compiled" in " ".join((ROOT / "docs/azure.md").read_text().split())
        return
    for file in FILES:
        assert run([compiler, "build", "--stdout", INFRA / file]).startswith("{")
        linted = subprocess.run([compiler, "lint", INFRA / file], capture_output=True, text=True, check=False)
        assert "Error" not in linted.stderr + linted.stdout, linted.stderr + linted.stdout
