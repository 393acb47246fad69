"""People who edit calendars from a page: their tokens are renewed, and refusals become sentences."""

import asyncio
import json
from typing import Any

import httpx

from dev.actors import Actors, Failed, Json


class Refusal(Failed):
    """A calendar or the app said no. `status` is the HTTP status, 502 when nothing answered; the text is for people."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class People(Actors):
    """Actors whose requests raise Refusal, and who sign in again when a token has ended."""

    async def send(self, method: str, url: str, body: object = None, **options: Any) -> Any:
        answer = await self.answer(method, url, json=body, **options)
        return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else None

    async def answer(self, method: str, url: str, **options: Any) -> httpx.Response:
        """One request; raises Refusal on 4xx, 5xx and when nobody answers."""
        try:
            answer = await self.http.request(method, url, **options)
        except httpx.TransportError as error:
            raise Refusal(502, f"{self._name(url)} does not answer ({type(error).__name__}).") from None
        if answer.is_error:
            raise Refusal(answer.status_code, f"{self._name(url)}: {_reason(answer)}")
        return answer

    async def outlook(self, upn: str, method: str, path: str, body: object = None, **options: Any) -> Any:
        try:
            return await super().outlook(upn, method, path, body, **options)
        except Refusal as refusal:
            if refusal.status != 401:
                raise
        self._tokens.pop(upn, None)
        return await super().outlook(upn, method, path, body, **options)

    async def timify(self, company_id: str, method: str, path: str, body: object = None, **options: Any) -> Any:
        try:
            return await super().timify(company_id, method, path, body, **options)
        except Refusal as refusal:
            if refusal.status != 401:
                raise
        self._tokens.pop(company_id, None)
        return await super().timify(company_id, method, path, body, **options)

    async def raw(self, *urls: str) -> list[bytes]:
        """What several addresses answer, asked at the same time, unread. What is unknown (404) is empty."""
        return list(await asyncio.gather(*(self._raw(url) for url in urls)))

    async def _raw(self, url: str) -> bytes:
        try:
            return (await self.answer("GET", url)).content
        except Refusal as refusal:
            if refusal.status == 404:
                return b""
            raise

    def _name(self, url: str) -> str:
        parts = {self.where.outlook: "Outlook", self.where.timify: "TIMIFY"}
        return next((name for start, name in parts.items() if url.startswith(start)), "The app")


def _reason(answer: httpx.Response) -> str:
    """What went wrong, as Graph, the DevAPI, the app (RFC 9457) or a simulator words it."""
    try:
        body: Json = answer.json()
    except json.JSONDecodeError:
        return f"it answered {answer.status_code}."
    if not isinstance(body, dict):
        return f"it answered {answer.status_code}."
    error = body.get("error")
    candidates = (
        error.get("message") if isinstance(error, dict) else None,
        body.get("detail"),
        body.get("message"),
        body.get("title"),
        "; ".join(map(str, body.get("errors") or [])),
    )
    return next((str(text) for text in candidates if text), f"it answered {answer.status_code}.")
