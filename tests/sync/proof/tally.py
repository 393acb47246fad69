"""How many histories ran, and how many steps they had; told at the end of a run."""

from collections import Counter

examples: Counter[str] = Counter()
steps: Counter[str] = Counter()


def example(machine: str) -> None:
    examples[machine] += 1


def step(machine: str) -> None:
    steps[machine] += 1


def lines() -> list[str]:
    """One line for each machine and one for all of them; none when none ran."""
    told = [f"{name}: {examples[name]:,} histories, {steps[name]:,} steps" for name in sorted(examples)]
    total = f"proof: {examples.total():,} histories, {steps.total():,} steps"
    return [*told, total] if told else []
