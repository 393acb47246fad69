"""requirements.lock and requirements.txt, from requirements.in: every package that is installed, and its hashes.

Azure's remote build reads requirements.txt, which may not have hashes there; the lock is for machines that check them.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILE = (
    "uv pip compile requirements.in --output-file requirements.lock --generate-hashes --no-header --no-annotate "
    "--no-emit-index-url --python-version 3.13 --python-platform x86_64-manylinux_2_28 --quiet"
)
HEADER = """\
# What runs in Azure, all of it, so that a remote build installs what was tested. Made by `python -m dev lock` from
# requirements.in; requirements.lock has the same with hashes.
"""


def lock(root: Path = ROOT) -> None:
    """Resolve and write both files; needs `uv`. What is locked stays, as far as requirements.in allows."""
    subprocess.run(COMPILE.split(), cwd=root, check=True)
    (root / "requirements.txt").write_text(without_hashes((root / "requirements.lock").read_text()))


def without_hashes(locked: str) -> str:
    """The text of requirements.txt that belongs to a lock."""
    pins = re.findall(r"^([A-Za-z0-9][^ \\\n]*==[^ \\\n]+(?: ; [^\\\n]+)?)", locked, re.MULTILINE)
    return HEADER + "".join(f"{pin.strip()}\n" for pin in pins)
