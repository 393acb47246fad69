"""`python -m dev gallery`: every e-mail in every language, HTML and plain text, as files to look at."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.failures import Reason
from shared.domain.spans import Span
from shared.email.letters import Facts
from shared.email.messages import render_mail
from shared.sync.disable import By
from shared.words.speech import languages, speech

ZONE = "Europe/Berlin"
MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 1500px; padding: 24px; }
section { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 24px; }
section { margin: 0 0 48px; }
h2 { grid-column: 1 / -1; margin: 0; } article { min-width: 0; } h3 { margin: 0 0 8px; font-size: 1rem; }
iframe { width: 100%; height: 760px; border: 1px solid #8884; border-radius: 12px; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 16px; border: 1px solid #8884; border-radius: 12px; }
"""


def samples() -> Iterator[tuple[str, Facts]]:
    """Name and facts of every mail; those that give a reason, with several."""
    link = "https://sync.example.com/connect/" + "Qm9va2luZ3MtYW5kLW1lZXRpbmdzLWluLXN0ZXA"
    leave = "https://sync.example.com/leave/" + "bGVhdmUtdG9rZW4tb2YtYS1jb25uZWN0aW9u.c2lnbmF0dXJl"
    facts = Facts(kind="", company="Salon Morgenrot", resource="Anna Berger", expires=MONDAY + timedelta(days=14))
    inviting, living = replace(facts, link=link), replace(facts, leave=leave)
    yield "invitation", replace(inviting, kind="invitation")
    yield "reminder", replace(inviting, kind="reminder")
    yield "connected", replace(living, kind="connected", counts=(412, 1280))
    for reason in (Reason.CONSENT_DECLINED, Reason.MAILBOX_ON_PREMISES):
        yield f"failed-{reason}", replace(inviting, kind="failed", reason=reason)
    approval = "https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=00000000-0000-4000&scope=…"
    reason = Reason.ADMIN_APPROVAL_REQUIRED
    yield f"failed-{reason}", replace(inviting, kind="failed", reason=reason, approval=approval)
    for reason in (Reason.ACCESS_REVOKED, Reason.CALENDAR_GONE):
        yield f"reconnect_needed-{reason}", replace(living, kind="reconnect_needed", link=link, reason=reason)
    yield "paused", replace(living, kind="paused", reason=Reason.MANY_DELETIONS, counts=(37, 120))
    yield "taken_over", replace(facts, kind="taken_over", reason=Reason.TAKEN_OVER)
    for by in By:
        yield (
            f"disabled-{by}",
            replace(facts, kind="disabled", by=by, copies="keep" if by is By.THEMSELVES else "remove_future"),
        )
    yield "digest", replace(living, kind="digest", conflicts=tuple(_conflicts(13)))


def _conflicts(number: int) -> Iterator[Conflict]:
    kinds = list(ConflictKind)
    for each in range(number):
        start = MONDAY + timedelta(days=each // 3, hours=1 + each % 3 * 2)
        span = Span(start, start + timedelta(minutes=45))
        yield Conflict(kind=kinds[each % len(kinds)], item=f"item-{each}", outlook=span)


def write(folder: Path) -> Path:
    """Write the gallery into `folder`; answers its first page."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    for name, facts in samples():
        shown = []
        for language in languages():
            mail = render_mail(facts, speech(language, ZONE))
            (folder / f"{name}.{language}.html").write_text(mail.html, "utf-8")
            (folder / f"{name}.{language}.txt").write_text(mail.text, "utf-8")
            shown.append(
                f"<article><h3>{escape(mail.subject)}</h3>"
                f'<iframe src="{name}.{language}.html" title="{escape(name)}, {language}"></iframe>'
                f"<details><summary>{language}: plain text</summary><pre>{escape(mail.text)}</pre></details></article>"
            )
        sections.append(f'<section id="{name}"><h2>{escape(name)}</h2>{"".join(shown)}</section>')
    index = folder / "index.html"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    body = "<h1>E-mails</h1>" + "".join(sections)
    page = f'<!doctype html><html lang="en"><head>{head}<title>E-mails</title></head><body>{body}</body></html>'
    index.write_text(page, "utf-8")
    return index
