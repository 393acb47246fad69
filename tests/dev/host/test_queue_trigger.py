import asyncio
import signal

from azure.storage.queue.aio import QueueClient

from dev.host.storage import encode_body, output_bodies
from dev.host.worker import TypedData
from tests.dev.host.support import Bench, RunningHost, eventually, running_host, until_idle


async def test_a_failing_message_is_tried_three_times_and_then_kept_in_the_poison_queue(
    shared_host: RunningHost,
) -> None:
    bench = shared_host.bench
    await bench.send("fail always", "beside it")
    await until_idle(shared_host)
    assert sorted(note["dequeue_count"] for note in bench.notes("begun", "fail always")) == [1, 2, 3]
    assert encode_body("fail always") in await bench.bodies("-poison")
    assert len(bench.notes("done", "beside it")) == 1


async def test_a_failing_message_waits_for_its_visibility_timeout_and_counts_as_delayed(
    shared_host: RunningHost,
) -> None:
    await shared_host.bench.send("fail slowly")
    await eventually(lambda: len(shared_host.bench.notes("begun", "fail slowly")) == 1)
    for _ in range(50):
        idle = await shared_host.idle()
        if idle["running"] == 0:
            break
        await asyncio.sleep(0.01)
    assert idle == {"queued": 0, "delayed": 1, "running": 0}
    await until_idle(shared_host)


async def test_a_message_that_is_no_base64_goes_to_poison_untouched_and_runs_nothing(shared_host: RunningHost) -> None:
    begun = len(shared_host.bench.notes("begun"))
    async with shared_host.bench.queue() as client:
        await client.send_message("not base64 <&>")
        await client.send_message("/w==")
    await until_idle(shared_host)
    assert {"/w==", "not base64 <&>"} <= set(await shared_host.bench.bodies("-poison"))
    assert len(shared_host.bench.notes("begun")) == begun


async def test_a_message_whose_runs_all_crashed_is_not_run_again(bench: Bench) -> None:
    async with bench.queue() as client:
        await client.create_queue()
        await client.send_message(encode_body("killer"))
        for _ in range(3):
            await _take_and_crash(client)
    async with running_host(bench) as host:
        await until_idle(host)
        assert await bench.bodies("-poison") == [encode_body("killer")]
        assert bench.notes("begun") == []


async def _take_and_crash(client: QueueClient) -> None:
    message = await client.receive_message(visibility_timeout=30)
    assert message is not None
    await client.update_message(message, visibility_timeout=0)


async def test_what_runs_when_the_host_is_told_to_stop_is_finished_and_done_once(bench: Bench) -> None:
    async with running_host(bench) as host:
        await bench.send("sleep 1", "sleep 1")
        await eventually(lambda: len(bench.notes("begun")) == 2)
        assert await host.end(signal.SIGTERM) == 0
    assert len(bench.notes("done")) == 2
    assert await bench.bodies() == []


async def test_a_message_is_not_lost_when_its_worker_is_killed(bench: Bench) -> None:
    bench.environment["FUNCTIONS_QUEUE_LEASE_SECONDS"] = "2"
    async with running_host(bench) as host:
        await bench.send("sleep 1")
        await eventually(lambda: len(bench.notes("begun")) == 1)
        await host.end(signal.SIGKILL)
    async with running_host(bench) as host:
        await until_idle(host)
    assert sorted(note["dequeue_count"] for note in bench.notes("begun")) == [1, 2]
    assert len(bench.notes("done")) == 1


async def test_a_message_longer_than_its_lease_is_renewed_and_runs_once(bench: Bench) -> None:
    bench.environment["FUNCTIONS_QUEUE_LEASE_SECONDS"] = "1"
    async with running_host(bench, workers=1) as host:
        await bench.send("sleep 1.6")
        await eventually(lambda: len(bench.notes("done")) == 1)
        await until_idle(host)
        assert len(bench.notes("begun")) == 1


async def test_outputs_of_a_failed_function_are_not_sent(shared_host: RunningHost) -> None:
    async with shared_host.ask() as client:
        assert (await client.post("/api/send?fail=1", content="lost")).status_code == 500
        assert (await client.post("/api/send", content="sent")).status_code == 200
    await until_idle(shared_host)
    assert len(shared_host.bench.notes("done", "sent")) == 1
    assert shared_host.bench.notes("begun", "lost") == []


async def test_several_workers_share_the_work_without_doing_any_of_it_twice(bench: Bench) -> None:
    async with running_host(bench, workers=1) as host:
        await bench.send(*(f"sleep 0.{number:02}" for number in range(30)))
        await until_idle(host)
        texts = [note["text"] for note in bench.notes("done")]
        assert len(texts) == len(set(texts)) == 30
        assert len({note["pid"] for note in bench.notes("done")}) > 1


async def test_a_message_given_by_hand_is_run(shared_host: RunningHost) -> None:
    headers = {"x-functions-key": "local-function-key"}
    async with shared_host.ask() as client:
        answer = await client.post("/admin/functions/work", json={"input": "by hand"}, headers=headers)
    assert answer.status_code == 202
    await until_idle(shared_host)
    assert len(shared_host.bench.notes("done", "by hand")) == 1


async def test_a_disabled_function_leaves_its_messages_where_they_are(bench: Bench) -> None:
    bench.environment["AzureWebJobs.work.Disabled"] = "true"
    async with running_host(bench) as host:
        await bench.send("later")
        await asyncio.sleep(0.5)
        assert await host.idle() == {"queued": 1, "delayed": 0, "running": 0}
        assert bench.notes("begun") == []


def test_an_output_of_several_messages_is_not_sent_as_one() -> None:
    assert output_bodies(TypedData(json='["one", {"id": null, "body": "two"}]')) == ["one", "two"]
    assert output_bodies(TypedData(json='{"id": null, "body": "three"}')) == ["three"]
    assert output_bodies(TypedData(bytes=b"four")) == [b"four"]
