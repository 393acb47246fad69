"""Faults on order: the next matching requests are delayed, refused, or answered with nothing at all."""

import asyncio
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dev.simkit.exchange import Answer, AnswerDropped, Exchange, Handler, Json


class Fault(BaseModel):
    """One fault. `path` is searched (regular expression) in the decoded path with its query.

    `actor` spares everybody else. `times` None lasts until cleared. Without `status` and `drop` the request is only
    delayed; status 0 drops the answer. `when` "after" lets the request take effect first.
    """

    model_config = ConfigDict(extra="forbid")

    method: str = "*"
    path: str = ""
    actor: Literal["person", "app", "anonymous"] | None = None
    times: int | None = Field(default=1, ge=1)
    status: int | None = Field(default=None, ge=0, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    body: Json = None
    delay_ms: float = Field(default=0, ge=0)
    when: Literal["before", "after"] = "before"
    drop: bool = False

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return path

    def matches(self, exchange: Exchange) -> bool:
        """Does this fault concern the request?"""
        if self.method not in ("*", exchange.method) and self.method.upper() != exchange.method:
            return False
        if self.actor not in (None, exchange.actor):
            return False
        return re.search(self.path, exchange.target) is not None

    async def strike(self) -> Answer | None:
        """Wait, then give the answer of the fault (None: it only delays). Raises AnswerDropped."""
        if self.delay_ms:
            await asyncio.sleep(self.delay_ms / 1000)
        if self.drop or self.status == 0:
            raise AnswerDropped("the simulator dropped the answer")
        if self.status is None:
            return None
        if self.body is None:
            return Answer(self.status, list(self.headers.items()))
        if isinstance(self.body, str):
            return Answer(self.status, list(self.headers.items()), self.body.encode())
        return Answer.json(self.status, self.body, self.headers)


class Faults:
    """The faults on order, first come first served."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        self._faults.append(fault)

    def pending(self) -> list[dict[str, Json]]:
        """Faults that still wait for a request."""
        return [fault.model_dump() for fault in self._faults]

    def clear(self) -> None:
        """Cancel all faults."""
        self._faults.clear()

    async def apply(self, exchange: Exchange, handler: Handler) -> Answer:
        """Answer the request through `handler`, unless a fault says otherwise. Raises AnswerDropped."""
        fault = self._take(exchange)
        if fault is None:
            return await handler(exchange)
        if fault.when == "before":
            return await fault.strike() or await handler(exchange)
        answer = await handler(exchange)
        return await fault.strike() or answer

    def _take(self, exchange: Exchange) -> Fault | None:
        fault = next((fault for fault in self._faults if fault.matches(exchange)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
        return fault
