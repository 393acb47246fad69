import json

from dev.host.storage import encode_body
from tests.dev.host.support import Bench, RunningHost, eventually, running_host, until_idle


async def test_idle_never_says_zero_while_a_function_sends_to_itself(bench: Bench) -> None:
    async with running_host(bench, workers=1) as host, host.ask() as client:
        await bench.send("chain 15")
        readings = 0
        while not any(note["text"] == "chain 0" for note in bench.notes("begun")):
            idle = (await client.get("/_dev/idle")).json()
            if not any(idle.values()):
                assert any(note["text"] == "chain 0" for note in bench.notes("done")), "idle, with a message on its way"
                break
            readings += 1
        assert readings > 15
        await until_idle(host)
        assert len(bench.notes("done")) == 16


async def test_what_runs_counts_and_the_question_itself_does_not(shared_host: RunningHost) -> None:
    assert await shared_host.idle() == {"queued": 0, "delayed": 0, "running": 0}
    await shared_host.bench.send("sleep 0.7")
    await eventually(lambda: len(shared_host.bench.notes("begun", "sleep 0.7")) == 1)
    assert await shared_host.idle() == {"queued": 0, "delayed": 0, "running": 1}
    await until_idle(shared_host)


async def test_a_message_sent_with_a_delay_counts(shared_host: RunningHost) -> None:
    async with shared_host.bench.queue() as client:
        await client.send_message(encode_body("later"), visibility_timeout=1)
    assert await shared_host.idle() == {"queued": 0, "delayed": 1, "running": 0}
    await until_idle(shared_host)
    assert len(shared_host.bench.notes("done", "later")) == 1


async def test_the_outbox_is_shown_newest_first(bench: Bench) -> None:
    outbox = bench.folder / "outbox"
    outbox.mkdir()
    for name, at in (("b", "2026-01-01T00:00:00Z"), ("a", "2026-03-01T00:00:00Z"), ("c", "2026-02-01T00:00:00Z")):
        (outbox / f"{name}.json").write_text(json.dumps({"at": at, "to": name}), "utf-8")
    bench.environment["EMAIL_OUTBOX_DIR"] = str(outbox)
    async with running_host(bench) as host, host.ask() as client:
        assert [message["to"] for message in (await client.get("/_dev/outbox")).json()] == ["a", "c", "b"]
        assert [message["to"] for message in (await client.get("/_dev/outbox?to=c")).json()] == ["c"]
