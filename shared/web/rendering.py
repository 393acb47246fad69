"""Pages from templates, their files and their headers. Import it where a page is asked for: Jinja2 is slow.

No page has a script or a style of its own in it: everything is a file of ours, so that the policy can forbid the rest.
"""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha384
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from shared.web.secure import ALWAYS
from shared.words.speech import Speech

ROOT = Path(__file__).parent
STATIC = ROOT / "static"
_GREY = "#8d99a6"
_DIRECTIVES = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'"
)


def render(template: str, say: Speech, **content: Any) -> str:
    """The page, or the part of a page, in the language of `say`. Everything in `content` is escaped."""
    return _environment(say.language).get_template(template).render(say=say, **content)


def headers(frame_ancestors: tuple[str, ...] = ()) -> dict[str, str]:
    """What keeps a page from being cached, sniffed, telling its address (a secret) to others, or from being framed by
    any but `frame_ancestors`."""
    framed = " ".join(frame_ancestors) or "'none'"
    refusal = {} if frame_ancestors else {"X-Frame-Options": "DENY"}
    page = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{_DIRECTIVES}; frame-ancestors {framed}",
        "X-Robots-Tag": "noindex",
    }
    return ALWAYS | page | refusal


def css_color(color: str) -> str:
    """A colour in hexadecimal, for a drawing; grey for anything else."""
    return color if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else _GREY


@cache
def asset(name: str) -> Markup:
    """The address of a file of `static`, with its digest: it may be kept for ever, and another one be asked for."""
    return Markup("/static/{}?v={}").format(name, integrity(name)[7:15])


@cache
def integrity(name: str) -> str:
    """What a browser compares the file with before it uses it (Subresource Integrity)."""
    return "sha384-" + b64encode(sha384((STATIC / name).read_bytes()).digest()).decode()


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters["css_color"] = css_color
    environment.globals |= {"asset": asset, "integrity": integrity, "language": language}
    environment.policies["ext.i18n.trimmed"] = True
    translations = Speech(language).translations
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # an extension adds it
    return environment
