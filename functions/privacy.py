"""HTTP: the privacy policy, for everybody. Where the operator has one of their own, this leads to it."""

from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from shared.sync.services import Services

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route("privacy", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def privacy(req: func.HttpRequest) -> func.HttpResponse:
    """What is read, kept and forgotten, in the words of people. Asks nobody, so it is there when nothing else is."""
    from shared.app import services

    return answer(services(), req)


def answer(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """The page: every number on it is the one that the code goes by (docs/privacy.md)."""
    from functions.connect.answers import page, redirect
    from functions.connect.browser import speech_of
    from shared.identity.leaving import LASTS
    from shared.sync import retention
    from shared.sync.invite import VALID

    config = services.config
    if not config.own_privacy_policy:
        return redirect(303, config.privacy_policy_url)
    days = {
        "invitation": (VALID + retention.KEEP_INVITATIONS).days,
        "leave": LASTS.days,
        "past": (config.back + retention.KEEP_PAST).days,
        "log": retention.KEEP_LOG.days,
        "mails": retention.KEEP_MAILS.days,
        "company": retention.KEEP_COMPANY.days,
        "telemetry": retention.KEEP_TELEMETRY.days,
        "week": retention.WEEK.days,
    }
    return page(services, req, "privacy.html", speech_of(req), privacy="", config=config, days=days)
