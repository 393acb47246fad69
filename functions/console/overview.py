"""The tab Overview."""

import azure.functions as func

from functions.console.visit import Visit


async def show(visit: Visit) -> func.HttpResponse:
    return visit.page("overview.html")
