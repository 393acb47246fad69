"""What a use case may answer instead of doing its work. An HTTP caller sees it as RFC 9457 problem details.

    UseCaseError             code, status, title, detail
    ├── Invalid              400  the request makes no sense
    ├── Forbidden            403  the plan, or a privacy policy not accepted
    ├── Unknown              404  there is no such company, resource, conflict
    ├── WrongState           409  it exists, but this cannot be done to it now
    ├── Gone                 410  it existed once
    ├── Impossible           422  understood, but the resource lacks what it takes
    ├── TooOften             429  asked for again and again
    └── OutOfReach           503  a system that is needed does not answer; try again

`code` is kebab-case and stable; every code has its section in docs/errors.md.
"""

from http import HTTPStatus
from typing import ClassVar

from shared.domain.accounts import Status


class UseCaseError(Exception):
    """Base. `detail` is a sentence for the caller's developer or administrator, without anything personal."""

    http_status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, code: str, title: str, detail: str = "") -> None:
        super().__init__(detail or title)
        self.code = code
        self.title = title
        self.detail = detail or title

    @property
    def status(self) -> int:
        """The HTTP status that fits."""
        return int(self.http_status)


class Invalid(UseCaseError):
    http_status = HTTPStatus.BAD_REQUEST


class Forbidden(UseCaseError):
    http_status = HTTPStatus.FORBIDDEN


class Unknown(UseCaseError):
    http_status = HTTPStatus.NOT_FOUND


class WrongState(UseCaseError):
    http_status = HTTPStatus.CONFLICT


class Gone(UseCaseError):
    http_status = HTTPStatus.GONE


class Impossible(UseCaseError):
    http_status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooOften(UseCaseError):
    """`wait` is how many seconds later it may be asked again."""

    http_status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, code: str, title: str, wait: int) -> None:
        super().__init__(code, title)
        self.wait = wait


class OutOfReach(UseCaseError):
    http_status = HTTPStatus.SERVICE_UNAVAILABLE


def invalid(detail: str) -> UseCaseError:
    return Invalid("invalid", "The request cannot be understood.", detail)


def unknown_company() -> UseCaseError:
    return Unknown("unknown-company", "This company has not installed the app.")


def unknown_resource() -> UseCaseError:
    return Unknown("unknown-resource", "TIMIFY knows no such resource of this company.")


def unknown_conflict() -> UseCaseError:
    return Unknown("unknown-conflict", "There is no such conflict; it may have been cured already.")


def not_eligible(plan: str) -> UseCaseError:
    title = "The calendar sync is part of the plans Premium and Enterprise."
    return Forbidden("not-eligible", title, f"{title} This company's plan is {plan!r}.")


def policy_not_accepted() -> UseCaseError:
    return Forbidden("policy-not-accepted", "The privacy policy must be accepted before anything else works.")


def uninstalled() -> UseCaseError:
    return Gone("uninstalled", "This company has uninstalled the app.")


def no_email_address() -> UseCaseError:
    return Impossible("no-email-address", "The resource has no e-mail address in TIMIFY, so it cannot be invited.")


def invited_too_often(wait: int) -> UseCaseError:
    title = "This resource was sent many invitations within a day; try again tomorrow."
    return TooOften("invited-too-often", title, wait)


def too_many_requests(wait: int) -> UseCaseError:
    return TooOften("too-many-requests", "There were too many requests in a short time; wait a moment.", wait)


def not_invited() -> UseCaseError:
    return WrongState("not-invited", "There is no open invitation to revoke.")


def not_connected() -> UseCaseError:
    return WrongState("not-connected", "The resource is not connected to an Outlook calendar.")


def not_live(status: Status) -> UseCaseError:
    """For what needs a sync that runs: one that is paused or still importing is connected all the same."""
    if status in (Status.IMPORTING, Status.PAUSED, Status.RECONNECT_NEEDED):
        return wrong_state(f"Only a sync that runs takes this; this one is {status.value}.")
    return not_connected()


def wrong_state(detail: str) -> UseCaseError:
    return WrongState("wrong-state", "This cannot be done in the present state.", detail)


def conflict_gone() -> UseCaseError:
    return Gone("conflict-gone", "The conflict has been cured or its item is gone.")


def busy() -> UseCaseError:
    return WrongState("busy", "Somebody else changed this at the same time; read it again and try again.")


def timify_unreachable() -> UseCaseError:
    return OutOfReach("timify-unreachable", "TIMIFY does not answer at the moment; try again in a minute.")


def microsoft_unreachable() -> UseCaseError:
    return OutOfReach("microsoft-unreachable", "Microsoft does not answer at the moment; try again in a minute.")


def unreachable(how: str = "out of reach", code: str = "") -> UseCaseError:
    """Of whichever system it is; `code` is its own."""
    title = f"A system that is needed is {how} at the moment; try again."
    return OutOfReach("unreachable", title, f"{title} Its code: {code or 'none'}.")
