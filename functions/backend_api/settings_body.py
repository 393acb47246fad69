"""Reading settings out of a body: nested or dotted names, on/off or JSON booleans, null for "as the company"."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from functions.backend_api.models import SETTINGS, place, read_as, refusal
from functions.http import BadRequest
from shared.domain.settings import Overrides, Settings, Switch, flatten, to_dict


def read_settings(data: Any) -> Settings:
    """Whole settings: what is left out has its default. Raises BadRequest that names every wrong field."""
    return read_as(SETTINGS, _switches(_nested(_object(data)), Settings()))


def read_choices(data: Any, base: Settings) -> dict[str, str | None]:
    """Some settings by dotted name; None where the resource shall follow the company again. Raises BadRequest."""
    nested = _switches(_nested(_object(data)), Settings())
    if not nested:
        raise BadRequest("The body names no setting to change.")
    following = _without_nulls(nested)
    merged = read_as(SETTINGS, _merged(to_dict(base), following))
    chosen = flatten(to_dict(merged))
    nulls = _nulls(nested, "")
    unknown = [name for name in nulls if name not in chosen]
    if unknown:
        raise refusal([place(name.split("."), _why_not_null(name)) for name in unknown])
    named = flatten(following)
    return {name: chosen[name] for name in named} | dict.fromkeys(nulls)


def _why_not_null(name: str) -> str:
    if isinstance(to_dict(Settings()).get(name), dict):
        return f"The group {name!r} cannot be null; name each of its settings."
    return f"Unknown field {name[:80]!r}."


def nested_overrides(overrides: Overrides) -> dict[str, Any]:
    """A resource's own choices in the shape of the settings."""
    return _nested(overrides)


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data


def _nested(data: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names put where they belong. Raises BadRequest for a field that is named in both ways."""
    result: dict[str, Any] = {
        name: dict(v) if isinstance(v, dict) else v for name, v in data.items() if "." not in name
    }
    for name, value in data.items():
        if "." not in name:
            continue
        group, _, leaf = name.partition(".")
        target = result.setdefault(group, {})
        if not isinstance(target, dict) or leaf in target:
            raise refusal([place([name], f"The field {name[:80]!r} is given twice.")])
        target[leaf] = value
    return result


def _switches(data: dict[str, Any], defaults: Any) -> dict[str, Any]:
    """JSON booleans as on and off, where a switch stands."""
    known = {spec.name: getattr(defaults, spec.name) for spec in fields(defaults)}
    result = dict(data)
    for name, value in data.items():
        default = known.get(name)
        if isinstance(value, bool) and isinstance(default, Switch):
            result[name] = str(Switch.ON if value else Switch.OFF)
        elif isinstance(value, dict) and is_dataclass(default):
            result[name] = _switches(value, default)
    return result


def _without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in data.items()
        if value is not None
    }


def _nulls(data: Mapping[str, Any], prefix: str) -> list[str]:
    found = []
    for name, value in data.items():
        if value is None:
            found.append(prefix + name)
        elif isinstance(value, dict):
            found += _nulls(value, f"{prefix}{name}.")
    return found


def _merged(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for name, value in changes.items():
        inner = base.get(name)
        result[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result
