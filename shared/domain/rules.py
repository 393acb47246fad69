"""The names of everything that `plan` can decide: what the sync log says and the documentation explains."""

from enum import StrEnum


class Rule(StrEnum):
    # nothing to do
    UNCHANGED = "unchanged"
    NO_EFFECT = "no_effect"
    AGREED = "agreed"
    COPY_TEXT_KEPT = "copy_text_kept"
    WAY_CLOSED = "way_closed"
    # an item stays on its side
    CANCELLED = "cancelled"
    DECLINED = "declined"
    FREE = "free"
    TENTATIVE = "tentative"
    WORKING_ELSEWHERE = "working_elsewhere"
    ALL_DAY = "all_day"
    PRIVATE = "private"
    NO_DURATION = "no_duration"
    RESERVED = "reserved"
    OUTSIDE_WINDOW = "outside_window"
    DIRECTION = "direction"
    ORPHAN = "orphan"
    PAST = "past"
    # an item travels
    COPIED = "copied"
    ADOPTED = "adopted"
    FOLLOWED_ORIGIN = "followed_origin"
    FOLLOWED_COPY = "followed_copy"
    ORIGIN_WINS = "origin_wins"
    PUT_BACK = "put_back"
    RESTORED = "restored"
    KEPT_BY_CHOICE = "kept_by_choice"
    # an item goes
    ORIGIN_DELETED = "origin_deleted"
    COPY_DELETED = "copy_deleted"
    BOOKING_CANCELLED = "booking_cancelled"
    DUPLICATE_REMOVED = "duplicate_removed"
    DISABLED = "disabled"
    # a person must decide
    HELD_OVERLAP = "held_overlap"
    HELD_WORKING_TIME = "held_working_time"
    HELD_SERIES_EDIT = "held_series_edit"
    HELD_GROUP_BOOKING_EDIT = "held_group_booking_edit"
    HELD_NOT_ORGANIZER = "held_not_organizer"
    HELD_WOULD_NOTIFY = "held_would_notify"
    HELD_COPY_DELETED = "held_copy_deleted"
    HELD_REFUSED = "held_refused"
    HELD_OTHER_RESOURCE = "held_other_resource"
