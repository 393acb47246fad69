"""Every way into the app by HTTP, as the app registers it, and the pages behind the one function of the console."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from function_app import app
from functions.console import ROUTES as PAGES


@dataclass(frozen=True, slots=True)
class Door:
    """`public`: without a function key. `function` is what the host calls."""

    method: str
    path: str
    public: bool
    function: Callable[..., Any] = field(repr=False)

    def filled(self, word: str) -> str:
        """The path with `word` for everything that it leaves open."""
        return re.sub(r"\{[^}]+\}", lambda _: word, self.path)

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"


@cache
def _functions() -> dict[str, tuple[Callable[..., Any], list[dict[str, Any]]]]:
    """Each function with its bindings by its name. The app tells them once only."""
    return {
        str(each.get_function_name()): (each.get_user_function(), json.loads(str(each))["bindings"])
        for each in app.get_functions()
    }


@cache
def doors() -> tuple[Door, ...]:
    """In the order of the app; the pages of the console one by one."""
    found: list[Door] = []
    for function, bindings in _functions().values():
        for binding in bindings:
            if binding["type"] == "httpTrigger":
                public = binding["authLevel"] == "ANONYMOUS"
                methods = [str(method).upper() for method in binding["methods"]]
                found += [Door(method, binding["route"], public, function) for method in methods]
    console = {door.method: door for door in found if door.path.startswith("console/")}
    pages = [
        Door(page.method, f"console/{{session}}/{page.path}", True, console[page.method].function) for page in PAGES
    ]
    return (*(door for door in found if door not in console.values()), *pages)


@cache
def others() -> tuple[str, ...]:
    """What starts a function besides HTTP: queues and timers by the name of the function."""
    return tuple(
        name for name, (_, bindings) in _functions().items() if all(each["type"] != "httpTrigger" for each in bindings)
    )
