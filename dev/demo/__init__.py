"""`python -m dev demo`: the whole journey by itself, on a stack of its own, every line a check."""

import argparse
import asyncio

from dev.actors import Actors
from dev.demo import arriving, cast, disagreeing, lasting, leaving, living, measuring, shapes
from dev.demo.scene import Scene
from dev.demo.tale import Tale
from dev.stack import PartFailed, Stack


def main(rest: list[str]) -> int:
    """Play; answers 0 when every promise held, 1 when one did not."""
    argparse.ArgumentParser(prog="python -m dev demo", description="The whole journey by itself.").parse_args(rest)
    try:
        return asyncio.run(_play())
    except PartFailed as failure:
        print(f"The local stack did not start: {failure}")
        return 1


async def _play() -> int:
    tale = Tale()
    tale.note("Starting Azurite, the function host and both simulators on free ports ...")
    async with Stack.start(empty=True) as stack, Actors(stack.addresses) as actors:
        await _set_the_stage(actors)
        await _acts(Scene(actors, tale))
    return tale.end()


async def _set_the_stage(actors: Actors) -> None:
    await actors.send("PUT", f"{actors.where.timify}/_sim/companies/{cast.COMPANY}", cast.company())
    for upn, mailbox in cast.mailboxes().items():
        await actors.send("PUT", f"{actors.where.outlook}/_sim/mailboxes/{upn}", mailbox)


async def _acts(scene: Scene) -> None:
    await arriving.install(scene)
    await arriving.settings(scene)
    link = await arriving.invite(scene)
    await arriving.fail(scene)
    await living.connect(scene, link)
    await living.from_outlook(scene)
    await living.from_timify(scene)
    await shapes.events(scene)
    await shapes.series(scene)
    await shapes.bookings(scene)
    await disagreeing.conflicts(scene)
    await disagreeing.left_alone(scene)
    await lasting.lifecycle(scene)
    await lasting.access(scene)
    await lasting.log(scene)
    await leaving.disable(scene)
    await leaving.take_over(scene)
    await measuring.big_import(scene)
    await measuring.edits(scene)
    await leaving.uninstall(scene)
    await disagreeing.no_mail(scene)
