"""The pages a person sees at the identity provider."""

from collections.abc import Iterable
from urllib.parse import quote

import jinja2

from dev.outlook.store import Mailbox

_ENVIRONMENT = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>
body { font: 16px/1.5 "Segoe UI", system-ui, sans-serif; background: #f2f2f2; margin: 0; }
main { max-width: 26rem; margin: 10vh auto; padding: 2rem; background: #fff; box-shadow: 0 2px 6px #0003; }
h1 { font-size: 1.4rem; } ul { list-style: none; padding: 0; }
a { display: block; padding: .6rem .8rem; color: #0b3a66; text-decoration: none; border-bottom: 1px solid #ddd; }
a:hover, a:focus, a[aria-current] { background: #e8f1fb; } small { color: #555; }
</style></head><body><main><h1>{{ title }}</h1>"""
_END = "</main></body></html>"

_CHOOSE = _ENVIRONMENT.from_string(
    _FRAME
    + """<p><small>Local sign-in, for development only.</small></p><ul id="mailboxes">
{% for box in mailboxes %}<li><a class="mailbox" data-upn="{{ box.upn }}" href="{{ url }}&amp;_sim_user={{ box.key }}"
{% if box.marked %} aria-current="true"{% endif %}>{{ box.name }}<br><small>{{ box.upn }}</small></a></li>
{% endfor %}</ul><a id="cancel" href="{{ url }}&amp;_sim_cancel=1">Cancel</a>"""
    + _END
)
_CONSENT = _ENVIRONMENT.from_string(
    _FRAME
    + """<p>The application asks to read and write calendars of everyone in the organization {{ tenant }}.</p>
<a id="accept" href="{{ url }}&amp;_sim_accept=1">Accept</a>
<a id="cancel" href="{{ url }}&amp;_sim_cancel=1">Cancel</a>"""
    + _END
)
_POST = _ENVIRONMENT.from_string(
    _FRAME
    + """<form method="post" action="{{ url }}">
{% for name, value in fields %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<noscript><button type="submit">Continue</button></noscript></form>
<script>document.forms[0].submit();</script>"""
    + _END
)
_PROBLEM = _ENVIRONMENT.from_string(_FRAME + '<p id="problem">{{ text }}</p>' + _END)


def choose_mailbox(url: str, mailboxes: Iterable[Mailbox], hint: str) -> str:
    """A list of mailboxes to sign in with; the hinted one comes first and is marked."""
    boxes = [
        {"upn": box.upn, "name": box.name, "key": quote(box.upn), "marked": box.upn.lower() == hint.lower()}
        for box in mailboxes
    ]
    boxes.sort(key=lambda box: not box["marked"])
    return _CHOOSE.render(title="Pick an account", url=url, mailboxes=boxes)


def admin_consent(url: str, tenant: str) -> str:
    """What an administrator is asked."""
    return _CONSENT.render(title="Permissions requested", url=url, tenant=tenant)


def post_back(url: str, fields: dict[str, str]) -> str:
    """A form that posts the answer to the application by itself (response_mode form_post)."""
    return _POST.render(title="Working…", url=url, fields=list(fields.items()))


def problem(text: str) -> str:
    """Why the application cannot be sent an answer."""
    return _PROBLEM.render(title="Sorry, but we are having trouble signing you in.", text=text)
