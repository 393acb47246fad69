"""Messages that were given up: listed without their content, and put back so that nothing is lost."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ops.__main__ import run
from ops.messages import read
from ops.replay import Replay, Wish
from shared.domain.failures import Transient
from shared.storage.queues import queue_client
from tests.ops.conftest import Operator

AT = "2026-11-23T09:00:00+00:00"
ROUND = {"company_id": "c1", "resource_id": "r1", "cause": "notification", "at": AT, "outlook": True}
MAIL = {
    "kind": "invitation",
    "company_id": "c1",
    "resource_id": "r1",
    "at": AT,
    "cause": "invitation:0badcafe",
    "link": "sealed-key-of-a-calendar",
    "reason": "",
    "counts": [0, 0],
}
QUICKLY = ("--pace", "1000")


async def test_what_was_given_up_is_listed_by_ids_and_codes_and_its_content_by_nobody(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", {**ROUND, "tries": 3, "bookings": ["b1"]}, "Anna is at the doctor's")
    await operator.lay("emails-poison", MAIL)
    for said in (await operator("poison"), await operator("poison", "--json")):
        assert said.code == 0
        for content in ("Anna", "doctor", "QW5uYS", "sealed", "0badcafe"):
            assert content not in said.out + said.err
    rounds, mails = said.queues["sync-rounds-poison"], said.queues["emails-poison"]
    assert (rounds["messages"], rounds["more"], mails["messages"]) == (2, 0, 1)
    known = {"company_id": "c1", "resource_id": "r1", "what": "round", "cause": "notification", "at": AT, "tries": 3}
    assert known.items() <= rounds["shown"][0].items()
    assert rounds["shown"][0]["age_seconds"] < 60
    assert (rounds["shown"][1]["unreadable"], rounds["shown"][1]["size"]) == (True, 32)
    assert mails["shown"][0]["what"] == "invitation"


async def test_how_many_more_lie_there_than_one_look_shows_is_said_and_all_are_replayed(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", *({**ROUND, "resource_id": f"r{n}"} for n in range(35)))
    assert "and about 3 more, not shown" in (await operator("poison")).out
    said = await operator("replay", *QUICKLY)
    assert (said.code, said.out.splitlines()[0]) == (
        0,
        "sync-rounds: 35 replayed; about 0 left in sync-rounds-poison",
    )
    assert (await operator("queues", "--json")).queues["sync-rounds"]["messages"] == 35


async def test_a_replayed_round_keeps_its_moment_and_forgets_how_often_it_was_put_off(operator: Operator) -> None:
    """Its moment decides whether it has been done meanwhile; its tries would only make it wait."""
    await operator.lay("sync-rounds-poison", {**ROUND, "tries": 9, "doubts": 3, "of_a_newer_version": [1]})
    said = await operator("replay", "sync-rounds", *QUICKLY)
    assert said.code == 0
    assert "replayed: round for c1 r1" in said.err
    assert [json.loads(text) for text in await operator.visible("sync-rounds")] == [
        {**ROUND, "of_a_newer_version": [1]}
    ]
    assert await operator.visible("sync-rounds-poison") == []


async def test_a_replayed_mail_travels_as_it_was_with_its_link_sealed(operator: Operator) -> None:
    await operator.lay("emails-poison", MAIL)
    assert (await operator("replay", *QUICKLY)).code == 0
    assert [json.loads(text) for text in await operator.visible("emails")] == [MAIL]


async def test_a_rehearsal_moves_nothing_and_hides_nothing(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", ROUND, "nonsense")
    said = await operator("replay", "--dry-run", "--json")
    assert said.queues["sync-rounds"] == {
        "queue": "sync-rounds",
        "replayed": 1,
        "unreadable": 1,
        "others": 0,
        "left": 2,
    }
    assert json.loads(said.out)["dry_run"] is True
    assert len(await operator.visible("sync-rounds-poison")) == 2
    assert await operator.visible("sync-rounds") == []


async def test_the_messages_of_other_companies_stay_and_are_seen_again_at_once(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", ROUND, {**ROUND, "company_id": "c2"}, ROUND)
    said = await operator("replay", "--company", "c2", "--json", *QUICKLY)
    assert said.code == 0
    assert said.queues["sync-rounds"].items() >= {"replayed": 1, "others": 2, "left": 2}.items()
    assert [json.loads(text)["company_id"] for text in await operator.visible("sync-rounds-poison")] == ["c1", "c1"]
    assert [json.loads(text)["company_id"] for text in await operator.visible("sync-rounds")] == ["c2"]


async def test_a_message_that_nobody_can_read_stays_and_the_exit_code_tells(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", "nonsense", ROUND)
    said = await operator("replay", *QUICKLY)
    assert said.code == 1
    assert "unreadable (12 characters), left where it is" in said.err
    assert await operator.visible("sync-rounds-poison") == ["nonsense"]
    assert len(await operator.visible("sync-rounds")) == 1


async def test_no_more_are_replayed_than_were_wished_for_over_both_queues(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", ROUND)
    await operator.lay("emails-poison", MAIL, MAIL)
    said = await operator("replay", "--most", "2", "--json", *QUICKLY)
    assert [line["replayed"] for line in said.queues.values()] == [1, 1]
    assert len(await operator.visible("emails-poison")) == 1


@pytest.mark.parametrize("wrong", [["other"], ["--most", "0"], ["--pace", "0"], ["--pace", "fast"]])
async def test_a_wish_that_makes_no_sense_touches_no_queue(operator: Operator, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        await operator("replay", *wrong)
    assert stopped.value.code == 2


async def test_an_account_that_nobody_names_is_asked_for_not_guessed(operator: Operator, tmp_path: Path) -> None:
    assert await run(["queues"], {}, tmp_path) == 2


async def test_a_wrong_key_is_told_in_a_sentence(
    operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = re.sub("AccountKey=[^;]*", "AccountKey=Zm9v", operator.storage)
    assert await run(["replay"], {"AzureWebJobsStorage": wrong}, tmp_path) == 1
    assert "devstoreaccount1 refuses the key of the connection string in the environment." in capsys.readouterr().err


class Bouncing:
    """A queue whose every message fails at once and is given up again."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def put_text(self, text: str) -> None:
        await self._operator.lay("sync-rounds-poison", text)


