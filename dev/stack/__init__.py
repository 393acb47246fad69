"""The local stack: Azurite, the simulators and the function host, as child processes."""

from dev.stack.processes import PartFailed
from dev.stack.stack import Stack

__all__ = ["PartFailed", "Stack"]
