"""`/_sim/*` of the Outlook simulator: mailboxes, tokens, mail, subscriptions."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dev.outlook import seeds
from dev.outlook.editing import Mail
from dev.outlook.identity import Identity
from dev.outlook.store import Mailbox, Store
from dev.outlook.subscriptions import Subscriptions
from dev.simkit import read_json

_LIFECYCLE = ("missed", "subscriptionRemoved", "reauthorizationRequired")


class Control:
    """Control routes that only Outlook has."""

    def __init__(self, store: Store, identity: Identity, subscriptions: Subscriptions, mail: Mail) -> None:
        self._store = store
        self._identity = identity
        self._subscriptions = subscriptions
        self._mail = mail

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/_sim/mailboxes", self._mailboxes, methods=["GET"]),
            Route("/_sim/mailboxes/{upn}", self._mailbox, methods=["GET", "PUT", "DELETE"]),
            Route("/_sim/mailboxes/{upn}/revoke", self._revoke, methods=["POST"]),
            Route("/_sim/tokens/{upn}", self._token, methods=["POST"]),
            Route("/_sim/identity", self._identity_settings, methods=["GET", "PUT"]),
            Route("/_sim/mail", self._sent_mail, methods=["GET", "DELETE"]),
            Route("/_sim/subscriptions", self._all_subscriptions, methods=["GET"]),
            Route("/_sim/subscriptions/{id}/lifecycle", self._lifecycle, methods=["POST"]),
        ]

    async def _mailboxes(self, request: Request) -> Response:
        return JSONResponse([mailbox.upn for mailbox in self._store.mailboxes.values()])

    async def _mailbox(self, request: Request) -> Response:
        upn = request.path_params["upn"]
        if request.method == "PUT":
            try:
                mailbox = seeds.put_mailbox(self._store, upn, await read_json(request))
            except ValueError as error:
                return JSONResponse({"errors": [str(error)]}, 400)
            return JSONResponse(seeds.dump_mailbox(mailbox))
        return self._with(upn, self._delete if request.method == "DELETE" else seeds.dump_mailbox)

    def _delete(self, mailbox: Mailbox) -> None:
        del self._store.mailboxes[mailbox.upn.lower()]

    async def _revoke(self, request: Request) -> Response:
        return self._with(request.path_params["upn"], self._identity.revoke)

    async def _token(self, request: Request) -> Response:
        return self._with(request.path_params["upn"], self._identity.person_token)

    def _with(self, upn: str, act: Callable[[Mailbox], object]) -> Response:
        mailbox = self._store.find(upn)
        if mailbox is None:
            return JSONResponse({"errors": [f"there is no mailbox {upn}"]}, 404)
        result = act(mailbox)
        return Response(status_code=204) if result is None else JSONResponse(result)

    async def _identity_settings(self, request: Request) -> Response:
        if request.method == "PUT":
            seconds = (await read_json(request)).get("access_token_seconds")
            if not isinstance(seconds, int) or seconds < 0:
                return JSONResponse({"errors": ["access_token_seconds is a whole number"]}, 400)
            self._identity.access_token_seconds = seconds
        return JSONResponse({"access_token_seconds": self._identity.access_token_seconds})

    async def _sent_mail(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._mail.items.clear()
            return Response(status_code=204)
        return JSONResponse({"count": len(self._mail.items), "items": self._mail.items})

    async def _all_subscriptions(self, request: Request) -> Response:
        found = self._subscriptions.all.values()
        return JSONResponse([one.shown() | {"upn": one.upn, "actor": one.actor} for one in found])

    async def _lifecycle(self, request: Request) -> Response:
        event = (await read_json(request)).get("event")
        if event not in _LIFECYCLE:
            return JSONResponse({"errors": [f"event is one of {_LIFECYCLE}"]}, 400)
        known = self._subscriptions.lifecycle(request.path_params["id"], event)
        return Response(status_code=202 if known else 404)
