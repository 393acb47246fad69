"""The administrator's pages as a browser meets them, over services of fakes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import azure.functions as func

from functions.conflict import show
from functions.console import dispatch
from functions.limits import Limits
from shared.identity.console import Right, begin, write
from shared.identity.sealing import Sealer
from tests.fakes.identity import SETTINGS
from tests.functions.api_world import World
from tests.functions.page import Page


class _Names:
    """What TIMIFY calls its companies."""

    async def company_name(self, company_id: str) -> str:
        return {"acme": "Acme Studios"}.get(company_id, "")


class ConsoleWorld(World):
    """`acme` is installed; an administrator looks at its pages. `last` is the newest answer."""

    def __init__(self) -> None:
        super().__init__()
        self.sealer = Sealer((SETTINGS["VAULT_KEYS"],))
        self.company_names = _Names()
        self.base = ""
        self.limits = Limits()
        self.last = func.HttpResponse()

    async def enter(self, language: str = "en", rights: frozenset[Right] = frozenset(Right), **company: Any) -> None:
        """Install the company and take a key to its pages."""
        await self.install(**company)
        session = begin("acme", "Ada <Lovelace>", language, rights, self.now())
        self.base = f"/console/{write(session, self.sealer)}"

    async def get(self, path: str, *, partial: bool = False) -> Page:
        """`path` is below the session's address, or an address that a page showed."""
        return await self._ask("GET", path, b"", partial)

    async def post(self, path: str, form: Mapping[str, str | list[str]] | None = None, *, partial: bool = True) -> Page:
        return await self._ask("POST", path, urlencode(form or {}, doseq=True).encode(), partial)

    async def _ask(self, method: str, path: str, body: bytes, partial: bool) -> Page:
        address = urlsplit(path if path.startswith("/") else f"{self.base}/{path}")
        _, _, session, rest = address.path.split("/", 3)
        request = func.HttpRequest(
            method,
            f"https://sync.example{address.path}",
            headers={"hx-request": "true"} if partial else {},
            params=dict(parse_qsl(address.query, keep_blank_values=True)),
            route_params={"session": session, "path": rest},
            body=body,
        )
        self.last = await dispatch(request, self.services, self.limits)
        return Page(self.last.get_body().decode())

    async def follow(self, link: str, language: str = "en") -> tuple[int, Page]:
        """The link of a conflict, as its resource opens it: status and page."""
        headers = {"accept-language": language}
        parameters = {"token": unquote(link.rpartition("/")[2])}
        request = func.HttpRequest("GET", link, headers=headers, route_params=parameters, body=b"")
        answer = await show(self.services, request)
        return answer.status_code, Page(answer.get_body().decode())
