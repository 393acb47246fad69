"""Every way into the app by HTTP, as the app registers it, and the pages behind the one function of the console."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from function_app import app
from functions.console import ROUTES as PAGES


@dataclass(frozen=True, slots=True)
class Door:
    """`public`: without a function key."""

    method: str
    path: str
    public: bool

    def filled(self, word: str) -> str:
        """The path with `word` for everything that it leaves open."""
        return re.sub(r"\{[^}]+\}", lambda _: word, self.path)

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"


@cache
def _functions() -> dict[str, list[dict[str, Any]]]:
    """The bindings of each function by its name. The app tells them once only."""
    return {str(each.get_function_name()): json.loads(str(each))["bindings"] for each in app.get_functions()}


@cache
def doors() -> tuple[Door, ...]:
    """In the order of the app; the pages of the console one by one."""
    found: list[Door] = []
    for bindings in _functions().values():
        for binding in bindings:
            if binding["type"] == "httpTrigger":
                public = binding["authLevel"] == "ANONYMOUS"
                found += [Door(str(method).upper(), binding["route"], public) for method in binding["methods"]]
    console = {door for door in found if door.path.startswith("console/")}
    pages = [Door(page.method, f"console/{{session}}/{page.path}", True) for page in PAGES]
    return (*(door for door in found if door not in console), *pages)


@cache
def others() -> tuple[str, ...]:
    """What starts a function besides HTTP: queues and timers by the name of the function."""
    return tuple(
        name for name, bindings in _functions().items() if all(each["type"] != "httpTrigger" for each in bindings)
    )
