"""Signing keys are rotated while old and new processes run side by side, and how long an old one is needed is known."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.connect import browser
from functions.email_worker import LONGEST_PAUSE, TRIES
from shared.identity import console, leaving
from shared.identity.sealing import Sealer, derived
from shared.identity.signing import Signer
from shared.sync import conflict_link, invite, sign_in_session, subscriptions, watching
from shared.sync.access import CannotUnseal

S1, S2 = "20260101:signing-key-number-one", "20261126:signing-key-number-two"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
STEPS = [((S1,), (S1, S2)), ((S1, S2), (S2, S1))]
LIVES = {
    "leave": leaving.LASTS,
    "conflict": conflict_link.LASTS,
    "invitation": invite.VALID,
    "client state": subscriptions.LIFE,
    "mail": timedelta(seconds=LONGEST_PAUSE * TRIES),
    "import": watching.LASTS,
    "console": console.AT_MOST,
    "browser": browser.LASTS,
    "sign-in": sign_in_session.LASTS,
}
MADE_IN = {
    "shared/identity/leaving.py",
    "shared/sync/conflict_link.py",
    "shared/sync/reminding.py",
    "shared/sync/subscriptions.py",
    "shared/email/queue_mail.py",
    "shared/sync/watching.py",
    "shared/identity/console.py",
    "functions/connect/browser.py",
    "shared/sync/sign_in_session.py",
}
"""Who signs or seals the above. Tokens are sealed too, by other keys and for as long as they are kept."""
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("before", "after"), STEPS, ids=["made known", "put first"])
@pytest.mark.parametrize("way", ["old to new", "new to old"])
def test_links_states_and_sessions_are_good_at_every_process_at_every_step(
    before: tuple[str, ...], after: tuple[str, ...], way: str
) -> None:
    """For as long as an hour both run: instances end what they do."""
    maker, reader = (before, after) if way == "old to new" else (after, before)
    made, read = Signer(maker), Signer(reader)
    assert read.read_client_state(made.client_state("c1", "r1")) == ("c1", "r1")
    link = leaving.leave_token(made, "c1", "r1", NOW, NOW)
    assert leaving.read_leave_token(read, link, NOW + timedelta(days=399)) == ("c1", "r1", int(NOW.timestamp()))
    session = console.begin("c1", "Pat", "en", frozenset(), NOW)
    assert console.read(console.write(session, Sealer(derived(maker))), Sealer(derived(reader)), NOW) == session
    assert Sealer(derived(reader)).unseal(Sealer(derived(maker)).seal("link", "email|1"), "email|1") == "link"


def test_what_a_leaked_key_signed_is_worth_nothing_once_it_is_dropped() -> None:
    old, new = Signer((S1,)), Signer((S2,))
    assert new.read_client_state(old.client_state("c1", "r1")) is None
    assert leaving.read_leave_token(new, leaving.leave_token(old, "c1", "r1", NOW, NOW), NOW) is None
    with pytest.raises(CannotUnseal):
        Sealer(derived((S2,))).unseal(Sealer(derived((S1,))).seal("link", "email|1"), "email|1")


def test_a_key_is_called_by_its_name_and_never_by_a_part_of_itself() -> None:
    assert Signer((S2, S1)).newest == "20261126"
    for secret in ("a-signing-key-without-a-name", "short:rest", "a longer part than any name may have been: and more"):
        name = Signer((secret.ljust(16, "x"),)).newest
        assert re.fullmatch("[0-9a-f]{8}", name)
        assert name not in secret


def test_a_sealing_key_tells_nothing_about_the_signing_key_that_it_is_derived_from() -> None:
    (one,), (other,) = derived((S1,)), derived((S2,))
    assert S1.partition(":")[2] not in one
    assert one.partition(":")[2] != other.partition(":")[2]
    assert derived((S1,)) == (one,)


def test_nothing_is_signed_or_sealed_whose_life_nobody_counts() -> None:
    calls = re.compile(r"signer\.(?:issue|sign|client_state)\(|[^_]sealer\.seal\(")
    files = (file for folder in ("shared", "functions") for file in (ROOT / folder).rglob("*.py"))
    assert {str(file.relative_to(ROOT)) for file in files if calls.search(file.read_text("utf-8"))} == MADE_IN


def test_operations_read_how_long_an_old_signing_key_is_needed_as_the_code_has_it() -> None:
    table = dict(
        re.findall(r"^\| ([a-z -]+) \| (\d+ (?:days|hours|minutes)) \|", PAGE.split("## Rotate")[1], re.MULTILINE)
    )
    assert {name: _spoken(life) for name, life in LIVES.items()} == table
    assert f"**{max(LIVES.values()).days} days**" in PAGE


def _spoken(life: timedelta) -> str:
    """Days are rounded up: it is longer than the key is needed, never shorter."""
    if life >= timedelta(days=1):
        return f"{-(-life // timedelta(days=1))} days"
    minutes = life // timedelta(minutes=1)
    return f"{minutes // 60} hours" if minutes > 60 else f"{minutes} minutes"
