import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

import pytest

from shared.config import ConfigError
from shared.identity.signing import Signer
from shared.sync.one_time import new_token, token_hash

OLD, NEW = "old-signing-key-0123456789", "new-signing-key-0123456789"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_client_state_names_its_connection_without_any_look_up() -> None:
    state = Signer((NEW,)).client_state("5f0c1de5a1b2c3d4e5f60718", "5f0c1de5a1b2c3d4e5f60719")
    assert len(state) <= 128
    assert Signer((NEW,)).read_client_state(state) == ("5f0c1de5a1b2c3d4e5f60718", "5f0c1de5a1b2c3d4e5f60719")


def test_ids_with_the_separator_in_them_cannot_be_mistaken_for_others() -> None:
    signer = Signer((NEW,))
    assert signer.read_client_state(signer.client_state("a|b", "c")) == ("a|b", "c")
    assert signer.client_state("a|b", "c") != signer.client_state("a", "b|c")


def test_notifications_of_subscriptions_made_before_a_key_rotation_are_still_accepted() -> None:
    assert Signer((NEW, OLD)).read_client_state(Signer((OLD,)).client_state("c", "r")) == ("c", "r")


@pytest.mark.parametrize("forged", ["", "|", "c|r", "c|r|", "c|r|AAAA", "c|r|ü\udcff", "c" * 5000])
def test_a_forged_client_state_is_refused(forged: str) -> None:
    assert Signer((NEW,)).read_client_state(forged) is None


def test_a_client_state_of_one_resource_is_not_good_for_another() -> None:
    signature = Signer((NEW,)).client_state("c", "r").rpartition("|")[2]
    assert Signer((NEW,)).read_client_state(f"c|r2|{signature}") is None


def test_ids_too_long_for_graph_are_refused_before_graph_does() -> None:
    with pytest.raises(ValueError, match="too long"):
        Signer((NEW,)).client_state("c" * 60, "r" * 60)


def test_a_signature_for_one_purpose_is_not_good_for_another() -> None:
    signer = Signer((NEW,))
    assert signer.verify("browser", "x", signer.sign("browser", "x"))
    assert not signer.verify("csrf", "x", signer.sign("browser", "x"))


def test_a_token_ends_when_it_should() -> None:
    signer = Signer((NEW,))
    token = signer.issue("console", "c1.é", NOW + timedelta(minutes=5))
    assert signer.read("console", token, NOW) == "c1.é"
    assert signer.read("console", token, NOW + timedelta(minutes=5)) is None
    assert signer.read("connect", token, NOW) is None
    assert signer.read("console", token.replace("c1", "c2"), NOW) is None


@pytest.mark.parametrize("text", ["c|r", "~|%7C~", "a/b?c#d e", "é.1"])
def test_a_token_in_a_path_is_still_itself_after_a_server_decoded_it(text: str) -> None:
    token = Signer((NEW,)).issue("leave", text, NOW + timedelta(days=1))
    assert token == quote(token, safe="") == unquote(token)
    assert Signer((NEW,)).read("leave", token, NOW) == text


def test_invitation_tokens_are_long_random_and_kept_as_hashes_only() -> None:
    first, second = new_token(), new_token()
    assert first != second
    assert len(first) >= 43
    assert len(token_hash(first)) == 64
    assert first not in token_hash(first)


def test_a_short_key_is_refused_when_the_app_starts() -> None:
    with pytest.raises(ConfigError, match="SIGNING_KEYS"):
        Signer((NEW, "short"))


def test_checking_a_notification_imports_nothing_heavy() -> None:
    heavy = "{'msal', 'httpx', 'cryptography', 'jinja2'}"
    script = f"import sys, shared.identity.signing; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert answer.stdout.strip() == "[]"
