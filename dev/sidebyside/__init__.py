"""Both calendars side by side: a page on which people edit either one and watch the other follow.

The function host of the local stack serves it under PATH. It knows published contracts only and acts as a person, with
a person's tokens; the product never sees it.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/_dev/calendars"


class SideBySide:
    """The page as an ASGI app that is loaded when somebody opens it, so that it costs the stack's start nothing."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            from dev.sidebyside.pages import create_app

            self._app = create_app()
        await self._app(scope, receive, send)
