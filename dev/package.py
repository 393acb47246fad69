"""The zip that is deployed: what the app needs and nothing else, with the same bytes every time.

The bytes are the same for the same commit, whoever builds it: an earlier version can be built again, to go back to it.
"""

import hashlib
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("host.json", "function_app.py", "requirements.txt")
FOLDERS = ("functions", "shared")
KINDS = frozenset({".py", ".html", ".txt", ".css", ".js", ".json", ".po"})
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip can tell."""
READABLE = 0o100644
BUILD = "functions/build.txt"
"""Not in the tree: which commit the package is of, for /api/health."""


def contents(root: Path = ROOT) -> list[str]:
    """Paths of what goes into the package, sorted. Raises ValueError for a file of a kind that nobody thought of."""
    return sorted([*FILES, *_below(root)])


def write(out: Path, root: Path = ROOT) -> tuple[int, str]:
    """Build the package. Answers its size in bytes and its SHA-256."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", compression=zipfile.ZIP_STORED) as package:  # deflate differs between builds of zlib
        for name in [*contents(root), BUILD]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = READABLE << 16
            entry.create_system = 3
            package.writestr(entry, commit(root) if name == BUILD else (root / name).read_bytes())
    data = out.read_bytes()
    return len(data), hashlib.sha256(data).hexdigest()


def commit(root: Path = ROOT) -> str:
    """Twelve digits of the commit that is checked out, with `-dirty` where files were changed since; "unknown" outside
    of git."""
    command = ("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    try:
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _below(root: Path) -> Iterator[str]:
    for folder in FOLDERS:
        for file in (root / folder).rglob("*"):
            if file.is_dir() or "__pycache__" in file.parts:
                continue
            if file.suffix not in KINDS or file.name.startswith(".") or file == root / BUILD:
                raise ValueError(
                    f"{file.relative_to(root)} does not belong into the package: remove it, or add its kind."
                )
            yield str(file.relative_to(root))
