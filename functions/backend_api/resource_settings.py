"""A resource's own choices over its company's settings."""

import azure.functions as func

from functions.backend_api.call import Call
from functions.backend_api.models import PreviewAnswer, ResourceSettingsAnswer, dump
from functions.backend_api.settings_body import nested_overrides, read_choices
from functions.http import json_answer, read_json, read_nothing, read_query
from shared.domain.accounts import Connection
from shared.sync.companies import change_overrides, connection_of, consenting_company, follow_company


async def get_resource_settings(call: Call) -> func.HttpResponse:
    read_query(call.request)
    return await _answer(call, await connection_of(call.services, call.company_id, call.resource_id))


async def patch_resource_settings(call: Call) -> func.HttpResponse:
    """Change some; null follows the company in that field again."""
    read_query(call.request)
    company = await consenting_company(call.services, call.company_id)
    choices = read_choices(read_json(call.request), company.settings)
    return await _answer(call, await change_overrides(call.services, call.company_id, call.resource_id, choices))


async def post_resource_preview(call: Call) -> func.HttpResponse:
    """What these choices would do to the resource's items. Nothing is written."""
    from shared.sync.preview import preview_choices

    read_query(call.request)
    company = await consenting_company(call.services, call.company_id)
    choices = read_choices(read_json(call.request), company.settings)
    await connection_of(call.services, call.company_id, call.resource_id)
    counts = await preview_choices(call.services, call.company_id, call.resource_id, choices)
    return json_answer(dump(PreviewAnswer(**counts)))


async def delete_resource_settings(call: Call) -> func.HttpResponse:
    """Follow the company in everything again."""
    read_query(call.request)
    read_nothing(call.request)
    return await _answer(call, await follow_company(call.services, call.company_id, call.resource_id))


async def _answer(call: Call, connection: Connection) -> func.HttpResponse:
    company = await consenting_company(call.services, call.company_id)
    return json_answer(
        dump(
            ResourceSettingsAnswer(
                effective=connection.effective_settings(company), overrides=nested_overrides(connection.overrides)
            )
        )
    )
