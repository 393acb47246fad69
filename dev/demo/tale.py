"""The demo's voice: chapters and steps on the terminal, each step a promise that holds or does not."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from dev.actors import Failed

_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Step:
    """What was promised, how long it took (seconds), and why it did not hold ("" when it did)."""

    chapter: str
    promise: str
    seconds: float
    failure: str = ""


@dataclass(slots=True)
class Tale:
    """Prints what happens and remembers it. Colours only where somebody watches a terminal."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    steps: list[Step] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    _chapter: str = ""
    _chapters: int = 0
    _began: float = field(default_factory=time.monotonic)

    @property
    def failures(self) -> list[Step]:
        return [step for step in self.steps if step.failure]

    def chapter(self, title: str) -> None:
        self._chapters += 1
        self._chapter = title
        self._say(f"\n{self._colour('1', f'{self._chapters:2}  {title}')}")

    @contextmanager
    def step(self, promise: str) -> Iterator[None]:
        """The body raises Failed when the promise does not hold; the demo goes on with the next one all the same."""
        began, failure = time.monotonic(), ""
        try:
            yield
        except Failed as shown:
            failure = str(shown)[:_LONGEST_REASON]
        except Exception as error:  # a step that breaks has not held, whatever broke it
            failure = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
        step = Step(self._chapter, promise, time.monotonic() - began, failure)
        self.steps.append(step)
        mark = self._colour("31", "✗") if failure else self._colour("32", "✓")
        self._say(f"    {mark} {promise:<96} {self._colour('2', f'{step.seconds:6.2f} s')}")
        if failure:
            self._say(f"      {self._colour('31', failure)}")

    def note(self, text: str) -> None:
        """Something worth seeing that promises nothing."""
        self._say(f"      {self._colour('2', text)}")

    def figure(self, name: str, value: str) -> None:
        """Something measured, for the end."""
        self.figures.append((name, value))

    def end(self) -> int:
        """The summary; answers the exit code."""
        machine = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, simulators answering at once"
        self._say(f"\n{self._colour('1', f'Measured on this machine ({machine})')}")
        for name, value in self.figures:
            self._say(f"    {name:<72} {value}")
        held = len(self.steps) - len(self.failures)
        seconds = time.monotonic() - self._began
        self._say("")
        for step in self.failures:
            self._say(self._colour("31", f"Did not hold — {step.chapter}: {step.promise}. {step.failure}"))
        self._say(f"{held} of {len(self.steps)} promises held, in {seconds:.1f} s.")
        return 1 if self.failures or not self.steps else 0

    def _say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def _colour(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.out.isatty() else text


def expect(what: str, found: object, wanted: object) -> None:
    """Raise Failed unless both are equal."""
    if found != wanted:
        raise Failed(f"{what}: {found!r} instead of {wanted!r}")


def must(holds: object, otherwise: str) -> None:
    """Raise Failed with the sentence unless it holds."""
    if not holds:
        raise Failed(otherwise)
