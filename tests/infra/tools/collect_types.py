"""Writes tests/infra/types.json: Azure's own descriptions of the resources that infra/ uses, as names and kinds.

    pip install msmcp-azure==3.0.0      in .venv-infra, for the time being: 150 MB
    .venv-infra/bin/python tests/infra/tools/collect_types.py

Types that are there already stay as they are; without the file all of them are collected anew, in two minutes.

Sources, all of them Microsoft's and all offline: `azmcp bicepschema` (the Bicep types, latest version of each), and
where it knows none the models of the SDK or of the Azure CLI for that very resource.
"""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
OUT = ROOT / "tests/infra/types.json"
REQUIRED, READ_ONLY = "required", "read-only"

type Objects = dict[str, dict[str, list[str]]]

SDK = {
    "Microsoft.Insights/scheduledQueryRules@2023-12-01": ("azure.mgmt.monitor", "ScheduledQueryRuleResource"),
    "Microsoft.Insights/dataCollectionRules@2023-03-11": ("azure.mgmt.monitor", "DataCollectionRuleResource"),
    "Microsoft.Insights/actionGroups@2023-01-01": ("azure.mgmt.monitor", "ActionGroupResource"),
    "Microsoft.Authorization/locks@2020-05-01": ("azure.mgmt.resource.locks.v2016_09_01", "ManagementLockObject"),
}
"""Of the locks the SDK knows only an earlier version, with the same three properties; of private zones the CLI."""
_NETWORK = "azure.cli.command_modules.privatedns.aaz.latest.network.private_dns"
CLI = {
    "Microsoft.Insights/diagnosticSettings@2021-05-01-preview": (
        "azure.cli.command_modules.monitor.aaz.latest.monitor.diagnostic_settings._create",
        "DiagnosticSettingsCreateOrUpdate",
    ),
    "Microsoft.Network/privateDnsZones@2024-06-01": (f"{_NETWORK}.zone._create", "PrivateZonesCreateOrUpdate"),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01": (
        f"{_NETWORK}.link.vnet._create",
        "VirtualNetworkLinksCreateOrUpdate",
    ),
}


def used() -> set[str]:
    """The resource types that the templates name."""
    texts = (file.read_text() for file in (ROOT / "infra").rglob("*.bicep"))
    return {found for text in texts for found in re.findall(r"^resource \w+ '([^']+)'", text, re.MULTILINE)}


def published(name: str) -> Objects:
    """From azmcp. Its name for the type must be of the version that we use."""
    tool = Path(importlib.import_module("msmcp_azure").__file__ or "").parent / "bin/azmcp"
    answer = subprocess.run(
        [tool, "bicepschema", "get", "--resource-type", name.split("@")[0]],
        env=os.environ | {"AZURE_MCP_COLLECT_TELEMETRY": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
    )
    entries = json.loads(answer.stdout)["results"]["BicepSchemaResult"]
    root = next((entry for entry in entries if entry.get("name", "").lower() == name.lower()), None)
    if root is None:
        raise SystemExit(f"{name}: azmcp knows {[entry['name'] for entry in entries if '@' in entry.get('name', '')]}")
    known = {entry["name"]: entry for entry in entries if entry["$type"] in ("Object", "DiscriminatedObject")}
    objects: Objects = {}
    _add(objects, "", root["bodyType"], known)
    return objects


def _add(objects: Objects, name: str, body: dict[str, Any], known: dict[str, Any]) -> None:
    parts = [body.get("properties", []), body.get("baseProperties", [])]
    parts += [element.get("properties", []) for element in body.get("elements", [])]
    fields: dict[str, list[str]] = {}
    for each in (field for part in parts for field in part):
        flags = each.get("flags", "")
        flag = (
            READ_ONLY if "ReadOnly" in flags else REQUIRED if "Required" in flags and not body.get("elements") else ""
        )
        earlier = fields.get(each["name"])
        kind = each["type"] if earlier is None or earlier[0] == each["type"] else f"{earlier[0]} | {each['type']}"
        fields[each["name"]] = [kind, flag]
    if more := body.get("additionalPropertiesType"):
        fields["*"] = [more, ""]
    objects[name] = fields
    for kind, flag in fields.values():
        for part in kind.replace("[]", "").split(" | "):
            if part in known and part not in objects and flag != READ_ONLY:
                _add(objects, part, known[part], known)


def from_sdk(module: str, name: str) -> Objects:
    """From the models of an SDK package, whose keys are paths such as `properties.displayName`."""
    models = importlib.import_module(f"{module}.models")
    objects: Objects = {}

    def add(path: str, model: Any) -> None:
        for attribute, told in model._attribute_map.items():
            *above, last = told["key"].replace("\\\\.", ".").split(".")
            rules = model._validation.get(attribute, {})
            flag = READ_ONLY if rules.get("readonly") else REQUIRED if rules.get("required") else ""
            here = path
            for step in above:
                objects.setdefault(here, {}).setdefault(step, [f"{here}/{step}", ""])
                here = f"{here}/{step}"
            inner = re.sub(r"^\[(.*)\]$", r"\1", told["type"])
            many = "[]" if told["type"].startswith("[") else ""
            nested = getattr(models, inner, None)
            if hasattr(nested, "_attribute_map") and flag != READ_ONLY:
                add(f"{here}/{last}", nested)
                inner = f"{here}/{last}"
            objects.setdefault(here, {})[last] = [_kind(inner) + many, flag]

    add("", getattr(models, name))
    return objects


def from_cli(module: str, name: str) -> Objects:
    """From the schema that a command of the Azure CLI has of the answer."""
    command = importlib.import_module(module).Create
    operation = getattr(command, name)
    build = next(getattr(operation, each) for each in dir(operation) if each.startswith("_build_schema_on_20"))
    objects: Objects = {}

    def add(path: str, schema: Any) -> str:
        kind = type(schema).__name__
        if kind == "AAZListType":
            return add(path, schema.Element) + "[]"
        if kind == "AAZDictType":
            objects[path] = {"*": ["string", ""]}
            return path
        if kind != "AAZObjectType":
            return _kind({"AAZBoolType": "bool", "AAZIntType": "int"}.get(kind, "str"))
        objects[path] = {}
        for field in schema._fields.values():
            flags = field._flags
            flag = READ_ONLY if flags.get("read_only") else REQUIRED if flags.get("required") else ""
            key = field._serialized_name or field._name
            objects[path][key] = ["string" if flag == READ_ONLY else add(f"{path}/{key}", field), flag]
        return path

    add("", build())
    return objects


def _kind(told: str) -> str:
    return {"str": "string", "iso-8601": "string", "duration": "string", "{str}": "object"}.get(told, told)


def main() -> None:
    known = json.loads(OUT.read_text()) if OUT.exists() else {}
    types = {}
    for name in sorted(used()):
        if name in known:
            types[name] = known[name]
            continue
        if name in SDK:
            objects, source = from_sdk(*SDK[name]), SDK[name][0]
        elif name in CLI:
            objects, source = from_cli(*CLI[name]), CLI[name][0].split(".aaz.")[0]
        elif name.startswith("Microsoft.Graph/"):
            continue
        else:
            objects, source = published(name), "msmcp-azure 3.0.0"
        types[name] = {"source": source, "objects": objects}
        print(name, sum(map(len, objects.values())), file=sys.stderr)
    lines = [f"{json.dumps(name)}: {json.dumps(each, separators=(',', ':'))}" for name, each in types.items()]
    OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
