"""Graph's change notifications for one calendar."""

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.failures import Refused, Transient
from shared.outlook.bodies import SubscriptionBody
from shared.outlook.client import Answer, GraphClient
from shared.outlook.times import moment_of, stamp
from shared.sync.ports import Subscription

LONGEST_LIFE = timedelta(minutes=10_080 - 60)
"""Under seven days is what Graph grants for events; an hour less, because a longer wish is refused."""

NOTIFICATIONS_PATH = "/api/graph/notifications"
LIFECYCLE_PATH = "/api/graph/lifecycle"
_ROOT = ("subscriptions",)
_NO_SUBSCRIPTIONS = "extensionerror"


class Subscriptions:
    """Makes, renews and removes the one subscription of a calendar."""

    def __init__(self, client: GraphClient, calendar_id: str, public_url: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._resource = f"me/calendars/{calendar_id}/events"
        self._public_url = public_url.rstrip("/")
        self._now = now

    async def make(self, client_state: str, expires: datetime) -> Subscription:
        """Graph allows one subscription for the same thing (409), so an old one of ours gives way.

        Raises Transient when Graph could not reach our address (400), Refused when this mailbox has no
        notifications (ExtensionError): its calendar can only be polled.
        """
        body: SubscriptionBody = {
            "changeType": "created,updated,deleted",
            "notificationUrl": self._public_url + NOTIFICATIONS_PATH,
            "lifecycleNotificationUrl": self._public_url + LIFECYCLE_PATH,
            "resource": self._resource,
            "expirationDateTime": self._bounded(expires),
            "clientState": client_state,
        }
        answer = await self._client.send("POST", _ROOT, body, repeatable=False)
        if answer.status == 409:
            await self._remove_ours()
            answer = await self._client.send("POST", _ROOT, body, repeatable=False)
        if answer.code.lower() == _NO_SUBSCRIPTIONS:
            raise Refused(answer.code)
        if answer.status == 400:
            raise Transient(answer.code)
        return self._subscription(answer)

    async def renew(self, subscription_id: str, expires: datetime) -> Subscription | None:
        """Give it a new end, which reauthorises it as well; None when it is gone."""
        body: SubscriptionBody = {"expirationDateTime": self._bounded(expires)}
        answer = await self._client.send("PATCH", (*_ROOT, subscription_id), body, repeatable=True)
        return None if _gone(answer) else self._subscription(answer)

    async def remove(self, subscription_id: str) -> None:
        """Gone already is fine."""
        answer = await self._client.send("DELETE", (*_ROOT, subscription_id), repeatable=True)
        if not (answer.ok or _gone(answer)):
            raise answer.failure()

    async def _remove_ours(self) -> None:
        answer = await self._client.get(_ROOT)
        while True:
            for row in answer.rows():
                if str(row.get("resource", "")).lstrip("/").endswith(self._resource.removeprefix("me/")):
                    await self.remove(str(row.get("id")))
            link = answer.link("nextLink")
            if not link:
                return
            answer = await self._client.follow(link)

    def _bounded(self, expires: datetime) -> str:
        return stamp(min(expires, self._now() + LONGEST_LIFE))

    def _subscription(self, answer: Answer) -> Subscription:
        content = answer.content()
        expires = moment_of(content.get("expirationDateTime"))
        if not isinstance(content.get("id"), str) or expires is None:
            raise Transient("unreadable_answer")
        return Subscription(id=content["id"], expires=expires)


def _gone(answer: Answer) -> bool:
    return answer.status == 404  # whatever its code: a new one is made, and that call tells what is wrong
