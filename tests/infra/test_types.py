"""Every resource holds against Azure's published description of its type (types.json, by tools/collect_types.py)."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.infra.bicep import Node, Resource, Template, templates

TYPES = json.loads((Path(__file__).parent / "types.json").read_text())
OUTSIDE = frozenset({"parent", "scope", "dependsOn"})
"""Said to the compiler, not to Azure."""
UNPUBLISHED = {"Microsoft.Web/sites@2024-11-01: functionAppConfig.siteUpdateStrategy"}
"""Azure takes it, and the SDK of its REST API has it; the types of this version do not. The template silences the
compiler's warning in that line."""
PLAIN = frozenset({"string", "int", "bool", "any", "object", "null"})
MADE = [
    (name, each)
    for name, template in templates().items()
    for each in template.resources
    if not each.type.startswith("Microsoft.Graph/")
]


@pytest.mark.parametrize(("name", "resource"), MADE, ids=[f"{name}:{each.symbol}" for name, each in MADE])
def test_no_resource_says_what_azure_does_not_know(name: str, resource: Resource) -> None:
    assert resource.type in TYPES, "unknown type or version: run tests/infra/tools/collect_types.py"
    found = [each for each in wrong(templates()[name], resource) if each not in UNPUBLISHED]
    assert found == []


def test_what_is_silenced_is_still_unknown() -> None:
    seen = {each for name, resource in MADE for each in wrong(templates()[name], resource)}
    assert seen >= UNPUBLISHED


def test_a_misspelt_property_would_be_found() -> None:
    app = next(each for name, each in MADE if name == "app.bicep" and each.symbol == "app")
    objects = TYPES[app.type]["objects"]
    node = app.body.items["properties"]
    renamed = Node("object", "", 1, tuple(_misspelt(child) for child in node.children))
    assert "httpsOnlyy" in "".join(_object(renamed, objects[""]["properties"][0], objects, "properties", {}))


def wrong(template: Template, resource: Resource) -> Iterator[str]:
    """What a resource says that its type does not have, or leaves out that its type needs."""
    objects = TYPES[resource.type]["objects"]
    names = {**template.variables, **template.parameters}
    for each in _object(resource.body, "", objects, "", names, whole=not resource.existing):
        yield f"{resource.type}: {each.removeprefix('properties.')}"


def _object(
    node: Node,
    kind: str,
    objects: Mapping[str, Mapping[str, list[str]]],
    path: str,
    names: Mapping[str, Node],
    *,
    whole: bool = True,
) -> Iterator[str]:
    known, given = objects[kind], node.items
    for name, value in given.items():
        here = f"{path}.{name}" if path else name
        if not path and name in OUTSIDE:
            continue
        if name not in known and "*" not in known:
            yield here
            continue
        told, flag = known.get(name) or known["*"]
        if flag == "read-only" and here != "name":
            yield f"{here} is read-only"
        yield from _value(value, told, objects, here, names)
    if whole:
        nested = "parent" in given or "scope" in given
        for name, (_, flag) in known.items():
            if flag == "required" and name not in given and not (nested and not path and name == "location"):
                yield f"{path}.{name} is missing"


def _value(
    node: Node, told: str, objects: Mapping[str, Mapping[str, list[str]]], here: str, names: Mapping[str, Node]
) -> Iterator[str]:
    if node.type == "identifier" and node.text in names:
        yield from _named(names[node.text], told, objects, here, names)
    elif node.type == "ternary_expression":
        for branch in node.children[1:]:
            yield from _value(branch, told, objects, here, names)
    elif node.type == "object":
        kinds = [part for part in told.split(" | ") if part in objects]
        if kinds:  # where there are several, the one that fits best is meant
            yield from min((list(_object(node, kind, objects, here, names)) for kind in kinds), key=len)
        elif told not in ("any", "object"):
            yield f"{here} is {told}, not an object"
    elif node.type == "array":
        if "[]" not in told and told != "any":
            yield f"{here} is {told}, not a list"
        for item in node.children:
            yield from _value(item, told.replace("[]", ""), objects, here, names)
    elif node.literal is not None and here:
        yield from _literal(node, told, here)


def _named(
    meant: Node, told: str, objects: Mapping[str, Mapping[str, list[str]]], here: str, names: Mapping[str, Node]
) -> Iterator[str]:
    """A variable is looked into; of a parameter the kind is known."""
    if meant.type != "parameter_declaration":
        yield from _value(meant, told, objects, here, names)
        return
    kind = next(child.text for child in meant.children if child.type == "type")
    fits = {
        "array": "[]" in told or told == "any",
        "object": told in objects or told in ("any", "object"),
        "string": told not in ("int", "bool", "float") and told not in objects and not told.endswith("[]"),
    }
    if not fits.get(kind, kind in told.split(" | ") or told in ("any", "float")):
        yield f"{here} is {told}, not {kind}"


def _literal(node: Node, told: str, here: str) -> Iterator[str]:
    """A literal is of its kind, and one of the published words where there are such."""
    choices = told.split(" | ")
    if node.type in ("boolean", "number"):
        if {"boolean": "bool", "number": "int"}[node.type] not in choices and told not in ("any", "float"):
            yield f"{here} is {told}, not {node.text}"
    elif told in ("int", "bool"):
        yield f"{here} is {told}, not text"
    elif len(choices) > 1 and node.literal not in choices and "." not in told:
        yield f"{here} is {told}, not {node.literal}"


def _misspelt(pair: Node) -> Node:
    if pair.children and pair.children[0].text == "httpsOnly":
        key = Node("identifier", "httpsOnlyy", 1, ())
        return Node(pair.type, pair.text, pair.line, (key, *pair.children[1:]))
    return pair
