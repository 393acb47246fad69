"""An example of a client for TIMIFY's backend, to copy: every route of docs/api.md, with types. It needs httpx.

with CalendarSync("https://sync.example", key) as sync:
    sync.install("acme", "premium", locale="de", policy=policy)
    sync.invite_several("acme", ["r0", "r2"])
    for resource in sync.resources("acme", status=["reconnect_needed", "failed"]):
        print(resource["name"], resource["label"])
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Self, TypedDict, cast
from urllib.parse import quote

import httpx

type Switch = Literal["on", "off"]
type Travel = Literal["sync", "skip"]
type Direction = Literal["two_way", "outlook_to_timify", "timify_to_outlook"]
type Alive = Literal["importing", "connected", "reconnect_needed", "paused"]
type Status = Literal["not_invited", "awaiting_confirmation", "failed", "disabled"] | Alive
type Right = Literal["manage_resources", "change_settings", "decide_conflicts", "uninstall"]
type Copies = Literal["remove_future", "keep"]
type ConflictState = Literal["open", "ignored"]
type Action = Literal["retry", "keep_timify", "keep_outlook", "ignore"]
type Token = Callable[[], str] | None
type Transport = httpx.BaseTransport
type Changes = Mapping[str, object]
"""Settings to send: nested or dotted (`{"timify_to_outlook.notes": True}`); None follows the company again."""
_UNSAID = {401: "The function key is missing or wrong.", 403: "The app may not be reached from here, or is stopped."}


class PrivacyPolicy(TypedDict):
    version: str
    accepted_by: str
    accepted_at: str


class Company(TypedDict):
    id: str
    plan: str
    eligible: bool
    locale: str
    timezone: str
    privacy_policy: PrivacyPolicy | None
    settings_version: int
    installed_at: str | None
    uninstalled_at: str | None


class ConsoleSession(TypedDict):
    url: str
    expires_at: str


class OutlookToTimify(TypedDict):
    event_name: Switch
    anonymous: Switch
    private_events: Literal["anonymous", "skip"]
    tentative: Travel
    working_elsewhere: Travel
    free: Travel
    all_day: Travel
    working_times: Literal["ignore", "enforce"]


class TimifyToOutlook(TypedDict):
    service_name: Switch
    customer_name: Switch
    resource_name: Switch
    data_fields: Switch
    notes: Switch
    anonymous: Switch
    when_busy: Literal["copy_and_flag", "hold"]
    deleted_in_outlook: Literal["cancel_booking", "restore_copy", "ask"]


class Settings(TypedDict):
    direction: Direction
    weekly_digest: Switch
    outlook_to_timify: OutlookToTimify
    timify_to_outlook: TimifyToOutlook


class ResourceSettings(TypedDict):
    effective: Settings
    overrides: dict[str, Any]


class Preview(TypedDict):
    created: int
    linked: int
    skipped: int
    conflicts: int


class CompanyPreview(Preview):
    looked_at: int
    connections: int


class DisablingPreview(TypedDict):
    removed_in_outlook: int
    removed_in_timify: int
    kept: int


class Progress(TypedDict):
    percent: int
    done: int
    total: int
    expected_end: str | None


class Check(TypedDict):
    at: str
    items: int
    agree: int
    differences: dict[str, int]


class Resource(TypedDict):
    resource_id: str
    name: str
    email: str
    status: Status
    label: str
    reason: str | None
    direction: Direction
    progress: Progress | None
    last_change: str | None
    last_check: Check | None
    open_conflicts: int
    invited_at: str | None
    undelivered_at: str | None
    connected_at: str | None
    gone: bool


class Invited(TypedDict):
    resource_id: str
    status: Status | None
    problem: dict[str, Any] | None


class Span(TypedDict):
    start: str
    end: str


class InTheWay(TypedDict):
    item: str
    side: str
    times: Span | None


class LogLine(InTheWay):
    at: str
    text: str
    cause: str
    rule: str
    fields: list[str]
    outcome: str
    detail: str
    took_ms: int


class Conflict(TypedDict):
    id: str
    resource_id: str
    kind: str
    state: ConflictState
    since: str | None
    text: str
    item: str
    outlook: Span | None
    timify: Span | None
    in_the_way: InTheWay | None
    detail: str
    actions: list[Action]


class Decision(TypedDict):
    id: str
    action: Action


class _Page[T](TypedDict):
    items: list[T]
    next: str | None


class Problem(Exception):
    """What the API refused or could not do. `code` is stable; `errors` names the places that are wrong. `retry_after`:
    seconds, of what may come right by itself. Without a code it was Azure that said no, and the app was not asked."""

    def __init__(self, status: int, data: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status, self.retry_after = status, retry_after
        self.code = str(data.get("code", ""))
        self.detail = str(data.get("detail", _UNSAID.get(status, "No reason was given.")))
        self.errors: list[dict[str, str]] = list(data.get("errors", ()))
        self.instance = str(data.get("instance", ""))
        super().__init__(f"{status} {self.code or 'without a code'}: {self.detail}")


class CalendarSync:
    """The API under `base_url`, called with a function `key`. Every method raises Problem and httpx.TransportError.

    What may be asked twice without harm (GET, PUT, DELETE) is asked again after a 503, up to `attempts` times.
    `token` gives one of Entra for each call, where API_AUDIENCE is set. Logs and conflicts come newest first.
    """

    def __init__(
        self, base_url: str, key: str, *, token: Token = None, attempts: int = 3, transport: Transport | None = None
    ) -> None:
        self._http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=60, transport=transport)
        self._key, self._token, self._attempts = key, token, attempts
        self.sleep: Callable[[float], None] = time.sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def description(self) -> dict[str, Any]:
        return self._ask(dict[str, Any], "GET", "/openapi.json")

    def install(
        self, company_id: str, plan: str, *, locale: str = "", timezone: str = "", policy: PrivacyPolicy | None = None
    ) -> Company:
        """Install or update. What is left out stays as it was."""
        wish = {"plan": plan, "locale": locale, "timezone": timezone, "privacy_policy": policy}
        given = {name: value for name, value in wish.items() if value}
        return self._ask(Company, "PUT", _at(company_id), body=given)

    def company(self, company_id: str) -> Company:
        return self._ask(Company, "GET", _at(company_id))

    def uninstall(self, company_id: str, copies: Copies = "remove_future") -> Company:
        return self._ask(Company, "DELETE", _at(company_id), {"copies": copies})

    def console_session(
        self, company_id: str, name: str, language: str, rights: Sequence[Right] | None = None
    ) -> ConsoleSession:
        """The address of the administrator's pages. `rights`: all when None."""
        wish = {"name": name, "language": language} | ({} if rights is None else {"rights": list(rights)})
        return self._ask(ConsoleSession, "POST", _at(company_id, "console-sessions"), body=wish)

    def settings(self, company_id: str) -> Settings:
        return self._ask(Settings, "GET", _at(company_id, "settings"))

    def replace_settings(self, company_id: str, settings: Changes) -> Settings:
        """All of them: what is left out gets its default."""
        return self._ask(Settings, "PUT", _at(company_id, "settings"), body=settings)

    def preview_settings(self, company_id: str, settings: Changes) -> CompanyPreview:
        return self._ask(CompanyPreview, "POST", _at(company_id, "settings", "preview"), body=settings)

    def resources(self, company_id: str, *, status: Sequence[Status] = (), q: str = "") -> Iterator[Resource]:
        """The overview, in order of name; further pages are fetched as they are needed."""
        return self._pages(_Page[Resource], _at(company_id, "resources"), {"status": ",".join(status), "q": q})

    def resource(self, company_id: str, resource_id: str) -> Resource:
        return self._ask(Resource, "GET", _at(company_id, "resources", resource_id))

    def resource_settings(self, company_id: str, resource_id: str) -> ResourceSettings:
        return self._ask(ResourceSettings, "GET", _at(company_id, "resources", resource_id, "settings"))

    def change_resource_settings(self, company_id: str, resource_id: str, changes: Changes) -> ResourceSettings:
        path = _at(company_id, "resources", resource_id, "settings")
        return self._ask(ResourceSettings, "PATCH", path, body=changes)

    def follow_company(self, company_id: str, resource_id: str) -> ResourceSettings:
        """Drop all of a resource's own settings."""
        return self._ask(ResourceSettings, "DELETE", _at(company_id, "resources", resource_id, "settings"))

    def preview_resource_settings(self, company_id: str, resource_id: str, changes: Changes) -> Preview:
        path = _at(company_id, "resources", resource_id, "settings", "preview")
        return self._ask(Preview, "POST", path, body=changes)

    def invite(self, company_id: str, resource_id: str) -> Resource:
        return self._ask(Resource, "POST", _at(company_id, "resources", resource_id, "invitation"))

    def invite_several(self, company_id: str, resource_ids: Sequence[str]) -> list[Invited]:
        """Up to 200. Each answers for itself: a status, or a problem."""
        wish = {"resource_ids": list(resource_ids)}
        return self._ask(_Page[Invited], "POST", _at(company_id, "invitations"), body=wish)["items"]

    def revoke_invitation(self, company_id: str, resource_id: str) -> Resource:
        return self._ask(Resource, "DELETE", _at(company_id, "resources", resource_id, "invitation"))

    def check(self, company_id: str, resource_id: str) -> Resource:
        return self._ask(Resource, "POST", _at(company_id, "resources", resource_id, "check"))

    def resume(self, company_id: str, resource_id: str, copies: Literal["go_on", "keep"] = "go_on") -> Resource:
        return self._ask(Resource, "POST", _at(company_id, "resources", resource_id, "resume"), {"copies": copies})

    def disable(self, company_id: str, resource_id: str, copies: Copies = "remove_future") -> Resource:
        path = _at(company_id, "resources", resource_id, "connection")
        return self._ask(Resource, "DELETE", path, {"copies": copies})

    def preview_disabling(self, company_id: str, resource_id: str) -> DisablingPreview:
        return self._ask(DisablingPreview, "GET", _at(company_id, "resources", resource_id, "connection", "preview"))

    def log(self, company_id: str, resource_id: str) -> Iterator[LogLine]:
        return self._pages(_Page[LogLine], _at(company_id, "resources", resource_id, "log"), {})

    def conflicts(
        self, company_id: str, *, resource_id: str = "", kind: Sequence[str] = (), state: Sequence[ConflictState] = ()
    ) -> Iterator[Conflict]:
        query = {"resource_id": resource_id, "kind": ",".join(kind), "state": ",".join(state)}
        return self._pages(_Page[Conflict], _at(company_id, "conflicts"), query)

    def conflict(self, company_id: str, conflict_id: str) -> Conflict:
        return self._ask(Conflict, "GET", _at(company_id, "conflicts", conflict_id))

    def decide(self, company_id: str, conflict_id: str, action: Action) -> Decision:
        path = _at(company_id, "conflicts", conflict_id, "actions")
        return self._ask(Decision, "POST", path, body={"action": action})

    def _pages[T](self, kind: type[_Page[T]], path: str, query: Mapping[str, str]) -> Iterator[T]:
        wanted = {name: value for name, value in query.items() if value}
        page = self._ask(kind, "GET", path, wanted)
        yield from page["items"]
        while page["next"]:
            page = self._ask(kind, "GET", path, {**wanted, "next": page["next"]})
            yield from page["items"]

    def _ask[T](
        self, kind: type[T], method: str, path: str, query: Mapping[str, str] | None = None, body: Changes | None = None
    ) -> T:
        """The answer, which the API promises to be of this `kind`."""
        left = self._attempts if method in ("GET", "PUT", "DELETE") else 1
        while True:
            bearer = {"authorization": f"Bearer {self._token()}"} if self._token else {}
            headers = {"x-functions-key": self._key, **bearer}
            answer = self._http.request(method, path, params=query or {}, json=body, headers=headers)
            wish, left = answer.headers.get("retry-after", ""), left - 1
            seconds = float(wish) if wish.isdecimal() else None
            if answer.is_success:
                return cast(T, answer.json())
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or left <= 0:
                is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
                raise Problem(answer.status_code, answer.json() if is_problem else {}, seconds)
            self.sleep(min(5 if seconds is None else seconds, 30))


def _at(company_id: str, *parts: str) -> str:
    return "/companies/" + "/".join(quote(part, safe="") for part in (company_id, *parts))
