"""`python -m dev.screenshots [--out DIR] [--only NAME]`."""

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import async_playwright

from dev.actors import Actors
from dev.screenshots import index
from dev.screenshots.camera import LOCALES, Camera
from dev.screenshots.pages import take_all
from dev.screenshots.staging import set_the_stage
from dev.stack import Stack

_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]  # containers lack what these do without


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".local/screenshots"), help="the folder of the pictures")
    parser.add_argument(
        "--only", default="", metavar="NAME", help="only pages with this in their names, or several names with commas"
    )
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("Pictures need Chromium, which is not there: install Debian's package `chromium`.", file=sys.stderr)
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_take(arguments.out.resolve(), arguments.only, chromium))


async def _take(out: Path, only: str, chromium: str) -> int:
    async with Stack.start() as stack, Actors(stack.addresses) as actors, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_OPTIONS)
        camera = Camera(browser, out, only)
        stage = await set_the_stage(actors, tuple(LOCALES))
        await take_all(camera, stage, tuple(LOCALES))
        await browser.close()
    print(index.write(out, camera.taken, camera.problems))
    if not camera.taken:
        print(f"There is no page named {only}.", file=sys.stderr)
        return 1
    for problem in camera.problems:
        print(f"Not good: {problem}", file=sys.stderr)
    return 1 if camera.problems else 0


if __name__ == "__main__":
    sys.exit(main())
