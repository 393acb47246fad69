"""What is deployed: the app and nothing else, the same bytes each time, with requirements that were tested."""

import json
import re
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path

import azure.functions as func
import pathspec
import pytest

from dev.locking import without_hashes
from dev.package import BUILD, commit, contents, write
from functions import health
from tests.infra.bicep import ROOT

FORBIDDEN = re.compile(r"(^|/)(tests|dev|infra|docs|ops|\.[^/]+|__pycache__)(/|$)|local\.settings|\.(pyc|md|png|zip)$")
MARKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==([^ ;\n]+)(?: ; (.+))?$", re.MULTILINE)


def test_the_package_has_what_the_host_looks_for_at_its_root() -> None:
    assert {"host.json", "function_app.py", "requirements.txt", "shared/config.py", "functions/health.py"} <= set(
        contents()
    )


def test_nothing_leaves_this_machine_that_is_not_the_app() -> None:
    assert [name for name in contents() if FORBIDDEN.search(name)] == []


def test_no_file_of_the_app_is_left_behind() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "functions", "shared"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(tracked.stdout.split()) <= set(contents())


def test_a_version_can_be_built_again_byte_by_byte(tmp_path: Path) -> None:
    first = write(tmp_path / "one.zip")
    assert write(tmp_path / "two.zip") == first
    with zipfile.ZipFile(tmp_path / "one.zip") as package:
        assert package.namelist() == [*contents(), BUILD]
        assert {entry.date_time[0] for entry in package.infolist()} == {1980}
        assert {entry.external_attr >> 16 for entry in package.infolist()} == {0o100644}


def test_whoever_asks_is_told_which_commit_answers(tmp_path: Path) -> None:
    """Else nobody knows whether a rolling update is over, nor what to go back to."""
    write(tmp_path / "app.zip")
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        package.extract(BUILD, tmp_path)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert health.BUILD == ROOT / BUILD
    assert health.commit(tmp_path / BUILD).removesuffix("-dirty") == head[:12]
    assert json.loads(health.health(func.HttpRequest("GET", "/api/health", body=b"")).get_body()) == {
        "status": "ok",
        "version": health.VERSION,
        "commit": "unknown",
    }


def test_outside_of_git_a_package_can_be_built_all_the_same(tmp_path: Path) -> None:
    assert commit(tmp_path) == "unknown"


def test_a_stray_file_is_not_carried_along(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/secrets.env").write_text("KEY=1")
    with pytest.raises(ValueError, match=r"secrets\.env"):
        contents(tmp_path)


def test_the_package_stays_small() -> None:
    """A cold start fetches it. Two megabytes, without the libraries, which Azure adds."""
    assert sum((ROOT / name).stat().st_size for name in contents()) < 2_000_000


def test_azd_and_func_send_the_same_as_we_do() -> None:
    ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text().splitlines())
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert {name for name in tracked if name and not ignored.match_file(name)} <= set(contents())
    assert not [name for name in contents() if ignored.match_file(name)]


def test_no_key_that_operations_have_on_disk_is_committed_or_sent() -> None:
    """docs/operations.md writes lists of keys into files beside the code, and takes them from there."""
    said = set(re.findall(r"[\w-]+-(?:keys|secret)\.txt|both\.txt|\w+\.pem", (ROOT / "docs/operations.md").read_text()))
    assert {"signing-keys.txt", "vault-keys.txt"} < said
    for file in (".funcignore", ".gitignore"):
        ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / file).read_text().splitlines())
        assert [name for name in sorted(said) if not ignored.match_file(name)] == [], file


def test_requirements_and_their_lock_agree() -> None:
    locked = (ROOT / "requirements.lock").read_text()
    assert (ROOT / "requirements.txt").read_text() == without_hashes(locked)
    for block in re.split(r"\n(?=[a-z0-9])", locked.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_what_the_app_asks_for_is_what_is_locked() -> None:
    asked = set(MARKED.findall((ROOT / "requirements.in").read_text()))
    assert asked
    locked = {(name, pinned) for name, pinned, _ in MARKED.findall((ROOT / "requirements.txt").read_text())}
    assert {(name, pinned) for name, pinned, _ in asked} <= locked


def test_what_is_tested_here_is_what_azure_installs() -> None:
    pins = MARKED.findall((ROOT / "requirements.txt").read_text())
    assert len(pins) > 20
    other = {name: (pinned, version(name)) for name, pinned, marker in pins if not marker and version(name) != pinned}
    assert other == {}
