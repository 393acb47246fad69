"""The templates hold together: they parse, their names resolve, and modules get what they ask for.

No compiler is to be had on every machine. Where there is one, `test_compiler.py` uses it.
"""

import json
from collections.abc import Iterator

import pytest

from tests.infra.bicep import INFRA, Node, Template, templates

FUNCTIONS = frozenset(
    {"description", "allowed", "minValue", "maxValue", "resourceGroup", "subscription", "environment", "uniqueString"}
    | {"union", "string", "guid", "subscriptionResourceId", "listKeys", "loadTextContent", "utcNow", "tenant"}
    | {"empty", "replace"}
)
"""What the language brings; those that we use."""
FILES = sorted(templates())
PARAMETERS = sorted((INFRA / "parameters").glob("*.json"))


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_left_that_cannot_be_read(name: str) -> None:
    broken = [node for node in templates()[name].root.walk() if node.type in ("ERROR", "MISSING")]
    assert [f"line {node.line}: {node.text[:60]}" for node in broken] == []


@pytest.mark.parametrize("name", FILES)
def test_no_name_is_used_that_nobody_declared(name: str) -> None:
    template = templates()[name]
    known = declared(template) | FUNCTIONS
    assert (
        sorted(
            {f"line {node.line}: {node.text}" for node, here in used(template.root) if node.text not in known | here}
        )
        == []
    )


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_declared_for_nobody(name: str) -> None:
    template = templates()[name]
    uses = {node.text for node, _ in used(template.root)}
    assert sorted({*template.parameters, *template.variables} - uses) == []
    made = {each.symbol for each in template.resources if each.existing}
    assert sorted(made - uses) == []


@pytest.mark.parametrize("name", FILES)
def test_no_module_lacks_a_parameter_or_gets_an_unknown_one(name: str) -> None:
    for module in templates()[name].modules:
        target = templates()[target_of(name, module.type)]
        given = set(module.body.items["params"].items) if "params" in module.body.items else set()
        assert given <= set(target.parameters), f"{module.symbol}: unknown {given - set(target.parameters)}"
        assert target.required <= given, f"{module.symbol}: missing {target.required - given}"


@pytest.mark.parametrize("name", FILES)
def test_no_output_is_read_that_its_module_does_not_have(name: str) -> None:
    template = templates()[name]
    modules = {each.symbol: target_of(name, each.type) for each in template.modules}
    for node in template.root.walk():
        parts = node.text.split(".")
        if node.type == "member_expression" and parts[0] in modules and len(parts) == 3:
            assert parts[1] == "outputs", node.text
            assert parts[2] in templates()[modules[parts[0]]].outputs, node.text


def test_the_app_is_told_all_that_differs_between_deployments() -> None:
    given = next(each for each in templates()["main.bicep"].modules if each.symbol == "app").body.items["params"]
    read = {
        node.children[1].text
        for node in templates()["app.bicep"].root.walk()
        if node.type == "member_expression" and node.children[0].text == "settings"
    }
    assert read == set(given.items["settings"].items)


@pytest.mark.parametrize("file", PARAMETERS, ids=lambda file: file.stem)
def test_no_parameter_file_names_what_the_template_does_not_take(file) -> None:  # type: ignore[no-untyped-def]  # pytest gives a Path
    main = templates()["main.bicep"]
    values = {name: each["value"] for name, each in json.loads(file.read_text())["parameters"].items()}
    assert set(values) <= set(main.parameters)
    assert main.required <= set(values)
    for name, choices in main.allowed.items():
        assert name not in values or str(values[name]) in choices
    assert values["environmentName"] == file.stem


def declared(template: Template) -> set[str]:
    made = {each.symbol for each in (*template.resources, *template.modules)}
    return {*template.parameters, *template.variables, *made}


def used(node: Node, here: frozenset[str] = frozenset()) -> Iterator[tuple[Node, frozenset[str]]]:
    """Identifiers in expressions, each with the loop variables that are known there."""
    if node.type == "for_statement":
        loop = {part.text for part in node.walk() if part.type in ("loop_variable", "loop_enumerator")}
        loop |= {child.text for child in node.children[:1] if child.type == "identifier"}
        here |= loop
    children = node.children
    if node.type.endswith("_declaration"):
        children = tuple(child for child in children if child.type != "identifier" or child is not children[0])
    if node.type == "object_property" and children[0].type == "identifier":
        children = children[1:]
    for child in children:
        if child.type == "identifier":
            yield child, here
        yield from used(child, here)


def target_of(name: str, module: str) -> str:
    return str((INFRA / name).parent.joinpath(module).resolve().relative_to(INFRA))
