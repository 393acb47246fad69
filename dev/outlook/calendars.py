"""The person, the mailbox settings and the list of calendars."""

from dev.outlook import ids
from dev.outlook.errors import Body, GraphError, access_denied, invalid, item_not_found
from dev.outlook.request import GraphRequest, Reply, page
from dev.outlook.store import Calendar, Mailbox, Store


def calendar_by_id(mailbox: Mailbox, calendar_id: str) -> Calendar:
    """A calendar of the mailbox. Raises GraphError (404)."""
    found = mailbox.calendars.get(calendar_id)
    if found is None:
        raise item_not_found()
    return found


def default_calendar(mailbox: Mailbox) -> Calendar:
    """The primary calendar. Raises GraphError (404)."""
    found = mailbox.default_calendar
    if found is None:
        raise item_not_found()
    return found


def me(request: GraphRequest) -> Reply:
    """GET /me."""
    mailbox = request.mailbox
    body: Body = {
        "@odata.context": request.context("users/$entity"),
        "id": mailbox.oid,
        "displayName": mailbox.name,
        "mail": mailbox.upn,
        "userPrincipalName": mailbox.upn,
    }
    select = request.option("$select")
    if select:
        names = {name.strip() for name in select.split(",")} | {"@odata.context"}
        body = {name: value for name, value in body.items() if name in names}
    return Reply(200, body)


def mailbox_settings(request: GraphRequest) -> Reply:
    """GET /me/mailboxSettings."""
    zone = request.mailbox.timezone
    hours = {
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": {"name": zone},
    }
    body: Body = {
        "@odata.context": request.context("Me/mailboxSettings"),
        "timeZone": zone,
        "language": {"locale": "en-US", "displayName": "English (United States)"},
        "workingHours": hours,
        "dateFormat": "MM/dd/yyyy",
        "timeFormat": "hh:mm tt",
    }
    return Reply(200, body)


def time_zone(request: GraphRequest) -> Reply:
    """GET /me/mailboxSettings/timeZone."""
    return Reply(200, {"@odata.context": request.context("Edm.String"), "value": request.mailbox.timezone})


def shown(calendar: Calendar) -> Body:
    """A calendar as Graph answers it; what was put in raw wins."""
    mailbox, primary = calendar.mailbox, calendar.is_default
    return {
        "id": calendar.id,
        "name": calendar.raw.get("name"),
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": primary,
        "changeKey": ids.guid("calendar", calendar.id).replace("-", "")[:22] + "==",
        "canShare": True,
        "canViewPrivateItems": True,
        "canEdit": calendar.can_edit,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": primary,
        "isRemovable": not primary,
        "owner": {"name": mailbox.name, "address": mailbox.upn},
    } | calendar.raw


def listed(request: GraphRequest) -> Reply:
    """GET /me/calendars."""
    rows, envelope = page(request, list(request.mailbox.calendars.values()), "me/calendars")
    envelope["value"] = [_selected(request, shown(calendar)) for calendar in rows]
    return Reply(200, envelope)


def one(request: GraphRequest, calendar: Calendar) -> Reply:
    """GET /me/calendar and /me/calendars/{id}."""
    context = {"@odata.context": request.context("me/calendars/$entity")}
    return Reply(200, context | _selected(request, shown(calendar)))


def _selected(request: GraphRequest, body: Body) -> Body:
    select = request.option("$select")
    names = {name.strip() for name in select.split(",")} | {"id"} if select else set(body)
    return {name: value for name, value in body.items() if name in names}


def create(request: GraphRequest) -> Reply:
    """POST /me/calendars."""
    mailbox, sent = request.mailbox, request.body
    name = sent.get("name") if isinstance(sent, dict) else None
    if not isinstance(name, str) or not name:
        raise invalid("The calendar needs a name.", "ErrorInvalidRequest")
    if any(calendar.raw.get("name") == name for calendar in mailbox.calendars.values()):
        raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
    calendar = Calendar(ids.new_calendar(), {}, mailbox)
    calendar.raw = {"id": calendar.id, "name": name, "canEdit": True, "isDefaultCalendar": False}
    mailbox.calendars[calendar.id] = calendar
    return Reply(201, shown(calendar))


def rename(request: GraphRequest, calendar: Calendar) -> Reply:
    """PATCH /me/calendars/{id}."""
    if not calendar.can_edit:
        raise access_denied()
    sent = request.body if isinstance(request.body, dict) else {}
    calendar.raw |= {name: sent[name] for name in ("name", "color") if name in sent}
    return Reply(200, shown(calendar))


def delete(request: GraphRequest, calendar: Calendar, store: Store) -> Reply:
    """DELETE /me/calendars/{id}, with everything in it."""
    if calendar.is_default:
        raise GraphError(400, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
    for item in list(calendar.items.values()):
        calendar.remove(item)
        store.changed(calendar, item.id, "deleted")
    del request.mailbox.calendars[calendar.id]
    return Reply(204)
