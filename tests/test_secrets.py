"""No secret lies in the repository: detect-secrets looks into every file that git knows."""

import re
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parents[1]
MADE_UP = ("tests/", "dev/")
"""Here names that sound secret stand for made-up ones. What looks like a real one is looked for here too."""
LIKE_A_REAL_ONE = (
    *("AWSKeyDetector", "AzureStorageKeyDetector", "Base64HighEntropyString", "HexHighEntropyString"),
    *("JwtTokenDetector", "PrivateKeyDetector", "GitHubTokenDetector"),
)
ELSEWHERE = (*LIKE_A_REAL_ONE, "KeywordDetector", "BasicAuthDetector", "NpmDetector", "PypiTokenDetector")
FULL_OF_DIGESTS = ("requirements.lock", "package-lock.json", "types.json", "openapi.json", ".min.js", ".png", ".svg")
TELLING = re.compile(r"[\w+/=-]{16}|PRIVATE KEY|://[^/\s]*@", re.ASCII)
"""No other line can hold a key; half a minute is saved by looking into these only."""
KNOWN = {
    ("dev/gallery.py", "Qm9va2luZ3MtYW5kLW1lZXRpbmdzLWluLXN0ZXA"): "the link of a mail that is only looked at",
    ("dev/settings.py", "local-signing-key-0123456789abcdef"): "of the local stack",
    ("docs/operations.md", "TIMIFY-WEBHOOK-SECRET`, and with SES `AWS-SECRET-ACCESS-KEY"): "names in the vault",
    ("functions/timify_webhook.py", "x-timify-webhook-secret"): "the name of a header",
    ("tests/identity/test_signing.py", "5f0c1de5a1b2c3d4e5f60718"): "an id of a company",
    ("tests/identity/test_signing.py", "5f0c1de5a1b2c3d4e5f60719"): "an id of a resource",
}
"""What was looked at, with the reason why it may stand there. Azurite's key is published, see below."""
AZURITE = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"


def found(root: Path, *files: str) -> Iterator[tuple[str, str]]:
    """(file, secret) of what looks like one. Nothing is asked over the network."""
    with tempfile.TemporaryDirectory() as folder:
        lines = {file: _telling(root / file) for file in files}
        for file in filter(lines.get, files):
            (Path(folder) / file).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / file).write_text(lines[file])
        for made_up, plugins in ((True, LIKE_A_REAL_ONE), (False, ELSEWHERE)):
            with transient_settings({"plugins_used": [{"name": name} for name in plugins]}):
                secrets = SecretsCollection(root=folder)
                for file in filter(lines.get, files):
                    if file.startswith(MADE_UP) == made_up:
                        secrets.scan_file(file)
                yield from ((file, secret.secret_value or "") for file, secret in secrets)


def _telling(file: Path) -> str:
    text = file.read_text("utf-8", "replace")
    return "".join(line for line in text.splitlines(keepends=True) if TELLING.search(line))


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [file for file in listed.split("\0") if file and not file.endswith(FULL_OF_DIGESTS)]


def test_no_secret_lies_in_the_repository() -> None:
    listed_here = {("tests/test_secrets.py", secret) for _, secret in KNOWN}
    everything = {(file, secret) for file, secret in found(ROOT, *tracked()) if not secret.startswith(AZURITE)}
    everything -= listed_here
    assert {file for file, _ in everything - set(KNOWN)} == set()
    assert set(KNOWN) <= everything, "what is not there any more need not be known"


@pytest.mark.parametrize("folder", ["functions", "tests", "infra"])
@pytest.mark.parametrize(
    "line",
    [f'WORD = "{b64encode(token_bytes(64)).decode()}"', f"-----BEGIN RSA {'PRIVATE'} KEY-----"],
    ids=["key", "pem"],
)
def test_a_secret_that_somebody_forgets_is_found(tmp_path: Path, folder: str, line: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "some.py").write_text(f"COUNT = 3\n{line}\n")
    (tmp_path / folder / "nothing.py").write_text('NAME = "calendar"\nCOUNT = 3\n')
    assert {file for file, _ in found(tmp_path, f"{folder}/some.py", f"{folder}/nothing.py")} == {f"{folder}/some.py"}
