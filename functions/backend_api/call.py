"""One call of the API: what a handler is given."""

from collections.abc import Mapping
from dataclasses import dataclass

import azure.functions as func

from shared.sync.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`ids` are the ids of the path, checked."""

    request: func.HttpRequest
    services: Services
    ids: Mapping[str, str]

    @property
    def company_id(self) -> str:
        return self.ids["company_id"]

    @property
    def resource_id(self) -> str:
        return self.ids["resource_id"]

    @property
    def conflict_id(self) -> str:
        return self.ids["conflict_id"]
