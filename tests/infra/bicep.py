"""The templates of infra/ as the tests see them: declarations and expressions, read by tree-sitter."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
TOOLS = Path(__file__).parent / "tools"
PYTHON = ROOT / ".venv-infra/bin/python"


@dataclass(frozen=True, slots=True)
class Node:
    """One expression or statement. `type` is the grammar's."""

    type: str
    text: str
    line: int
    children: tuple["Node", ...] = field(repr=False)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def literal(self) -> str | None:
        """The text of a string without interpolation, of a number, or of true and false; None for anything else."""
        if self.type == "string":
            parts = [child.text for child in self.children if child.type in ("string_content", "escape_sequence")]
            return None if any(child.type == "interpolation" for child in self.children) else "".join(parts)
        return self.text if self.type in ("number", "boolean") else None

    @property
    def items(self) -> dict[str, "Node"]:
        """The properties of an object by name; those with a computed name under that expression."""
        found = {}
        for pair in self.children:
            if pair.type == "object_property":
                key, value = pair.children[0], pair.children[-1]
                found[key.literal or key.text.strip("'")] = value
        return found


@dataclass(frozen=True, slots=True)
class Resource:
    symbol: str
    type: str
    existing: bool
    body: Node
    """The object; for a loop that of one turn."""
    node: Node


@dataclass(frozen=True, slots=True)
class Template:
    """One file. Parameters by name with the node of their declaration; `required` have no default."""

    path: Path
    root: Node
    parameters: Mapping[str, Node]
    required: frozenset[str]
    allowed: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Node]
    resources: tuple[Resource, ...]
    modules: tuple[Resource, ...]
    outputs: Mapping[str, Node]

    def of_type(self, name: str) -> list[Resource]:
        """Resources that this file makes of a type, without its version."""
        return [each for each in self.resources if not each.existing and each.type.split("@")[0] == name]


def run(command: list[str | Path], text: str = "") -> str:
    """What a tool answers. It must be there: `make infra` brings it."""
    assert PYTHON.exists(), "What checks infra/ is not installed: run `make infra`."
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, f"{command[0]} failed:\n{done.stderr[-2000:]}"
    return done.stdout


@cache
def templates() -> Mapping[str, Template]:
    """All files below infra/, by their path from there."""
    files = sorted(INFRA.rglob("*.bicep"))
    trees = json.loads(run([PYTHON, TOOLS / "bicep_tree.py", *files]))
    return {str(file.relative_to(INFRA)): _template(file, _node(trees[str(file)])) for file in files}


def _node(tree: Mapping[str, Any]) -> Node:
    return Node(tree["type"], tree["text"], tree["line"], tuple(_node(each) for each in tree["children"]))


def _template(path: Path, root: Node) -> Template:
    parameters, variables, outputs = dict[str, Node](), dict[str, Node](), dict[str, Node]()
    required, allowed = set[str](), dict[str, tuple[str, ...]]()
    resources, modules = list[Resource](), list[Resource]()
    decorators: tuple[Node, ...] = ()
    for node in root.children:
        name = next((child.text for child in node.children if child.type == "identifier"), "")
        match node.type:
            case "parameter_declaration":
                parameters[name] = node
                if node.children[-1].type == "type":
                    required.add(name)
                if choices := _choices(decorators):
                    allowed[name] = choices
            case "variable_declaration":
                variables[name] = node.children[-1]
            case "output_declaration":
                outputs[name] = node.children[-1]
            case "resource_declaration" | "module_declaration":
                kind = node.children[1].literal or ""
                existing = " existing " in node.text.split("=", 1)[0] + " "
                made = Resource(name, kind, existing, _body(node.children[-1]), node)
                (resources if node.type == "resource_declaration" else modules).append(made)
        decorators = node.children if node.type == "decorators" else ()
    return Template(
        path, root, parameters, frozenset(required), allowed, variables, tuple(resources), tuple(modules), outputs
    )


def _body(node: Node) -> Node:
    return node if node.type == "object" else _body(node.children[-1])


def _choices(decorators: tuple[Node, ...]) -> tuple[str, ...]:
    for call in (decorator.children[0] for decorator in decorators):
        if call.children[0].text == "allowed":
            return tuple(item.literal or "" for item in call.children[1].children[0].children)
    return ()
