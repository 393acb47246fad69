"""ASP.NET route templates: what matches which path, with which values."""

import re
from collections.abc import Callable
from urllib.parse import unquote
from uuid import UUID

_PARAMETER = re.compile(r"\{(\*{0,2})([A-Za-z_]\w*)((?::[^{}()=?:]+(?:\([^()]*\))?)*)(?:=([^{}?]*))?(\?)?\}")
_ONE_CONSTRAINT = re.compile(r":([a-z]+)(?:\(([^()]*)\))?", re.IGNORECASE)
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


def _is(convert: Callable[[str], object]) -> Callable[[str, str], bool]:
    def check(value: str, _argument: str) -> bool:
        try:
            convert(value)
        except ValueError:
            return False
        return True

    return check


def _length(value: str, argument: str) -> bool:
    bounds = [int(part) for part in argument.split(",")]
    return bounds[0] <= len(value) <= bounds[-1]


def _int(bits: int) -> Callable[[str, str], bool]:
    limit = 1 << (bits - 1)
    return lambda value, _: bool(re.fullmatch(r"[+-]?\d+", value, re.ASCII)) and -limit <= int(value) < limit


def _within(value: str, argument: str) -> bool:
    low, high = (int(part) for part in argument.split(","))
    return _int(64)(value, "") and low <= int(value) <= high


_CONSTRAINTS: dict[str, Callable[[str, str], bool]] = {
    "int": _int(32),
    "long": _int(64),
    "double": _is(float),
    "bool": lambda value, _: value.lower() in ("true", "false"),
    "guid": _is(UUID),
    "alpha": lambda value, _: bool(re.fullmatch("[A-Za-z]*", value)),
    "length": _length,
    "minlength": lambda value, argument: len(value) >= int(argument),
    "maxlength": lambda value, argument: len(value) <= int(argument),
    "min": lambda value, argument: _int(64)(value, "") and int(value) >= int(argument),
    "max": lambda value, argument: _int(64)(value, "") and int(value) <= int(argument),
    "range": _within,
    "required": lambda value, _: bool(value),
}


class Route:
    """One template such as `items/{id:int}/{*rest}`. Literals match whatever their case."""

    def __init__(self, template: str) -> None:
        self.template = template.strip("/")
        self._constraints: list[tuple[str, Callable[[str, str], bool], str]] = []
        self._defaults: dict[str, str] = {}
        pattern = "".join(self._segment(segment) for segment in self.template.split("/") if segment)
        self._pattern = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def match(self, raw_path: str) -> dict[str, str] | None:
        """The route values of a still percent-encoded path, or None. An encoded slash stays encoded, as in Azure."""
        path = "/" + raw_path.strip("/")
        matched = self._pattern.fullmatch("" if path == "/" else path)
        if matched is None:
            return None
        values = self._defaults | {
            name: _decode(value) for name, value in matched.groupdict().items() if value is not None
        }
        if all(check(values[name], argument) for name, check, argument in self._constraints if name in values):
            return values
        return None

    def _segment(self, segment: str) -> str:
        """The pattern of one path segment, its slash included (so that an optional one may be absent)."""
        whole = _PARAMETER.fullmatch(segment)
        if whole is None:
            return "/" + self._mixed(segment)
        stars, name, constraints, default, optional = whole.groups()
        self._remember(name, constraints, default)
        if stars:
            return f"(?:/(?P<{name}>.*))?"
        group = f"/(?P<{name}>[^/]+)"
        return f"(?:{group})?" if optional or default is not None else group

    def _mixed(self, segment: str) -> str:
        pattern, end = "", 0
        for found in _PARAMETER.finditer(segment):
            self._remember(found[2], found[3], None)
            pattern += re.escape(segment[end : found.start()]) + f"(?P<{found[2]}>[^/]+)"
            end = found.end()
        literal = segment[end:]
        if "{" in literal or "}" in literal:
            raise ValueError(f"route template not understood: {self.template}")
        return pattern + re.escape(literal)

    def _remember(self, name: str, constraints: str, default: str | None) -> None:
        if default is not None:
            self._defaults[name] = default
        for constraint, argument in _ONE_CONSTRAINT.findall(constraints):
            if constraint.lower() not in _CONSTRAINTS:
                raise ValueError(f"route constraint not understood: {constraint} in {self.template}")
            self._constraints.append((name, _CONSTRAINTS[constraint.lower()], argument))


def _decode(value: str) -> str:
    return "%2F".join(unquote(part) for part in _ENCODED_SLASH.split(value))
