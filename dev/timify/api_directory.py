"""DevAPI: tokens, companies, resources, services and customers."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from dev.timify.desk import Desk
from dev.timify.directory import company_view, resource_alone, resource_in_list
from dev.timify.errors import BadRequest, Unauthorized, door
from dev.timify.paging import is_true, json_body, listed, paged, single
from dev.timify.store import Json
from dev.timify.times import iso

_RESOURCE_FIELDS = {
    "name": "name",
    "email": "email",
    "color": "color",
    "external_id": "externalId",
    "is_bookable": "isBookable",
}


class DirectoryApi:
    """Sign-in of the app, and the things that appointments refer to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """The routes of this part."""
        return [
            *door("/v1/auth/token", self.token, ["GET", "POST"]),
            *door("/v1/auth/refresh-token", self.refresh, ["POST"]),
            *door("/v1/companies", self.companies, ["GET"]),
            *door("/v1/resources", self.resources, ["GET"]),
            *door("/v1/resources/{key}", self.resource, ["GET", "PATCH"]),
            *door("/v1/services", self.services, ["GET"]),
            *door("/v1/services/{key}", self.service, ["GET"]),
            *door("/v1/customers", self.customers, ["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        """A token pair for appid and appsecret; the older form has them in the query."""
        given = dict(request.query_params) if request.method == "GET" else await json_body(request)
        app_id, app_secret = (given.get("appid"), given.get("appsecret")) if isinstance(given, dict) else (None, None)
        if not isinstance(app_id, str) or not isinstance(app_secret, str):
            raise BadRequest("appid and appsecret are required")
        return JSONResponse(self._desk.tokens.sign_in(app_id, app_secret))

    async def refresh(self, request: Request) -> Response:
        """A new pair. The field's name is not published: three spellings are taken, and the header."""
        body = await json_body(request)
        names = ("refreshToken", "refresh_token", "refreshtoken")
        given = next((body[name] for name in names if name in body), None) if isinstance(body, dict) else None
        token = given or (request.headers.get("authorization") or "").removeprefix("Bearer ")
        if not isinstance(token, str) or not token:
            raise Unauthorized("Missing refresh token")
        return JSONResponse(self._desk.tokens.refresh(token))

    async def companies(self, request: Request) -> Response:
        """The companies that the token opens; `company_id` narrows it down."""
        caller = self._desk.tokens.caller(request.headers.get("authorization"))
        only = caller.company_id or request.query_params.get("company_id")
        found = [company for company in self._desk.store.companies.values() if only in (None, company.id)]
        return paged(request, [company_view(company) for company in found])

    async def resources(self, request: Request) -> Response:
        """The company's resources."""
        _, company = self._desk.admit(request)
        wanted = listed(request, "ids")
        found = [item for item in company.resources.values() if wanted is None or item["id"] in wanted]
        return paged(request, [resource_in_list(resource) for resource in found])

    async def resource(self, request: Request) -> Response:
        """One resource; PATCH changes its name, e-mail, colour, external id or calendar."""
        _, company = self._desk.admit(request)
        external = is_true(request.query_params.get("external"))
        resource = company.find("resources", request.path_params["key"], external=external)
        if request.method == "PATCH":
            resource = self._changed(resource, await json_body(request))
            company.resources[resource["id"]] = resource
            self._desk.webhooks.resource(company, "Updated", resource)
        return single(resource_alone(resource))

    async def services(self, request: Request) -> Response:
        """The company's services; `bookable=true` leaves out the others."""
        _, company = self._desk.admit(request)
        only_bookable = is_true(request.query_params.get("bookable"))
        return paged(request, [item for item in company.services.values() if item["isBookable"] or not only_bookable])

    async def service(self, request: Request) -> Response:
        """One service."""
        _, company = self._desk.admit(request)
        external = is_true(request.query_params.get("external"))
        return single(company.find("services", request.path_params["key"], external=external))

    async def customers(self, request: Request) -> Response:
        """The company's customers."""
        _, company = self._desk.admit(request)
        return paged(request, list(company.customers.values()))

    def _changed(self, resource: Json, body: object) -> Json:
        if not isinstance(body, dict):
            raise BadRequest("The body must be a JSON object")
        now = iso(self._desk.clock())
        fields = {name: body[given] for given, name in _RESOURCE_FIELDS.items() if given in body}
        calendar = resource["calendar"] | (body.get("calendar") or {})
        return resource | fields | {"calendar": calendar, "updatedAt": now, "ts": now}
