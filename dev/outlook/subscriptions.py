"""Change-notification subscriptions: creation with its handshake, renewal, removal, delivery."""

import asyncio
import re
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx

from dev.outlook import ids, zones
from dev.outlook.errors import Body, GraphError, Json, access_denied, invalid
from dev.outlook.request import Caller, GraphRequest, Reply
from dev.outlook.store import Calendar, ChangeKind, Store
from dev.simkit import Notifier

LONGEST = timedelta(minutes=10_080)
SHORTEST = timedelta(minutes=45)
HANDSHAKE_TIMEOUT = 10.0
RETRIES = (0.2, 0.4, 0.8, 1.6, 3.2)  # seconds; Graph itself goes on for four hours
GATHER = 0.005  # seconds in which items for one address travel together
ITEMS_PER_POST = 20
_REQUIRED = ("changeType", "notificationUrl", "resource", "expirationDateTime")
_KINDS = {"created", "updated", "deleted"}
_RESOURCE = re.compile(
    r"^/?(?:me|users(?:/|\(')(?P<user>[^/']+)(?:'\))?)"
    r"(?:/calendars(?:/|\(')(?P<calendar>[^/']+)(?:'\))?)?/events/?$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Subscription:
    """One subscription; `calendar` None means all calendars of the mailbox."""

    id: str
    upn: str
    actor: str
    calendar: str | None
    resource: str
    kinds: tuple[str, ...]
    url: str
    lifecycle_url: str | None
    state: str | None
    expires: datetime
    immutable: bool
    client_id: str
    creator: str
    tls: str | None = None

    def shown(self) -> Body:
        """The subscription as Graph answers it, beyond its schema as observed."""
        return {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
            "id": self.id,
            "resource": self.resource,
            "applicationId": self.client_id,
            "changeType": ",".join(self.kinds),
            "clientState": self.state,
            "notificationUrl": self.url,
            "notificationQueryOptions": None,
            "notificationContentType": "application/json",
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": zones.stamp(self.expires),
            "creatorId": self.creator,
            "includeResourceData": None,
            "latestSupportedTlsVersion": self.tls or "v1_2",
            "encryptionCertificate": None,
            "encryptionCertificateId": None,
            "notificationUrlAppId": None,
        }

    def clash(self, other: "Subscription") -> bool:
        """Would Graph refuse the two together?"""
        same = self.upn == other.upn and self.actor == other.actor and self.calendar == other.calendar
        return same and set(self.kinds) == set(other.kinds)


class Subscriptions:
    """All subscriptions, and the items on their way to them."""

    def __init__(self, store: Store, notifier: Notifier, clock: Callable[[], datetime], client_id: str) -> None:
        self._store = store
        self._notifier = notifier
        self._clock = clock
        self._client_id = client_id
        self._outgoing: dict[str, list[Body]] = {}
        self._edits = 0
        self.all: dict[str, Subscription] = {}
        store.listen(self._on_change)

    async def create(self, request: GraphRequest) -> Reply:
        """POST /subscriptions. Raises GraphError."""
        wanted = self._parsed(request)
        self._refuse_clash(wanted)
        for url in filter(None, (wanted.url, wanted.lifecycle_url)):
            await self._shake_hands(url)
        self._refuse_clash(wanted)
        self.all[wanted.id] = wanted
        return Reply(201, wanted.shown())

    def list_(self, request: GraphRequest) -> Reply:
        """GET /subscriptions: those of this client and mailbox."""
        own = [one.shown() for one in self.all.values() if self._owns(request.caller, one)]
        context = request.context("subscriptions")
        return Reply(200, {"@odata.context": context, "value": [_without_context(body) for body in own]})

    def get(self, request: GraphRequest, subscription_id: str) -> Reply:
        """GET /subscriptions/{id}."""
        return Reply(200, self._own(request, subscription_id).shown())

    def renew(self, request: GraphRequest, subscription_id: str) -> Reply:
        """PATCH /subscriptions/{id}."""
        found = self._own(request, subscription_id)
        sent = request.body if isinstance(request.body, dict) else {}
        unpatchable = sent.keys() - {"expirationDateTime"}
        if unpatchable:
            raise invalid(f"The property '{min(unpatchable)}' cannot be updated.", "InvalidRequest")
        if "expirationDateTime" in sent:
            found.expires = self._expiry(sent["expirationDateTime"])
        return Reply(200, found.shown())

    def delete(self, request: GraphRequest, subscription_id: str) -> Reply:
        """DELETE /subscriptions/{id}."""
        del self.all[self._own(request, subscription_id).id]
        return Reply(204)

    def reauthorize(self, request: GraphRequest, subscription_id: str) -> Reply:
        """POST /subscriptions/{id}/reauthorize."""
        self._own(request, subscription_id)
        return Reply(200)

    def lifecycle(self, subscription_id: str, event: str) -> bool:
        """Send a lifecycle item; False for an unknown subscription. `subscriptionRemoved` removes it."""
        found = self.all.get(subscription_id)
        if found is None:
            return False
        if event == "subscriptionRemoved":
            del self.all[subscription_id]
        if found.lifecycle_url:
            self._send(found.lifecycle_url, self._head(found) | {"lifecycleEvent": event})
        return True

    def snapshot(self) -> list[Body]:
        """All subscriptions as JSON."""
        return [asdict(one) | {"expires": one.expires.isoformat()} for one in self.all.values()]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """Take up what `snapshot` gave."""
        for saved in state:
            expires, kinds = datetime.fromisoformat(saved["expires"]), tuple(saved["kinds"])
            found = Subscription(**saved | {"expires": expires, "kinds": kinds})
            self.all[found.id] = found

    def _parsed(self, request: GraphRequest) -> Subscription:
        sent = request.body if isinstance(request.body, dict) else {}
        missing = [name for name in _REQUIRED if not sent.get(name)]
        if missing:
            raise invalid(f"The property '{missing[0]}' is required.", "InvalidRequest")
        kinds = tuple(kind.strip().lower() for kind in str(sent["changeType"]).split(",") if kind.strip())
        if not kinds or not set(kinds) <= _KINDS:
            raise invalid("The changeType is not valid.", "InvalidRequest")
        if len(sent.get("clientState") or "") > 128:
            raise invalid("ClientState must not exceed 128 characters.", "InvalidRequest")
        if sent.get("includeResourceData"):
            raise invalid("Resource data needs an encryption certificate.", "InvalidRequest")
        calendar = self._calendar(request.caller, str(sent["resource"]))
        return Subscription(
            id=str(uuid.uuid4()),
            upn=request.mailbox.upn,
            actor=request.caller.actor,
            calendar=calendar,
            resource=sent["resource"],
            kinds=kinds,
            url=_address(sent["notificationUrl"]),
            lifecycle_url=_address(sent["lifecycleNotificationUrl"]) if sent.get("lifecycleNotificationUrl") else None,
            state=sent.get("clientState"),
            expires=self._expiry(sent["expirationDateTime"]),
            immutable=request.immutable,
            client_id=self._client_id,
            creator=request.mailbox.oid,
            tls=sent.get("latestSupportedTlsVersion"),
        )

    def _calendar(self, caller: Caller, resource: str) -> str | None:
        found = _RESOURCE.match(unquote(resource))
        if found is None:
            raise invalid("'Resource' is invalid.", "ExtensionError")
        mailbox = caller.mailbox
        if found["user"] and self._store.find(found["user"]) is not mailbox:
            raise access_denied()
        if mailbox.kind != "exchange_online":
            message = (
                f"Operation: Create; Exception: [Status Code: NotFound; Reason: mailbox '{mailbox.oid}' is currently "
            )
            raise GraphError(404, "ExtensionError", message + "on backend 'Unknown'.]")
        calendar_id = found["calendar"]
        if calendar_id is None:
            return None
        calendar = mailbox.calendars.get(calendar_id)
        if calendar is None:
            raise invalid("'Resource' is invalid.", "ExtensionError")
        if calendar.is_shared:
            raise access_denied()
        return calendar_id

    def _expiry(self, text: Json) -> datetime:
        moment = zones.parse(text)
        expires = zones.to_utc(moment, UTC) if moment else None
        now = self._clock()
        if expires is None or expires <= now:
            raise invalid("Subscription expiration must be in the future.", "InvalidRequest")
        if expires - now > LONGEST:
            message = f"Subscription expiration can only be {LONGEST.total_seconds() / 60:.0f} minutes in the future."
            raise invalid(message, "ExtensionError")
        return max(expires, now + SHORTEST)

    def _refuse_clash(self, wanted: Subscription) -> None:
        now = self._clock()
        other = next((one for one in self.all.values() if one.expires > now and one.clash(wanted)), None)
        if other is not None:
            message = f"Subscription Id {other.id} already exists for the requested combination"
            raise GraphError(409, "ExtensionError", message)

    async def _shake_hands(self, url: str) -> None:
        token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
        try:
            answer = await self._notifier.client.post(
                str(httpx.URL(url).copy_merge_params({"validationToken": token})),
                headers={"content-type": "text/plain; charset=utf-8"},
                timeout=HANDSHAKE_TIMEOUT,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise invalid("The underlying connection was closed.", "InvalidRequest") from error
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        if answer.status_code != 200 or kind != "text/plain" or answer.text != token:
            message = "Subscription validation request failed. Notification endpoint must respond with 200 OK to it."
            raise invalid(message, "InvalidRequest")

    def _own(self, request: GraphRequest, subscription_id: str) -> Subscription:
        found = self.all.get(subscription_id)
        if found is None or found.expires <= self._clock() or not self._owns(request.caller, found):
            raise GraphError(404, "ResourceNotFound", "The object was not found.")
        return found

    def _owns(self, caller: Caller, one: Subscription) -> bool:
        return one.upn == caller.mailbox.upn and one.actor == caller.actor

    def _on_change(self, calendar: Calendar, item_id: str, kind: ChangeKind) -> None:
        self._edits += 1
        times = {"created": ["created", "updated"], "updated": ["updated"] * (1 + self._edits % 3)}
        item = calendar.items.get(item_id)
        for one in list(self.all.values()):
            concerned = one.upn == calendar.mailbox.upn and one.calendar in (None, calendar.id)
            if not concerned or one.expires <= self._clock():
                continue
            for reported in times.get(kind, ["deleted"]):
                if reported in one.kinds:
                    etag = item.etag if item else ids.etag(ids.new_change_key())
                    self._send(one.url, self._item(one, calendar, item_id, reported, etag))

    def _head(self, one: Subscription) -> Body:
        mailbox = self._store.find(one.upn)
        return {
            "subscriptionId": one.id,
            "subscriptionExpirationDateTime": zones.stamp(one.expires),
            "clientState": one.state,
            "tenantId": mailbox.tenant if mailbox else "",
        }

    def _item(self, one: Subscription, calendar: Calendar, item_id: str, kind: str, etag: str) -> Body:
        shown = ids.shown(item_id, one.immutable)
        resource = f"Users/{calendar.mailbox.oid}/Events/{shown}"
        data = {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": resource, "@odata.etag": etag, "id": shown}
        head = {"id": uuid.uuid4().hex[:13]} | self._head(one)
        return head | {"changeType": kind, "resource": resource, "resourceData": data}

    def _send(self, url: str, item: Body) -> None:
        waiting = self._outgoing.get(url)
        if waiting is not None:
            waiting.append(item)
            return
        self._outgoing[url] = [item]
        self._notifier.spawn(self._flush(url))

    async def _flush(self, url: str) -> None:
        await asyncio.sleep(GATHER)
        items = self._outgoing.pop(url)
        for start in range(0, len(items), ITEMS_PER_POST):
            self._notifier.post(url, {"value": items[start : start + ITEMS_PER_POST]}, retries=RETRIES)


def _address(text: Json) -> str:
    if not isinstance(text, str) or not text.startswith(("https://", "http://")):
        raise invalid("The notification URL must be an absolute address.", "InvalidRequest")
    return text


def _without_context(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "@odata.context"}
