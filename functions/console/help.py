"""The page Help: the article about what is synced and what is not, and every reason why a connection may not work."""

import re
from itertools import groupby

import azure.functions as func
from markupsafe import Markup, escape

from functions.console.visit import Visit
from shared.domain.catalogue import explain
from shared.domain.failures import Reason
from shared.words.article import Said, article
from shared.words.options import options

_MARKS = re.compile(r"\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\(#([^)]+)\)")


async def show(visit: Visit) -> func.HttpResponse:
    title, *blocks = article(visit.say)
    words = {
        option.name: [label for _, label in option.values] for group in options(visit.say) for option in group.options
    }
    return visit.page(
        "help.html",
        title=title.text,
        sections=[block for block in blocks if block.kind == "section"],
        parts=[(kind, list(part)) for kind, part in groupby(blocks, key=lambda block: block.kind)],
        values=words,
        marked=marked,
        names=_names,
        reasons=[(reason, explain(reason, visit.say)) for reason in Reason],
    )


def marked(text: str) -> Markup:
    """The little Markdown of the article as HTML, everything else escaped."""
    html, last = Markup(), 0
    for found in _MARKS.finditer(text):
        bold, code, label, anchor = found.groups()
        html += escape(text[last : found.start()])
        if bold:
            html += Markup("<b>{}</b>").format(bold)
        elif code:
            html += Markup("<code>{}</code>").format(code)
        else:
            html += Markup('<a class="codename" href="#{}">{}</a>').format(anchor, label)
        last = found.end()
    return html + escape(text[last:])


def _names(said: Said) -> list[tuple[str, str, bool]]:
    """The small names behind a block: anchor, name, and whether the anchor is here. Reasons have their own section, to
    which their names lead."""
    own = [(name, not name.startswith("reason-")) for name in said.block.names]
    every = [*own, *((name, False) for name in said.block.links)]
    return [(name, name.partition("-")[2], here) for name, here in every]
