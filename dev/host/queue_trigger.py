"""The queue trigger, as Azure's WebJobs listener does it.

A batch is received and hidden for ten minutes, renewed while its functions run. Success deletes; failure shows the
message again after `visibilityTimeout`; the last failure moves it to `<queue>-poison`. At least once.
"""

import asyncio
import json
import logging
import random
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.queue import QueueMessage, StorageErrorCode
from azure.storage.queue.aio import QueueClient

from dev.host.invoker import Invoker
from dev.host.settings import QueueSettings
from dev.host.storage import Queues, decode_body, move_to_poison
from dev.host.worker import Function, TypedData

log = logging.getLogger("host.queues")

_MIN_POLLING = 0.1
_NEVER = datetime.max.replace(tzinfo=UTC)


class QueueTrigger:
    """Listens on one function's queue until told to stop."""

    def __init__(self, function: Function, settings: QueueSettings, queues: Queues, invoker: Invoker) -> None:
        self.function = function
        self._settings = settings
        self._queues = queues
        self._invoker = invoker
        self._running = 0
        self._ended = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def connection(self) -> str:
        return str(self.function.trigger.settings["connection"])

    @property
    def queue_name(self) -> str:
        return str(self.function.trigger.settings["queueName"])

    def stop(self) -> None:
        """Receive no more; what runs goes on."""
        self._stopping.set()
        self._ended.set()

    async def listen(self) -> None:
        """Receive and run until `stop`. A storage that does not answer is asked again, ever slower."""
        client = await self._queues.ensure(self.connection, self.queue_name)
        pause = shortest = min(_MIN_POLLING, self._settings.max_polling_interval)
        while not self._stopping.is_set():
            await self._wait_for_room()
            if self._stopping.is_set():
                return
            received = await self._receive(client)
            for message in received:
                self._running += 1
                task = self._invoker.spawn(self._process(client, message), message=True)
                task.add_done_callback(self._one_ended)
            if received:
                pause = shortest
                continue
            await self._idle(pause)
            pause = min(pause * random.uniform(1.5, 2.5), self._settings.max_polling_interval)

    async def run_by_hand(self, text: str) -> None:
        """Run the function once with `text`, as `POST /admin/functions/{name}` does: no message, no retry."""
        now = datetime.now(UTC)
        message = QueueMessage(text, id="manual", pop_receipt="", dequeue_count=1, inserted_on=now, expires_on=_NEVER)
        await self._invoker.run(self.function, TypedData(string=text), _metadata(message, text))

    async def _wait_for_room(self) -> None:
        while self._running > self._settings.new_batch_threshold and not self._stopping.is_set():
            self._ended.clear()
            await self._ended.wait()

    async def _idle(self, pause: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), pause)
        except TimeoutError:
            return

    def _one_ended(self, _task: asyncio.Task[None]) -> None:
        self._running -= 1
        self._ended.set()

    async def _receive(self, client: QueueClient) -> list[QueueMessage]:
        size = self._settings.batch_size
        pages = client.receive_messages(
            messages_per_page=size, max_messages=size, visibility_timeout=self._settings.lease
        )
        try:
            return [message async for message in pages]
        except ResourceNotFoundError:
            await self._queues.ensure(self.connection, self.queue_name)
        except AzureError as error:
            log.warning("Queue %s cannot be read: %s", self.queue_name, type(error).__name__)
        return []

    async def _process(self, client: QueueClient, message: QueueMessage) -> None:
        held = _Held(client, message, self._settings.lease)
        dequeue_count = message.dequeue_count or 0
        try:
            if dequeue_count > self._settings.max_dequeue_count:
                await self._poison(held, "was taken too often")
                return
            try:
                text = decode_body(message.content)
            except ValueError:
                await self._poison(held, "cannot be decoded")
                return
            try:
                async with held.renewed():
                    outcome = await self._invoker.run(self.function, TypedData(string=text), _metadata(message, text))
            except asyncio.CancelledError:
                await held.release(0)
                raise
            if outcome.error is None:
                await held.delete()
            elif dequeue_count >= self._settings.max_dequeue_count:
                await self._poison(held, f"has reached MaxDequeueCount of {self._settings.max_dequeue_count}")
            else:
                await held.release(self._settings.visibility_timeout)
        except (AzureError, OSError) as error:
            log.warning("A message of %s stays hidden until its lease ends: %s", self.queue_name, type(error).__name__)

    async def _poison(self, held: "_Held", reason: str) -> None:
        log.warning("Message %s. Moving message to queue '%s-poison'.", reason, self.queue_name)
        await move_to_poison(self._queues, self.connection, held.client, held.message)


class _Held:
    """A received message and its newest pop receipt. A receipt that is no longer ours is not an error."""

    def __init__(self, client: QueueClient, message: QueueMessage, lease: int) -> None:
        self.client = client
        self.message = message
        self._lease = lease
        self._renewing: asyncio.Task[None] | None = None

    def renewed(self) -> "_Held":
        return self

    async def __aenter__(self) -> None:
        self._renewing = asyncio.create_task(self._renew())

    async def __aexit__(self, *_: object) -> None:
        assert self._renewing is not None
        self._renewing.cancel()
        await asyncio.gather(self._renewing, return_exceptions=True)

    async def delete(self) -> None:
        await _unless_taken_over(self.client.delete_message(self.message))

    async def release(self, seconds: int) -> None:
        """Let the message be seen again after `seconds`."""
        await _unless_taken_over(self.client.update_message(self.message, visibility_timeout=seconds))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease / 2)
            updated = await _unless_taken_over(self.client.update_message(self.message, visibility_timeout=self._lease))
            if updated is not None:
                self.message.pop_receipt = updated.pop_receipt


async def _unless_taken_over(call: Any) -> Any:
    try:
        return await call
    except HttpResponseError as error:
        if error.status_code == 404 or getattr(error, "error_code", None) == StorageErrorCode.POP_RECEIPT_MISMATCH:
            return None
        raise


def _metadata(message: QueueMessage, text: str) -> dict[str, TypedData]:
    times = {
        "ExpirationTime": message.expires_on or _NEVER,
        "InsertionTime": message.inserted_on or datetime.now(UTC),
        "NextVisibleTime": message.next_visible_on or _NEVER,
    }
    return {
        "QueueTrigger": TypedData(string=text),
        "Id": TypedData(string=message.id),
        "PopReceipt": TypedData(string=message.pop_receipt),
        "DequeueCount": TypedData(json=str(message.dequeue_count)),
        **{name: TypedData(json=json.dumps(value.isoformat())) for name, value in times.items()},
    }
