"""What the API takes and answers, for programs: a file that is made beforehand, so that nothing is made here."""

from pathlib import Path

import azure.functions as func

from functions.backend_api.call import Call
from functions.http import SECURITY_HEADERS, read_query

FILE = Path(__file__).with_name("openapi.json")


async def get_description(call: Call) -> func.HttpResponse:
    """OpenAPI 3.1, as `python -m dev openapi` wrote it."""
    read_query(call.request)
    return func.HttpResponse(FILE.read_bytes(), mimetype="application/json", headers=SECURITY_HEADERS)
