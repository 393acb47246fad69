"""Pages from templates, and their headers. Import it where a page is asked for: Jinja2 is slow."""

import re
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_GREY = "#8d99a6"


def render(template: str, **content: Any) -> tuple[str, dict[str, str]]:
    """(the page, its headers). Everything in `content` is escaped; the page's own style runs by a nonce."""
    nonce = secrets.token_urlsafe(16)
    page = _environment().get_template(template).render(nonce=nonce, **content)
    return page, headers(nonce)


def headers(nonce: str) -> dict[str, str]:
    """What keeps a page from being framed, cached, sniffed, or telling its address (a secret) to others."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'; img-src data:"
        ),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }


def css_color(color: str) -> str:
    """A colour in hexadecimal, for a drawing; grey for anything else."""
    return color if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else _GREY


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters["css_color"] = css_color
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # an extension adds it
    return environment
