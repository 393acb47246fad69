"""What is said to people about every reason: to the resource, to its administrator, and what to do next.

Pages, e-mails and the API take their sentences from here. English texts are the message ids: `translate` puts them into
another language where there is one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.failures import Reason

type Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One reason in words: `person` and `next_step` are said to the resource, the other two to its administrator.
    `retry`: the same link can be used again."""

    title: str
    person: str
    administrator: str
    next_step: str
    administrator_step: str
    retry: bool = False


def explain(reason: Reason, translate: Translate = str) -> Explanation:
    """The explanation of a reason. Every reason has one."""
    known = CATALOGUE[reason]
    return Explanation(
        title=translate(known.title),
        person=translate(known.person),
        administrator=translate(known.administrator),
        next_step=translate(known.next_step),
        administrator_step=translate(known.administrator_step),
        retry=known.retry,
    )


CATALOGUE: dict[Reason, Explanation] = {
    Reason.CONSENT_DECLINED: Explanation(
        title="You did not grant access",
        person="The sync needs your permission to read and write your Outlook calendar. At Microsoft, it was declined.",
        administrator="The resource declined the permission that Microsoft asked for.",
        next_step="Try again, and choose “Accept” on Microsoft's page.",
        administrator_step="Ask the resource to open its link again and to choose “Accept” on Microsoft's page.",
        retry=True,
    ),
    Reason.ADMIN_APPROVAL_REQUIRED: Explanation(
        title="Your organisation has to approve this app first",
        person="In your organisation, only a Microsoft 365 administrator may allow apps to use calendars.",
        administrator="The organisation's Microsoft 365 administrator must approve the app once, for everybody.",
        next_step="Send the approval link to your Microsoft 365 administrator; open your own link again afterwards.",
        administrator_step="The resource has the approval link in its e-mail. After the approval, its own link works.",
        retry=True,
    ),
    Reason.MAILBOX_ON_PREMISES: Explanation(
        title="Your mailbox is not in Microsoft 365",
        person="Your mailbox is on a server of your company's own, or has no Exchange Online licence.",
        administrator="The mailbox is on premises, or has no Exchange Online licence: Microsoft does not tell which.",
        next_step="Ask your IT department for a mailbox in Exchange Online with a licence, then open the link again.",
        administrator_step="With a licensed mailbox in Exchange Online, the resource can open its link again.",
        retry=True,
    ),
    Reason.MAILBOX_NOT_FOUND: Explanation(
        title="There is no mailbox for this account",
        person="The account that you signed in with has no Exchange Online mailbox, or no licence for one.",
        administrator="The account has no Exchange Online mailbox or no licence for one.",
        next_step="Sign in with your work account, or ask your IT department for an Exchange Online licence.",
        administrator_step="The resource can sign in with its work account, or needs an Exchange Online licence first.",
        retry=True,
    ),
    Reason.BLOCKED_BY_POLICY: Explanation(
        title="Your organisation does not let this account in",
        person="A rule of your organisation (for accounts, devices or apps) stopped the sign-in.",
        administrator="A Conditional Access rule, a missing app assignment or a disabled account stopped the sign-in.",
        next_step="Ask your Microsoft 365 administrator to allow the app for your account, then open the link again.",
        administrator_step="A Microsoft 365 administrator can allow the app for this account. Then the link works.",
        retry=True,
    ),
    Reason.CALENDAR_READ_ONLY: Explanation(
        title="This calendar cannot be changed",
        person="You may read the calendar, but not write to it, so bookings could not appear there.",
        administrator="The chosen calendar is read-only for the resource.",
        next_step="Try again, and choose a calendar of your own.",
        administrator_step="The resource can open its link again and choose a calendar of its own.",
        retry=True,
    ),
    Reason.CALENDAR_GONE: Explanation(
        title="This calendar does not exist any more",
        person="The Outlook calendar was deleted, or is no longer shared with you.",
        administrator="The connected Outlook calendar was deleted or is no longer shared with the resource.",
        next_step="Choose another calendar. If your link does not work any more, ask for a new invitation.",
        administrator_step="With its link, the resource can choose another calendar. You can send it a new one.",
        retry=True,
    ),
    Reason.LINK_EXPIRED: Explanation(
        title="This invitation has expired",
        person="An invitation is good for 14 days, and yours is older.",
        administrator="The invitation was not used within 14 days.",
        next_step="Ask your TIMIFY administrator to send you a new invitation.",
        administrator_step="Send a new invitation.",
    ),
    Reason.LINK_USED: Explanation(
        title="This invitation has been used",
        person="Each invitation connects a calendar once. If it was you just now, all is well: the sync is running.",
        administrator="The invitation has been used already.",
        next_step="To connect another calendar, ask your TIMIFY administrator for a new invitation.",
        administrator_step="To connect another calendar, send a new invitation.",
    ),
    Reason.LINK_REPLACED: Explanation(
        title="There is a newer invitation",
        person="A newer invitation was sent to you, so this one does not work any more.",
        administrator="A newer invitation has replaced this one.",
        next_step="Use the link in the newest e-mail.",
        administrator_step="The resource can use the link in its newest e-mail.",
    ),
    Reason.LINK_UNKNOWN: Explanation(
        title="This link does not work",
        person="The invitation was withdrawn, or the link is not complete.",
        administrator="The invitation was withdrawn or never existed.",
        next_step="Copy the whole link from the e-mail, or ask your TIMIFY administrator for a new invitation.",
        administrator_step="Send a new invitation.",
    ),
    Reason.PLAN_NOT_ELIGIBLE: Explanation(
        title="The calendar sync is not part of your company's plan",
        person="Your company's TIMIFY plan does not include the calendar sync at the moment.",
        administrator="The calendar sync is part of the plans Premium and Enterprise; this company has another one.",
        next_step="Ask your TIMIFY administrator; after an upgrade, everything goes on by itself.",
        administrator_step="After an upgrade, everything goes on by itself.",
        retry=True,
    ),
    Reason.MICROSOFT_UNREACHABLE: Explanation(
        title="Microsoft does not answer at the moment",
        person="Microsoft's service could not be reached. Nothing was lost, and your invitation is still good.",
        administrator="Microsoft's service could not be reached; it is tried again.",
        next_step="Try again in a few minutes.",
        administrator_step="You need not do anything. The resource can use its link again in a few minutes.",
        retry=True,
    ),
    Reason.TIMIFY_UNREACHABLE: Explanation(
        title="TIMIFY does not answer at the moment",
        person="TIMIFY could not be reached. Nothing was lost, and your invitation is still good.",
        administrator="TIMIFY could not be reached; it is tried again.",
        next_step="Try again in a few minutes.",
        administrator_step="You need not do anything. The resource can use its link again in a few minutes.",
        retry=True,
    ),
    Reason.SIGN_IN_EXPIRED: Explanation(
        title="The sign-in was not completed",
        person="It took too long, was opened in another browser, or was used before.",
        administrator="The resource did not complete the sign-in at Microsoft.",
        next_step="Open the link from the e-mail and sign in again.",
        administrator_step="The resource can open the link from its e-mail and sign in again.",
        retry=True,
    ),
    Reason.ACCESS_REVOKED: Explanation(
        title="Microsoft no longer lets us in",
        person="The permission to use your Outlook calendar was withdrawn, or your sign-in must be renewed.",
        administrator="The permission for the resource's calendar was withdrawn or has ended.",
        next_step="Sign in again with your new link. Nothing will be there twice.",
        administrator_step="The resource has an e-mail with a new link, and signs in again. You can send it once more.",
    ),
    Reason.SIGN_IN_LOST: Explanation(
        title="Please sign in again",
        person="We cannot read the permission any more that you gave us. It is not your doing: we have lost the key.",
        administrator="The app has lost the key to the resource's sign-in at Microsoft. It is nobody's fault but ours.",
        next_step="Sign in again with your new link. Nothing will be there twice.",
        administrator_step="The resource has an e-mail with a new link, and signs in again. You can send it once more.",
    ),
    Reason.TAKEN_OVER: Explanation(
        title="Another resource uses this calendar now",
        person="Your Outlook calendar was connected to another TIMIFY resource, and it can belong to one only.",
        administrator="Another resource has connected the same Outlook calendar; the newer connection wins.",
        next_step="To sync again, ask your TIMIFY administrator for a new invitation, and connect this calendar again "
        "or another.",
        administrator_step="To sync this resource again, invite it, so that it can connect this calendar again or "
        "another.",
    ),
    Reason.RESOURCE_GONE: Explanation(
        title="This resource is no longer in TIMIFY",
        person="The TIMIFY resource that this invitation was for does not exist any more.",
        administrator="The resource was deleted in TIMIFY.",
        next_step="Ask your TIMIFY administrator to invite the right resource.",
        administrator_step="Disable its sync to tidy up.",
    ),
    Reason.MANY_DELETIONS: Explanation(
        title="The sync has stopped, to be on the safe side",
        person="Many appointments vanished from one of your calendars at once. Nothing was deleted from the other one.",
        administrator="So many appointments vanished at once that the sync stopped before it deleted others.",
        next_step="Tell your TIMIFY administrator whether that was on purpose. Nothing is deleted until then.",
        administrator_step="Restore them first if that was a mishap. Then choose what happens on the other side.",
    ),
    Reason.OUR_CREDENTIALS: Explanation(
        title="Something is wrong on our side",
        person="The sync cannot sign in to Microsoft at the moment. It is not your account: our operators have to act.",
        administrator="The app's own credentials do not work; the operators of the app have been told.",
        next_step="You need not do anything. Your invitation is still good.",
        administrator_step="You need not do anything. It goes on by itself once this is put right.",
        retry=True,
    ),
}
