"""The tab Settings: what travels, what that looks like, what a change would do; the privacy policy; uninstalling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import azure.functions as func

from functions.console.visit import Visit
from shared.domain.failures import Failure
from shared.domain.items import Side
from shared.domain.settings import Settings, effective, flatten, to_dict
from shared.sync.companies import accept_policy, change_settings, known_company
from shared.sync.errors import UseCaseError, invalid
from shared.sync.patience import SHORT, within
from shared.words.example import examples
from shared.words.options import Option, options

if TYPE_CHECKING:
    from shared.sync.preview import Preview

type Choices = dict[str, str]
"""Dotted names to values, as `Overrides`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that somebody else saved meanwhile, and what was chosen here, both in words."""

    label: str
    theirs: str
    yours: str


async def show(visit: Visit) -> func.HttpResponse:
    """The form. An address with settings in it (the way without scripts) shows those, not yet saved."""
    return _form(visit, _chosen(visit, _asked_for(visit)))


async def example(visit: Visit) -> func.HttpResponse:
    """What items would look like under what is chosen in the form."""
    settings = _chosen(visit, _asked_for(visit))
    unsaved = settings != visit.company.settings
    return visit.page("settings_examples.html", examples=_examples(visit, settings), unsaved=unsaved, swap=True)


async def save(visit: Visit) -> func.HttpResponse:
    """Save, unless somebody else saved meanwhile: then say what, and keep what was chosen here."""
    form = visit.form()
    settings = _chosen(visit, form)
    try:
        company = await change_settings(visit.services, visit.company.id, settings, version=_version(form))
    except UseCaseError as error:
        if error.code != "busy":
            raise
        now = replace(visit, company=await known_company(visit.services, visit.company.id))
        return _form(now, settings, differences=_differences(now, settings))
    saved = replace(visit, company=company)
    message = visit.say("Saved. The settings are used for everything that is synced from now on.")
    return saved.done(message, "settings?saved", "settings_form.html", **_content(saved, company.settings))


async def preview(visit: Visit) -> func.HttpResponse:
    """What saving would do. Reads both calendars of everybody, so it may take long."""
    from shared.sync.preview import preview_settings

    settings = _chosen(visit, visit.form())
    foreseen = await preview_settings(visit.services, visit.company.id, settings)
    if visit.partial:
        return visit.page("settings_preview.html", foreseen=foreseen, direction=settings.direction)
    return _form(visit, settings, foreseen=foreseen)


async def policy(visit: Visit) -> func.HttpResponse:
    """Accept the privacy policy in the name of whoever looks. Accepting twice is accepting once."""
    given = visit.form().get("policy_version", [""])[-1]
    if given != visit.services.config.privacy_policy_version:
        return visit.go("settings?changed#policy")
    await accept_policy(visit.services, visit.company.id, given, visit.session.name)
    return visit.go("settings")


async def uninstall(visit: Visit) -> func.HttpResponse:
    """Remove the app from the company, when its name was typed."""
    from shared.sync import disable
    from shared.sync.retention import KEEP_COMPANY

    form = visit.form()
    typed, copies = form.get("confirmation", [""])[-1], form.get("copies", [""])[-1]
    names = {visit.company.id, await _name(visit)}
    if copies not in (disable.REMOVE_FUTURE, disable.KEEP):
        raise invalid("copies")
    if typed.strip().casefold() not in {name.strip().casefold() for name in names if name.strip()}:
        return await _asked(visit, typed=typed, copies=copies, wrong=True)
    await disable.uninstall(visit.services, visit.company.id, copies)
    return visit.page("settings_gone.html", days=KEEP_COMPANY.days)


async def ask_uninstall(visit: Visit) -> func.HttpResponse:
    """What uninstalling does, before anything is done."""
    return await _asked(visit)


async def _asked(visit: Visit, typed: str = "", copies: str = "", wrong: bool = False) -> func.HttpResponse:
    from shared.sync.retention import KEEP_COMPANY

    content = {"name": await _name(visit), "days": KEEP_COMPANY.days}
    return visit.page("settings_uninstall.html", typed=typed, copies=copies, wrong=wrong, **content)


async def _name(visit: Visit) -> str:
    """What TIMIFY calls the company; "" while it does not answer: then the id is typed."""
    try:
        return await within(SHORT, visit.services.company_names.company_name(visit.company.id))
    except Failure:
        return ""


def _form(
    visit: Visit,
    settings: Settings,
    *,
    differences: Sequence[Difference] = (),
    foreseen: "Preview | None" = None,
) -> func.HttpResponse:
    template = "settings_form.html" if visit.partial else "settings.html"
    return visit.page(template, **_content(visit, settings, differences, foreseen))


def _content(
    visit: Visit,
    settings: Settings,
    differences: Sequence[Difference] = (),
    foreseen: "Preview | None" = None,
) -> dict[str, object]:
    config = visit.services.config
    return {
        "groups": options(visit.say),
        "values": flatten(to_dict(settings)),
        "examples": _examples(visit, settings),
        "differences": differences,
        "foreseen": foreseen,
        "direction": settings.direction,
        "swap": False,
        "unsaved": settings != visit.company.settings,
        "policy_url": config.privacy_link,
        "policy_version": config.privacy_policy_version,
    }


def _examples(visit: Visit, settings: Settings) -> dict[str, object]:
    """By group of settings."""
    return {
        "outlook_to_timify": examples(settings, Side.OUTLOOK, visit.company.locale, visit.say),
        "timify_to_outlook": examples(settings, Side.TIMIFY, visit.company.locale, visit.say),
    }


def _chosen(visit: Visit, form: Mapping[str, Sequence[str]]) -> Settings:
    """The settings of a form: a switch sends "off" and, when it is on, "on" after it; what is left out stays as it is.
    Raises Invalid."""
    choices: Choices = {}
    for option in (option for group in options(visit.say) for option in group.options):
        value = form.get(option.name, [""])[-1]
        if value and value not in dict(option.values):
            raise invalid(option.name)
        if value:
            choices[option.name] = value
    return effective(visit.company.settings, choices)


def _asked_for(visit: Visit) -> dict[str, list[str]]:
    """The settings in the address. The host joins what is named twice by commas, which no value has."""
    return {name: value.split(",") for name, value in visit.query.items()}


def _version(form: Mapping[str, Sequence[str]]) -> int:
    text = form.get("version", [""])[-1]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _differences(visit: Visit, settings: Settings) -> tuple[Difference, ...]:
    theirs, yours = flatten(to_dict(visit.company.settings)), flatten(to_dict(settings))
    every = [option for group in options(visit.say) for option in group.options]
    return tuple(
        Difference(option.label, _spoken(option, theirs), _spoken(option, yours))
        for option in every
        if theirs[option.name] != yours[option.name]
    )


def _spoken(option: Option, values: Mapping[str, str]) -> str:
    return dict(option.values)[values[option.name]]
