"""What every walk in a browser needs: one Chromium, a fresh page, and the people on both sides."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from dev.actors import Actors
from dev.stack import Stack
from tests.journeys.browser import open_browser, open_page


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with open_page(browser) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def actors(stack: Stack) -> AsyncIterator[Actors]:
    async with Actors(stack.addresses) as everybody:
        yield everybody
