import base64
import os
from collections.abc import Callable

import pytest

from shared.config import ConfigError
from shared.identity.sealing import Sealer
from shared.sync.access import CannotUnseal


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


OLD, NEW = key("k1"), key("k2")


def test_a_sealed_secret_comes_back_and_shows_nothing() -> None:
    sealer = Sealer((NEW,))
    sealed = sealer.seal("refresh-token ✓", "vault|c1|r1")
    assert "refresh" not in sealed
    assert sealer.unseal(sealed, "vault|c1|r1") == "refresh-token ✓"


def test_the_same_secret_never_looks_the_same_twice() -> None:
    sealer = Sealer((NEW,))
    assert sealer.seal("x", "c") != sealer.seal("x", "c")


def test_rotating_the_key_does_not_lose_what_the_old_one_sealed() -> None:
    sealed = Sealer((OLD,)).seal("cache", "c")
    assert Sealer((NEW, OLD)).unseal(sealed, "c") == "cache"


def test_a_new_secret_is_sealed_with_the_newest_key() -> None:
    sealed = Sealer((NEW, OLD)).seal("cache", "c")
    assert Sealer((NEW,)).unseal(sealed, "c") == "cache"


def test_a_retired_key_is_named_in_the_error() -> None:
    sealed = Sealer((OLD,)).seal("cache", "c")
    with pytest.raises(CannotUnseal, match="k1"):
        Sealer((NEW,)).unseal(sealed, "c")


def test_a_sealed_text_moved_to_another_row_does_not_open() -> None:
    sealer = Sealer((NEW,))
    with pytest.raises(CannotUnseal):
        sealer.unseal(sealer.seal("cache", "vault|c1|r1"), "vault|c1|r2")


@pytest.mark.parametrize("damage", [lambda s: s[:-6] + "AAAAA=", lambda s: "k2.", lambda s: "k2.???", lambda s: ""])
def test_a_tampered_text_is_refused_with_a_clear_error(damage: Callable[[str], str]) -> None:
    sealer = Sealer((NEW,))
    with pytest.raises(CannotUnseal):
        sealer.unseal(damage(sealer.seal("cache", "c")), "c")


@pytest.mark.parametrize("keys", [(), ("k1",), ("k1:short",), ("k1:" + "A" * 44,), (":" + NEW.partition(":")[2],)])
def test_a_bad_key_is_refused_when_the_app_starts(keys: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="ealing"):
        Sealer(keys)
