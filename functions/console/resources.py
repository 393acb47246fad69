"""One resource: what it stands at, what can be done to it, and its own choices."""

import azure.functions as func

from functions.console.rows import ago, rows
from functions.console.visit import Visit
from shared.domain.accounts import Connection, Status
from shared.domain.settings import flatten, to_dict
from shared.sync import disable as ending
from shared.sync.companies import change_overrides, follow_company
from shared.sync.errors import Unknown, UseCaseError, invalid, not_connected
from shared.sync.invite import revoke as revoke_invitation
from shared.sync.overview import ResourceView, resource_view
from shared.sync.preview import preview_disabling
from shared.web.rendering import headers
from shared.words.options import options


async def show(visit: Visit) -> func.HttpResponse:
    """The page of a resource; a part of it for the drop-down of the overview."""
    view = await _view(visit)
    return visit.page("resource_panel.html" if visit.partial else "resource.html", **_content(visit, view))


async def revoke(visit: Visit) -> func.HttpResponse:
    await revoke_invitation(visit.services, visit.company.id, visit.ids["resource_id"])
    return await _changed(visit, visit.say("The invitation is revoked. Its link does not work any more."))


async def check(visit: Visit) -> func.HttpResponse:
    await ending.check(visit.services, visit.company.id, visit.ids["resource_id"])
    return await _changed(visit, visit.say("Both calendars are being compared. The result shows here in a moment."))


async def resume(visit: Visit) -> func.HttpResponse:
    """Go on after a pause. `copies` says, after the brake, whether what is gone on one side stays on the other."""
    keep = visit.form().get("copies", [""])[0] == "keep"
    await ending.resume(visit.services, visit.company.id, visit.ids["resource_id"], keep=keep)
    return await _changed(visit, visit.say("The sync goes on, and catches up on what was missed."))


async def ask_disable(visit: Visit) -> func.HttpResponse:
    """Before a sync ends: what would go and what would stay."""
    view = await _view(visit)
    try:
        counts = await preview_disabling(visit.services, visit.company.id, view.resource.id)
    except UseCaseError as error:
        if error.code not in ("not-connected", "busy"):
            raise
        counts = {}
    template = "disable_part.html" if visit.partial else "disable.html"
    return visit.page(template, row=rows(visit, [view])[0], counts=counts, busy=view.connection.mailbox and not counts)


async def disable(visit: Visit) -> func.HttpResponse:
    copies = visit.form().get("copies", [""])[0]
    if copies not in (ending.REMOVE_FUTURE, ending.KEEP):
        raise invalid("copies")
    if await visit.services.store.connection(visit.company.id, visit.ids["resource_id"]) is None:
        raise not_connected()
    await ending.disable(visit.services, visit.company.id, visit.ids["resource_id"], copies)
    try:
        return await _changed(visit, visit.say("The sync is disabled."), closing=True)
    except Unknown:
        # TIMIFY had deleted it before, so that there is nothing to show any more
        return _to_overview(visit)


async def choose(visit: Visit) -> func.HttpResponse:
    """The resource's own choices; an empty one follows the company."""
    form, choices = visit.form(), dict[str, str | None]()
    for group in options(visit.say):
        for option in group.options:
            given = form.get(option.name, [None])[0]
            if given and given not in dict(option.values):
                raise invalid(option.name)
            if given is not None:
                choices[option.name] = given or None
    await change_overrides(visit.services, visit.company.id, visit.ids["resource_id"], choices)
    return await _changed(
        visit, visit.say("Saved. It applies to future appointments; the direction applies at once."), choices=True
    )


async def follow(visit: Visit) -> func.HttpResponse:
    await follow_company(visit.services, visit.company.id, visit.ids["resource_id"])
    return await _changed(visit, visit.say("This resource follows the company's settings again."), choices=True)


async def changed(
    visit: Visit, resource_id: str, message: str, *, choices: bool = False, closing: bool = False, to: str = ""
) -> func.HttpResponse:
    """After something was done to a resource: its line and its page as they are now. `choices`: the form as well,
    `closing`: an open dialogue goes. Without scripts, the page `to`, or its own."""
    view = await resource_view(visit.services, visit.company.id, resource_id)
    content = _content(visit, view) | {"with_choices": choices, "closing": closing}
    return visit.done(message, to or f"resources/{resource_id}", "resource_changed.html", **content)


async def _changed(visit: Visit, message: str, *, choices: bool = False, closing: bool = False) -> func.HttpResponse:
    return await changed(visit, visit.ids["resource_id"], message, choices=choices, closing=closing)


def _to_overview(visit: Visit) -> func.HttpResponse:
    if not visit.partial:
        return visit.go("overview")
    return func.HttpResponse(headers=headers() | {"HX-Redirect": f"{visit.base}/overview"})


async def _view(visit: Visit) -> ResourceView:
    return await resource_view(visit.services, visit.company.id, visit.ids["resource_id"])


def _is_open(connection: Connection) -> bool:
    """Is there an invitation that was not used? Connecting uses the latest."""
    if connection.status is Status.IMPORTING:
        return False
    invited, connected = connection.invited_at, connection.connected_at
    return bool(connection.invitation) and (connected is None or invited is None or invited > connected)


def _content(visit: Visit, view: ResourceView) -> dict[str, object]:
    connection = view.connection
    return {
        "row": rows(visit, [view])[0],
        "groups": options(visit.say),
        "company_choices": flatten(to_dict(visit.company.settings)),
        "own_choices": connection.overrides,
        "invited": ago(connection.invited_at, visit),
        "connected": visit.say.day(connection.connected_at) if connection.connected_at else "",
        "may_revoke": _is_open(connection),
        "may_check": view.status is Status.CONNECTED,
        "may_disable": view.status not in (Status.NOT_INVITED, Status.DISABLED),
        "known": view.status is not Status.NOT_INVITED or connection.invited_at is not None,
    }
