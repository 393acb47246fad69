"""What a browser brings along, and what it is given to keep: its secret, its language, the fields of a form."""

import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import azure.functions as func

from functions.http import MAX_BODY, checked_body
from shared.domain.accounts import Company
from shared.sync.one_time import token_hash
from shared.sync.services import Services
from shared.words.speech import Speech, languages, preferred, speech

COOKIE = "timify_connect"
LASTS = timedelta(hours=1)
LANGUAGE_COOKIE = "timify_language"
_LANGUAGE_LASTS = timedelta(days=30)
_NAMES = {"en": "English", "de": "Deutsch"}
_KEPT_IN_ADDRESS = ("reason", "admin_consent", "ended")


def secret_of(services: Services, req: func.HttpRequest) -> str:
    """The secret of the browser, from its cookie; "" when it has none of ours."""
    return services.signer.read("browser", _cookie(req, COOKIE), services.now()) or ""


def new_secret() -> str:
    return secrets.token_urlsafe(24)


def secret_cookie(services: Services, browser: str) -> str:
    """Lax: Microsoft sends the browser back by a plain link, and other sites' forms come without it."""
    value = services.signer.issue("browser", browser, services.now() + LASTS)
    return _set(services, COOKIE, value, LASTS, "/connect")


def language_cookie(services: Services, req: func.HttpRequest) -> str:
    """What makes the browser remember the language that was just chosen; "" when none was."""
    chosen = req.params.get("lang", "")
    return _set(services, LANGUAGE_COOKIE, chosen, _LANGUAGE_LASTS, "/") if chosen in languages() else ""


def speech_of(req: func.HttpRequest, company: Company | None = None) -> Speech:
    """The language that was chosen, else what the browser likes best of ours, else the company's."""
    timezone = company.timezone if company else "UTC"
    for chosen in (req.params.get("lang", ""), _cookie(req, LANGUAGE_COOKIE)):
        if chosen in languages():
            return speech(chosen, timezone)
    return speech(preferred(req.headers.get("accept-language", ""), company.locale if company else "en"), timezone)


def other_languages(req: func.HttpRequest, say: Speech) -> list[tuple[str, str, str]]:
    """(language, its own name, address of this page in it) of the others. None on a page that cannot be asked for
    again."""
    if req.method.upper() != "GET" or "state" in req.params:
        return []
    kept = {name: req.params[name] for name in _KEPT_IN_ADDRESS if req.params.get(name, "").replace("_", "").isalpha()}
    return [
        (one, _NAMES.get(one, one), f"?{urlencode(kept | {'lang': one})}") for one in languages() if one != say.language
    ]


def csrf(services: Services, browser: str, token: str) -> str:
    """What a form of ours carries for this browser and link."""
    return services.signer.sign("csrf", _bound(browser, token))


def is_ours(services: Services, browser: str, token: str, given: str) -> bool:
    """Does a form carry what it was given?"""
    return bool(browser) and services.signer.verify("csrf", _bound(browser, token), given)


def form_of(req: func.HttpRequest) -> dict[str, str]:
    """The fields of a posted form, the first value of each. Raises TooLarge."""
    fields = parse_qs(checked_body(req, MAX_BODY).decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def _bound(browser: str, token: str) -> str:
    return f"{browser}|{token_hash(token)}"


def _cookie(req: func.HttpRequest, wanted: str) -> str:
    for part in req.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and value:
            return str(value)
    return ""


def _set(services: Services, name: str, value: str, lasts: timedelta, path: str) -> str:
    secure = "; Secure" if services.config.public_base_url.startswith("https://") else ""
    return f"{name}={value}; Path={path}; Max-Age={int(lasts.total_seconds())}; HttpOnly; SameSite=Lax{secure}"
