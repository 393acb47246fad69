"""A company's settings, and what they would do."""

from typing import Any

import azure.functions as func

from functions.backend_api.call import Call
from functions.backend_api.models import SETTINGS, CompanyPreviewAnswer, dump
from functions.backend_api.settings_body import read_settings
from functions.http import json_answer, read_json, read_query
from shared.domain.settings import Settings
from shared.sync.companies import change_settings, consenting_company


async def get_settings(call: Call) -> func.HttpResponse:
    read_query(call.request)
    company = await consenting_company(call.services, call.company_id)
    return json_answer(_shown(company.settings))


async def put_settings(call: Call) -> func.HttpResponse:
    """Replace all: a setting that is left out gets its default."""
    read_query(call.request)
    settings = read_settings(read_json(call.request))
    company = await change_settings(call.services, call.company_id, settings)
    return json_answer(_shown(company.settings))


async def post_preview(call: Call) -> func.HttpResponse:
    """How many items would be created, linked, skipped and in conflict with these settings, in how many of the
    calendars there was time for. Nothing is written."""
    from shared.sync.preview import preview_settings

    read_query(call.request)
    settings = read_settings(read_json(call.request))
    found = await preview_settings(call.services, call.company_id, settings)
    return json_answer(dump(CompanyPreviewAnswer(**found.counts, looked_at=found.looked_at, connections=found.of)))


def _shown(settings: Settings) -> dict[str, Any]:
    shown: dict[str, Any] = SETTINGS.dump_python(settings, mode="json")
    return shown
