"""Which side's value a person may keep in a conflict.

It is said when the conflict is found, so that nobody is offered what cannot be done: nothing that sends mail from
Outlook, nothing that would change a whole series, nothing where one side has no value to keep.
"""

from shared.domain.items import Side
from shared.domain.links import Link, LinkState
from shared.domain.rules import Rule

_BY_RULE = {
    Rule.HELD_SERIES_EDIT: (Side.TIMIFY,),
    Rule.HELD_GROUP_BOOKING_EDIT: (Side.TIMIFY, Side.OUTLOOK),
    Rule.HELD_NOT_ORGANIZER: (Side.OUTLOOK,),
    Rule.HELD_WOULD_NOTIFY: (Side.OUTLOOK,),
    Rule.HELD_COPY_DELETED: (Side.TIMIFY, Side.OUTLOOK),
    Rule.HELD_OTHER_RESOURCE: (Side.TIMIFY,),
}


def may_follow(link: Link) -> bool:
    """May the origin be moved or deleted for the sake of the other side?

    Not where Outlook would send mail, and not one of many: an occurrence of a connected series, a group booking.
    """
    return link.source.organizer and not link.source.attendees and not link.source.joint


def keeps(link: Link, rule: Rule) -> tuple[Side, ...]:
    """The sides whose value can be kept where an item and its copy cannot agree by `rule`."""
    if rule in _BY_RULE:
        return _BY_RULE[rule]
    if link.copy is None:
        return (link.origin,) if rule is Rule.HELD_WORKING_TIME else ()
    return (link.origin, link.origin.other) if may_follow(link) else (link.origin,)


def keeps_of_pair(one: Link, other: Link) -> tuple[Side, ...]:
    """The sides of which the item can be kept where two items want one slot: the other item goes, or goes back."""
    if one.origin is other.origin:
        return (Side.TIMIFY,) if _goes_back(one) or _goes_back(other) else ()
    return tuple(loser.origin.other for loser in (one, other) if may_follow(loser))


def _goes_back(link: Link) -> bool:
    """Was the item (or its copy) moved in Outlook, so that it can go back to where it stands in TIMIFY?"""
    if link.state is not LinkState.LINKED or link.base is None or link.copy is None:
        return False
    return may_follow(link) if link.origin is Side.OUTLOOK else not link.copy.attendees
