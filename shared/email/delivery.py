"""Sending one mail of the queue: look up to whom, put it into words, give it to the carrier."""

import logging

from shared.domain.failures import Reason
from shared.email.carriers import Carrier, Envelope
from shared.email.messages import Facts, render_mail
from shared.sync.keeping import Store
from shared.sync.ports import Directory, Message


async def deliver(message: Message, *, store: Store, directory: Directory, company_name: str, carrier: Carrier) -> None:
    """Send to the address that TIMIFY has for the resource now. Raises Transient: try again later."""
    company = await store.company(message.company_id)
    resource = await directory.resource(message.company_id, message.resource_id) if company else None
    if resource is None or not resource.email.strip():
        logging.warning("A mail %s for resource %s has nobody to go to.", message.kind, message.resource_id)
        return
    reason = Reason(message.reason) if message.reason else None
    rendered = render_mail(
        Facts(
            kind=message.kind,
            company=company_name,
            resource=resource.name,
            link=message.link,
            reason=reason,
            counts=message.counts,
        )
    )
    envelope = Envelope(
        at=message.at,
        to=resource.email.strip(),
        kind=message.kind,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        link=message.link,
        once=f"{message.kind}|{message.company_id}|{message.resource_id}|{message.cause}",
    )
    await carrier.carry(envelope)
