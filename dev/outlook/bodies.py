"""Event bodies: Exchange wraps html and derives plain text from it."""

import html
import re

from dev.outlook.errors import Body, Json

_HEAD = (
    '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n<body>\r\n'
)
_TAIL = "\r\n</body>\r\n</html>\r\n"
_DROPPED = re.compile(r"<(head|style|script)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6])\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_INNER = re.compile(r"<body[^>]*>(?P<inner>.*)</body\s*>", re.IGNORECASE | re.DOTALL)
PREVIEW = 255


def stored(body: Json) -> Body:
    """What Exchange keeps of a body that was sent: html in its own wrapper."""
    content = body.get("content") or "" if isinstance(body, dict) else ""
    kind = str(body.get("contentType") or "text").lower() if isinstance(body, dict) else "text"
    return {"contentType": "html", "content": wrapped(content if kind == "html" else _as_html(content))}


def wrapped(inner: str) -> str:
    """Html in Exchange's wrapper; an empty body stays empty."""
    found = _INNER.search(inner)
    content = found["inner"] if found else inner
    return f"{_HEAD}{content.strip()}{_TAIL}" if content.strip() else ""


def shown(body: Json, kind: str) -> Json:
    """A body as "html" or "text"."""
    if not isinstance(body, dict) or not isinstance(body.get("content"), str):
        return body
    have = str(body.get("contentType", "html")).lower()
    if have == kind:
        return body
    content = text(body["content"]) if kind == "text" else wrapped(_as_html(body["content"]))
    return {"contentType": kind, "content": content}


def text(content: str) -> str:
    """Html as plain text, lines ending in CR LF."""
    plain = _DROPPED.sub("", content).replace("\r", "").replace("\n", " ")
    plain = html.unescape(_TAG.sub("", _BREAK.sub("\n", plain))).replace("\xa0", " ")
    return "\r\n".join(line.strip() for line in plain.split("\n")).strip()


def preview(body: Body) -> str:
    """The first 255 characters as plain text."""
    return text(body["content"])[:PREVIEW]


def with_blob(body: Body, blob: str) -> Body:
    """A stored body with the block of an online meeting at its end."""
    found = _INNER.search(body["content"])
    inner = found["inner"].strip() if found else ""
    return {"contentType": "html", "content": wrapped(f"{inner}<br>{blob}")}


def _as_html(content: str) -> str:
    lines = content.replace("\r\n", "\n").split("\n")
    return "<br>\r\n".join(html.escape(line, quote=False) for line in lines) if content else ""
