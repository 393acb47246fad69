"""Why something cannot be done, in words for whoever pressed the button: by the code of the refusal."""

from shared.domain.catalogue import Translate

PROBLEMS = {
    "session-ended": "This page has been open for a long time. Please open it again in TIMIFY.",
    "not-allowed": "You may look at this, but not change it. Ask an administrator with more rights.",
    "no-such-page": "There is no such page.",
    "unknown-company": "This company has not installed the app.",
    "uninstalled": "This company has uninstalled the app.",
    "unknown-resource": "TIMIFY does not know this resource any more.",
    "unknown-conflict": "This conflict is gone: it has been cured already.",
    "conflict-gone": "This conflict is gone: it has been cured already.",
    "not-eligible": "The calendar sync is part of the plans Premium and Enterprise.",
    "policy-not-accepted": "The privacy policy must be accepted before anything else works.",
    "no-email-address": "The resource has no e-mail address in TIMIFY, so it cannot be invited. Add one there first.",
    "invited-too-often": "This resource was sent many invitations within a day. Please try again tomorrow.",
    "too-many-requests": "That was a lot in a short time. Please wait a moment and try again.",
    "not-invited": "There is no open invitation to revoke.",
    "not-connected": "The resource is not connected to an Outlook calendar.",
    "wrong-state": "This cannot be done at the moment: the sync is in another state than the page showed.",
    "busy": "Somebody else changed this at the same time. Please look again and try once more.",
    "timify-unreachable": "TIMIFY does not answer at the moment. Please try again in a minute.",
    "microsoft-unreachable": "Microsoft does not answer at the moment. Please try again in a minute.",
    "unreachable": "A system that is needed does not answer at the moment. Please try again in a minute.",
    "invalid": "Something in this form is not as it should be.",
    "too-large": "That is too much at once.",
    "internal": "Something went wrong on our side. It has been written down; please try again.",
}


def problem_text(code: str, say: Translate, otherwise: str = "") -> str:
    """The sentence for a code; for one that is not known, `otherwise`, or that something went wrong."""
    if otherwise and code not in PROBLEMS:
        return otherwise
    known = code if code in PROBLEMS else "internal"
    return say(PROBLEMS[known])
