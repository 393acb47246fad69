"""schemathesis calls every route of the running stack with what docs/openapi.json allows, and with what it does not."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dev.openapi import READABLE
from dev.stack import Stack
from functions.backend_api import ROUTES, Route
from tests.functions.api_world import INSTALLATION

pytestmark = pytest.mark.stack
CALLS = 6
"""Of each kind, for each route: a look at every corner takes schemathesis minutes, and finds nothing more."""
BOUNDED = settings(
    max_examples=CALLS,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SALON: Mapping[str, Any] = {
    "plan": "premium",
    "timezone": "Europe/Berlin",
    "resources": [{"id": "zoe", "name": "Zoe", "email": "zoe@acme.example"}, {"id": "room", "name": "Room 1"}],
}


@cache
def description() -> Any:
    return schemathesis.openapi.from_path(READABLE)


def says_something(case: Any) -> bool:
    """A query parameter without a value is as if it were left out: nothing that could be refused."""
    return all(value not in ("", [], [""]) for value in (case.query or {}).values())


@pytest.fixture
def company(stack: Stack) -> str:
    """The id of a company of its own, with one resource invited: what a route ends, another test does not miss."""
    company_id = f"any-{uuid4().hex[:12]}"
    with httpx.Client(timeout=30, headers={"x-functions-key": stack.function_key}) as client:
        client.put(f"{stack.timify_url}/_sim/companies/{company_id}", json=SALON).raise_for_status()
        client.base_url = httpx.URL(f"{stack.functions_url}/api/v1/companies/{company_id}/")
        client.put("", json=INSTALLATION).raise_for_status()
        client.post("resources/zoe/invitation").raise_for_status()
    return company_id


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_nothing_that_is_sent_gets_a_server_error_or_an_answer_that_is_not_described(
    stack: Stack, company: str, route: Route, mode: GenerationMode
) -> None:
    operation = description()[f"/{route.path}"][route.method]
    ids = {"company_id": company, "resource_id": "zoe", "conflict_id": "5c0e8a"}
    known = {name: ids[name] for name in route.ids}
    checks = [*PROMISES, *([negative_data_rejection] if mode is GenerationMode.NEGATIVE else [])]

    cases = operation.as_strategy(generation_mode=mode, path_parameters=known).filter(says_something)

    @BOUNDED
    @given(case=cases)
    def call(case: Any) -> None:
        case.call_and_validate(
            base_url=stack.functions_url, headers={"x-functions-key": stack.function_key}, checks=checks
        )

    call()


def test_no_route_answers_a_caller_without_the_key(stack: Stack) -> None:
    ids = {"company_id": "acme", "resource_id": "zoe", "conflict_id": "5c0e8a"}
    with httpx.Client(timeout=30, base_url=stack.functions_url) as client:
        for route in ROUTES:
            for headers in ({}, {"x-functions-key": "guessed"}):
                answer = client.request(route.method, f"/{route.path.format(**ids)}", headers=headers)
                assert (answer.status_code, answer.content) == (401, b""), route.name