class Unreachable:
    async def put_text(self, text: str) -> None:
        raise Transient("ServiceRequestError")


async def test_a_message_that_fails_again_meanwhile_is_not_replayed_for_ever(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", ROUND, ROUND)
    async with queue_client(operator.storage, "sync-rounds-poison") as poison, asyncio.timeout(20):
        tally = await Replay("sync-rounds", poison, Bouncing(operator), Wish(pace=1000)).run()
    assert (tally.replayed, tally.left) == (2, 2)


async def test_a_storage_that_fails_in_between_loses_nothing_and_hides_nothing(operator: Operator) -> None:
    await operator.lay("sync-rounds-poison", ROUND, ROUND)
    async with queue_client(operator.storage, "sync-rounds-poison") as poison:
        with pytest.raises(Transient):
            await Replay("sync-rounds", poison, Unreachable(), Wish()).run()
    assert len(await operator.visible("sync-rounds-poison")) == 2


@pytest.mark.parametrize(
    ("queue", "broken"),
    [
        ("sync-rounds", {**ROUND, "company_id": "\x1b[2J"}),
        ("sync-rounds", {**ROUND, "cause": "Anna is ill"}),
        ("emails", {**MAIL, "kind": "two words"}),
        ("emails", {**MAIL, "counts": [0]}),
        ("emails", {**MAIL, "at": "soon"}),
        ("emails", {name: value for name, value in MAIL.items() if name != "link"}),
    ],
)
async def test_what_is_no_id_and_no_code_is_never_shown_as_one(
    operator: Operator, queue: str, broken: dict[str, Any]
) -> None:
    await operator.lay(f"{queue}-poison", broken)
    async with queue_client(operator.storage, f"{queue}-poison") as client:
        (message,) = await client.peek_messages()
    assert read(queue, message.content) is None


class Emptied:
    """Somebody else deletes what is given up, at the moment when it has been put back."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def put_text(self, text: str) -> None:
        await self._operator.forget()


async def test_somebody_elses_hand_in_the_queue_ends_nothing(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    await operator.lay("sync-rounds-poison", ROUND, ROUND)
    async with queue_client(operator.storage, "sync-rounds-poison") as poison:
        tally = await Replay("sync-rounds", poison, Emptied(operator), Wish(pace=1000)).run()
    assert (tally.replayed, tally.left) == (2, 0)
    assert "it may be done twice" in capsys.readouterr().err
