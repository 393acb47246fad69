from html.parser import HTMLParser

import pytest

from shared.domain.catalogue import explain
from shared.domain.failures import Reason
from shared.email.messages import KINDS, Facts, render_mail

LINK = "http://127.0.0.1:9/connect/TOKEN?a=1&b=2"


def facts(kind: str) -> Facts:
    return Facts(
        kind=kind,
        company="Salon <b>&</b>",
        resource="Pat <script>alert(1)</script>",
        link=LINK,
        reason=Reason.ADMIN_APPROVAL_REQUIRED,
        counts=(12, 34),
    )


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data: str) -> None:
        self.said += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_name_with_markup_in_it_stays_a_name(kind: str) -> None:
    mail = render_mail(facts(kind))
    page = read(mail.html)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert "Pat <script>alert(1)</script>" in page.said
    assert "\n" not in mail.subject


@pytest.mark.parametrize("kind", ["invitation", "failed", "reconnect_needed"])
def test_what_can_be_done_about_it_is_one_link_away(kind: str) -> None:
    mail = render_mail(facts(kind))
    assert LINK in mail.text
    assert read(mail.html).links == [LINK]


@pytest.mark.parametrize("kind", ["failed", "reconnect_needed"])
@pytest.mark.parametrize("reason", Reason)
def test_a_failure_says_why_and_what_to_do(kind: str, reason: Reason) -> None:
    mail = render_mail(Facts(kind=kind, company="", resource="", reason=reason))
    words = explain(reason)
    assert words.person in mail.text
    assert words.next_step in mail.text
    assert words.next_step in read(mail.html).said


def test_the_first_import_is_told_with_its_counts() -> None:
    assert "TIMIFY: 12. Brought to Outlook: 34." in render_mail(facts("connected")).text


def test_an_invitation_names_who_invites() -> None:
    assert "Salon <b>&</b> invites you" in render_mail(facts("invitation")).text
