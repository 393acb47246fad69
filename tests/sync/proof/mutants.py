"""Shows that the proofs can fail: makes one mistake at a time in a copy of the project, and asks who notices.

`make mutants` runs all; words of names after the command choose some. Exit code 1 when a mutant survives.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

from tests.sync.proof.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[3]
PROOFS = {
    "histories": ["tests/sync/proof/test_proof.py"],
    "examples": ["tests/domain", "tests/sync", "--ignore=tests/sync/proof"],
}
"""The random histories are asked first; what they do not see, the tests by example must."""
LIMIT = 240.0
"""Seconds for one proof of one mutant; one that hangs has been noticed."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S*?([\w.]+\.py(?:::\S+)?)", re.MULTILINE)
_COPIED = ("shared", "tests", "functions", "dev", "pyproject.toml", "function_app.py", "host.json", "docs", "README.md")


def main(words: list[str]) -> int:
    chosen = [mutation for mutation in MUTATIONS if all(word in mutation.name for word in words)]
    caught = 0
    for mutation in chosen:
        started = monotonic()
        by = _caught_by(mutation)
        caught += by is not None
        print(f"{mutation.name:<52}{by or 'SURVIVED':<76}{monotonic() - started:5.0f} s", flush=True)
    print(f"{caught} of {len(chosen)} mutants were caught")
    return 0 if caught == len(chosen) else 1


def _caught_by(mutation: Mutation) -> str | None:
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        tree = Path(place)
        for name in _COPIED:
            _copy(ROOT / name, tree / name)
        _mutate(tree / mutation.file, mutation)
        for kind, paths in PROOFS.items():
            failed = _ask(tree, paths)
            if failed is not None:
                return f"{kind}: {failed}"
    return None


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("node_modules", "__pycache__", ".*"))
    else:
        shutil.copy(source, target)


def _mutate(file: Path, mutation: Mutation) -> None:
    text = file.read_text()
    for old, new in mutation.edits:
        if text.count(old) != 1:
            raise SystemExit(f"{mutation.name}: its text stands {text.count(old)} times in {mutation.file}; adapt it")
        text = text.replace(old, new)
    file.write_text(text)


def _ask(tree: Path, paths: list[str]) -> str | None:
    """Which test fails first; None when all pass."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *paths]
    environment = {**os.environ, "PROOF_SHRINKS": "no", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return "did not end"
    if run.returncode == 0:
        return None
    found = _FAILED.search(run.stdout)
    if found is None:
        raise SystemExit(f"the tests did not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return found[1].removeprefix("test_")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
