"""Installing, updating, reading and removing a company; the door to its administrator's pages."""

import azure.functions as func

from functions.backend_api.call import Call
from functions.backend_api.models import (
    CompanyAnswer,
    CompanyRequest,
    Copies,
    PolicyModel,
    dump,
    read_model,
)
from functions.http import choice, json_answer, read_json, read_nothing, read_query
from shared.domain.accounts import Company, PrivacyPolicy
from shared.sync.companies import Installation, install, known_company


async def put_company(call: Call) -> func.HttpResponse:
    """Install (201) or update (200)."""
    read_query(call.request)
    wish = read_model(CompanyRequest, read_json(call.request))
    policy = wish.privacy_policy
    installation = Installation(
        plan=wish.plan,
        locale=wish.locale,
        timezone=wish.timezone,
        privacy_policy=PrivacyPolicy(**dict(policy)) if policy else None,
    )
    company, fresh = await install(call.services, call.company_id, installation)
    return json_answer(dump(_shown(company)), 201 if fresh else 200)


async def get_company(call: Call) -> func.HttpResponse:
    read_query(call.request)
    return json_answer(dump(_shown(await known_company(call.services, call.company_id))))


async def delete_company(call: Call) -> func.HttpResponse:
    """Uninstall: 202, what is left to remove is removed in the background. Asking again finishes what broke off."""
    copies = read_copies(call)
    read_nothing(call.request)
    from shared.sync.disable import uninstall

    return json_answer(dump(_shown(await uninstall(call.services, call.company_id, copies))), 202)


def read_copies(call: Call) -> str:
    """What shall become of the copies: the future ones go, unless the caller says otherwise."""
    return str(choice(read_query(call.request, "copies"), "copies", Copies, tuple(Copies)))


def _shown(company: Company) -> CompanyAnswer:
    policy = company.privacy_policy
    return CompanyAnswer(
        id=company.id,
        plan=company.plan,
        eligible=company.eligible,
        locale=company.locale,
        timezone=company.timezone,
        privacy_policy=PolicyModel.model_construct(
            version=policy.version, accepted_by=policy.accepted_by, accepted_at=policy.accepted_at
        )
        if policy
        else None,
        settings_version=company.settings_version,
        installed_at=company.installed_at,
        uninstalled_at=company.uninstalled_at,
    )
