"""The app's access token: one for the whole process, renewed well before it ends."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.failures import Broken, Reason, Transient
from shared.timify.raw import as_object, read_json
from shared.timify.sending import Request, Sender

LIFETIME = timedelta(seconds=7_200)
MARGIN = timedelta(minutes=10)


class Tokens:
    """Asks for a token only when there is none, or when the one we have ends within ten minutes.

    App id and secret travel in the body of a POST: the older GET would leave them in URLs and logs.
    """

    def __init__(self, sender: Sender, url: str, app_id: str, app_secret: str, now: Callable[[], datetime]) -> None:
        self._sender = sender
        self._request = Request(method="POST", url=url, json={"appid": app_id, "appsecret": app_secret})
        self._now = now
        self._token = ""
        self._good_until: datetime | None = None
        self._renewing = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good for some minutes. Raises Broken(OUR_CREDENTIALS), Transient."""
        return self._token if self._is_good() else await self._renew(self._token)

    async def instead_of(self, refused: str) -> str:
        """A new token in place of one that TIMIFY refused; callers who were refused at once share one renewal."""
        return await self._renew(refused)

    def _is_good(self) -> bool:
        return self._good_until is not None and self._now() < self._good_until

    async def _renew(self, old: str) -> str:
        async with self._renewing:
            if self._token != old and self._is_good():
                return self._token
            response = await self._sender.send(self._request)
            if 400 <= response.status_code < 500:
                raise Broken(Reason.OUR_CREDENTIALS, f"timify_token_{response.status_code}")
            answer = as_object(read_json(response.content))
            token = answer.get("accessToken")
            if not isinstance(token, str) or not token.isascii() or not token.strip():
                raise Transient("timify_token_unreadable")
            self._token = token.strip()
            lifetime = _lifetime(answer.get("expires"))
            self._good_until = self._now() + lifetime - min(MARGIN, lifetime / 2)
            return self._token


def _lifetime(expires: object) -> timedelta:
    """`expires` in seconds; what cannot be a lifetime counts as the published 7,200 s."""
    if isinstance(expires, int | float) and 0 < expires < LIFETIME.total_seconds():
        return timedelta(seconds=expires)
    return LIFETIME
