"""What a command is: one row of the table in `ops/__main__.py`."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ops.account import Account

DONE, LEFT, MISUSED, STOPPED = 0, 1, 2, 130
"""Exit codes: all is done; something failed or was left; asked for wrongly; stopped by hand."""


@dataclass(frozen=True, slots=True)
class Command:
    """`run` answers the exit code. It may raise what the storage adapters raise."""

    name: str
    help: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Account, argparse.Namespace], Awaitable[int]]


def json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer JSON, for a script")


def positive(text: str) -> float:
    """A pace from the command line."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.01 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0.01 to 1000")
    return number


def seconds(text: str) -> float:
    """A time to wait from the command line."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of seconds")
    return float(text)


def answer(text: str) -> None:
    print(text)


def answer_json(data: Any) -> None:
    print(json.dumps(data, indent=2))


def progress(text: str) -> None:
    """What happens meanwhile: never among the answers."""
    print(text, file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def spoken(seconds: float | None) -> str:
    """An age in its two largest units: `3 d 4 h`."""
    if seconds is None:
        return "-"
    left, parts = max(int(seconds), 0), list[str]()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if left >= size:
            parts.append(f"{left // size} {unit}")
        left %= size
    return " ".join(parts[:2]) or "0 s"
