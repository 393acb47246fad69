"""What axe-core (https://github.com/dequelabs/axe-core) says of a page: nothing, if everybody can use it."""

from functools import cache
from pathlib import Path

from playwright.async_api import Page

_AXE = Path(__file__).resolve().parent / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page) -> list[str]:
    """Each violation with the elements that break it; empty when there is none."""
    await page.evaluate(_source())
    found = await page.evaluate("rules => axe.run(document, {runOnly: rules})", _RULES)
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:160] for node in violation['nodes']]}"
        for violation in found["violations"]
    ]


@cache
def _source() -> str:
    return _AXE.read_text("utf-8")
