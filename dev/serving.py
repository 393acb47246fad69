"""Serving an ASGI app on loopback until told to stop."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Uvicorn would end the process by the signal it was stopped with; here stopping is a normal end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stop_event() -> asyncio.Event:
    """Set when this process is asked to end (SIGTERM, SIGINT)."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def serve_app(app: ASGIApp, port: int, *, grace: int = 20) -> bool:
    """Serve `app` on 127.0.0.1:`port` until SIGTERM or SIGINT; open requests get `grace` seconds. False when the app
    or the port failed at the start."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=grace,
        # Longer than clients keep theirs: else a request now and then meets a connection that is being closed.
        timeout_keep_alive=75,
    )
    server = _Server(config)
    stopping = stop_event()

    async def stop() -> None:
        await stopping.wait()
        server.should_exit = True

    waiting = asyncio.create_task(stop())
    await server.serve()
    waiting.cancel()
    return server.started
