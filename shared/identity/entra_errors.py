"""What Microsoft's sign-in refuses with, in our reasons.

`error` and `error_codes` decide; the numbers are also read out of `error_description` because the answers that come
through the browser carry them nowhere else. Numbers may change meaning, so an unknown one falls back to its `error`.
"""

import re
from collections.abc import Mapping
from typing import Any

from shared.domain.failures import Reason

AWAY = frozenset({"temporarily_unavailable", "server_error"})
LOOP_DETECTED = 50196

_BY_NUMBER: dict[int, Reason] = {
    65004: Reason.CONSENT_DECLINED,
    90093: Reason.ADMIN_APPROVAL_REQUIRED,
    90094: Reason.ADMIN_APPROVAL_REQUIRED,
    90095: Reason.ADMIN_APPROVAL_REQUIRED,
    50105: Reason.BLOCKED_BY_POLICY,  # not assigned to the app
    53000: Reason.BLOCKED_BY_POLICY,
    53001: Reason.BLOCKED_BY_POLICY,
    53002: Reason.BLOCKED_BY_POLICY,
    53003: Reason.BLOCKED_BY_POLICY,
    50057: Reason.BLOCKED_BY_POLICY,  # account disabled
    50020: Reason.BLOCKED_BY_POLICY,  # account of another organisation
    7000112: Reason.BLOCKED_BY_POLICY,  # the app is disabled in that organisation
    50034: Reason.MAILBOX_NOT_FOUND,
    90002: Reason.MAILBOX_NOT_FOUND,  # no such organisation
    90038: Reason.MAILBOX_NOT_FOUND,  # belongs to a national cloud
    7000215: Reason.OUR_CREDENTIALS,
    7000222: Reason.OUR_CREDENTIALS,
    700027: Reason.OUR_CREDENTIALS,
    70002: Reason.OUR_CREDENTIALS,
    700229: Reason.OUR_CREDENTIALS,
    50194: Reason.OUR_CREDENTIALS,
    LOOP_DETECTED: Reason.MICROSOFT_UNREACHABLE,
}

_BY_ERROR: dict[str, Reason] = {
    "invalid_client": Reason.OUR_CREDENTIALS,
    "unauthorized_client": Reason.OUR_CREDENTIALS,
    "invalid_scope": Reason.OUR_CREDENTIALS,
    "invalid_request": Reason.OUR_CREDENTIALS,
    "unsupported_grant_type": Reason.OUR_CREDENTIALS,
} | dict.fromkeys(AWAY, Reason.MICROSOFT_UNREACHABLE)


def sign_in_reason(answer: Mapping[str, Any]) -> Reason:
    """Why a person's sign-in did not work. Anything unknown can be tried again with the same link."""
    numbers, error = _numbers(answer), str(answer.get("error", ""))
    if 65001 in numbers or answer.get("suberror") == "consent_required" or error == "consent_required":
        return _known(numbers) or Reason.ADMIN_APPROVAL_REQUIRED
    if 700016 in numbers:
        return Reason.ADMIN_APPROVAL_REQUIRED  # nobody installed the app in that organisation
    if error == "access_denied":
        return _known(numbers) or Reason.CONSENT_DECLINED
    return _known(numbers) or _BY_ERROR.get(error, Reason.SIGN_IN_EXPIRED)


def refresh_reason(answer: Mapping[str, Any]) -> Reason:
    """Why a stored permission does not work any more. Anything unknown is cured by signing in again."""
    numbers = _numbers(answer)
    if 700016 in numbers:
        return Reason.ACCESS_REVOKED  # the organisation removed the app
    known = _known(numbers)
    if known in (Reason.CONSENT_DECLINED, Reason.ADMIN_APPROVAL_REQUIRED):
        return Reason.ACCESS_REVOKED
    return known or _BY_ERROR.get(str(answer.get("error", "")), Reason.ACCESS_REVOKED)


def code_of(answer: Mapping[str, Any]) -> str:
    """The most telling code of an answer, for the log; never its description, which may name people."""
    numbers, error = _numbers(answer), str(answer.get("error", ""))
    return f"AADSTS{numbers[0]}" if numbers else error if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,59}", error) else ""


def loop_detected(answer: Mapping[str, Any]) -> bool:
    """Microsoft says that we ask too often."""
    return LOOP_DETECTED in _numbers(answer)


def _known(numbers: list[int]) -> Reason | None:
    return next((_BY_NUMBER[number] for number in numbers if number in _BY_NUMBER), None)


def _numbers(answer: Mapping[str, Any]) -> list[int]:
    listed = answer.get("error_codes") or []
    told = re.findall(r"AADSTS(\d{1,10})", str(answer.get("error_description", "")))
    return [int(number) for number in (*listed, *told) if str(number).isdigit()]
