"""Does the Azure CLI take these command lines? Reads one JSON list of arguments a line, answers one JSON object a line.

Runs in .venv-infra. Only the CLI's own parser runs: whatever would be done is cut off, so nothing happens even where
somebody is signed in.
"""

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
from typing import Any

os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = os.environ["AZURE_EXTENSION_USE_DYNAMIC_INSTALL"] = "no"
os.environ["AZURE_CONFIG_DIR"] = os.environ["AZURE_EXTENSION_DIR"] = tempfile.mkdtemp()

from azure.cli.core import get_default_cli  # it reads the folders above when it is imported
from azure.cli.core.commands import AzCliCommandInvoker  # the same


class OnlyParse(AzCliCommandInvoker):  # type: ignore[misc]  # the Azure CLI has no types
    def _validation(self, _parsed: Any) -> None:
        return

    def resolve_confirmation(self, _cmd: Any, _parsed: Any) -> None:
        return

    def _run_jobs_serially(self, _jobs: Any, _ids: Any) -> tuple[list[Any], list[Any]]:
        return [], []

    _run_jobs_concurrently = _run_jobs_serially


def refusal(arguments: list[str]) -> str:
    """What the parser says against a command line; "" when it takes it."""
    cli = get_default_cli()
    cli.invocation_cls = OnlyParse
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setLevel(logging.ERROR)
    logging.getLogger("cli").addHandler(handler)
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = cli.invoke(arguments, out_file=io.StringIO())
    except SystemExit as stop:
        code = stop.code
    finally:
        logging.getLogger("cli").removeHandler(handler)
    if not code:
        return ""
    told = [
        line
        for line in said.getvalue().splitlines()
        if "recogn" in line or "No module named" in line or "required" in line or "argument" in line
    ]
    return " / ".join(told) or f"exit code {code}"


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(refusal(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
