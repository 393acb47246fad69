"""The door to the administrator's pages."""

import azure.functions as func

from functions.backend_api.call import Call
from functions.backend_api.models import ConsoleSessionAnswer, ConsoleSessionRequest, dump, read_model
from functions.http import json_answer, read_json, read_query
from shared.identity.console import begin, write
from shared.sync.companies import known_company


async def post_console_session(call: Call) -> func.HttpResponse:
    """201 and an address for a frame: a key to this company's pages, good for an hour, and longer for who stays."""
    read_query(call.request)
    wish = read_model(ConsoleSessionRequest, read_json(call.request))
    await known_company(call.services, call.company_id)
    session = begin(call.company_id, wish.name, wish.language, frozenset(wish.rights), call.services.now())
    address = f"{call.services.config.public_base_url}/console/{write(session, call.services.sealer)}/overview"
    return json_answer(dump(ConsoleSessionAnswer(url=address, expires_at=session.expires)), 201)
