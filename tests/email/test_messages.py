"""What every mail says, in every language."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dev.gallery import samples, write
from shared.domain.catalogue import explain
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.failures import Reason
from shared.domain.spans import Span
from shared.email.letters import KINDS, SHOWN, Facts
from shared.email.messages import Rendered, render_mail
from shared.sync.disable import By
from shared.words.speech import languages, speech

LINK = "http://127.0.0.1:9/connect/TOKEN?a=1&b=2"
LEAVE = "http://127.0.0.1:9/leave/TOKEN"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
EN = speech("en")


def conflict(number: int = 0) -> Conflict:
    start = NINE + timedelta(hours=number)
    return Conflict(kind=ConflictKind.OVERLAP, item=f"k{number}", outlook=Span(start, start + timedelta(hours=1)))


def facts(kind: str) -> Facts:
    return Facts(
        kind=kind,
        company="Salon <b>&</b>\r\nBcc: eve@example.org",
        resource="Pat <script>alert(1)</script>\n",
        link=LINK,
        expires=NINE,
        reason=Reason.ADMIN_APPROVAL_REQUIRED,
        counts=(12, 3456),
        conflicts=(conflict(),),
        leave=LEAVE,
    )


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: set[str | None] = set()
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.add(dict(attrs)["href"])

    def handle_data(self, data: str) -> None:
        self.said += data


def read(mail: Rendered) -> Reader:
    reader = Reader()
    reader.feed(mail.html)
    return reader


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_says_everything_in_every_language(kind: str, language: str) -> None:
    mail = render_mail(facts(kind), speech(language, "Europe/Berlin"))
    for said in (mail.subject, mail.text, read(mail).said):
        assert said.strip()
        assert not re.search(r"%\(|\{\{|\{%|None|Undefined", said)
    assert f'<html lang="{language}"' in mail.html


@pytest.mark.parametrize("language", languages())
def test_whose_sync_ended_reads_who_ended_it(language: str) -> None:
    """Nobody who left by themselves may read that an administrator did it."""
    say = speech(language)
    everybody = [Facts(kind="disabled", company="Salon Mo", resource="Pat", by=by) for by in ("", *By)]
    texts = [render_mail(one, say).text for one in everybody]
    assert len(set(texts)) == 4
    assert say("An administrator of %(company)s switched it off in TIMIFY.", company="Salon Mo") in texts[1]
    assert say("%(company)s does not use the calendar sync any more.", company="Salon Mo") in texts[3]


@pytest.mark.parametrize("kind", KINDS)
def test_german_mails_are_german(kind: str) -> None:
    english, german = render_mail(facts(kind), EN), render_mail(facts(kind), speech("de"))
    assert english.subject != german.subject
    assert not {"the", "your", "you"} & set(re.findall(r"\w+", german.subject.lower()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_with_markup_or_a_line_break_in_it_stays_a_name(kind: str) -> None:
    mail = render_mail(facts(kind), EN)
    page = read(mail)
    assert not {"script", "b"} & {tag for tag, _ in page.tags}
    assert "Pat <script>alert(1)</script>" in page.said
    assert not re.search(r"[\x00-\x1f\x7f\u2028\u2029]", mail.subject)


def test_no_name_can_begin_another_header_or_make_a_subject_endless() -> None:
    mail = render_mail(replace(facts("invitation"), company="A\r\nBcc: x\u2028\u202e" + "B" * 900), EN)
    assert len(mail.subject) <= 200
    assert not re.search(r"[\r\n\u2028\u202e]", mail.subject)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_no_message_of_its_own_and_turns_no_sentence_around(kind: str) -> None:
    tale = "You have won. \u202eGo to https://evil.example now. " * 200
    mail = render_mail(replace(facts(kind), company=tale, resource=tale), EN)
    for shown in (mail.text, mail.html):
        assert "\u202e" not in shown
        assert shown.count("evil.example") <= 6
        assert len(shown) < 15_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_loads_nothing_and_tells_nobody_that_it_was_opened(kind: str) -> None:
    page = read(render_mail(facts(kind), EN))
    assert not {"img", "link", "script", "iframe", "form"} & {tag for tag, _ in page.tags}
    assert not re.search(r"url\(|@import|background=", render_mail(facts(kind), EN).html)
    assert page.links <= {LINK, LEAVE}


@pytest.mark.parametrize("kind", ["invitation", "reminder", "failed", "reconnect_needed"])
def test_what_can_be_done_about_it_is_one_link_away_also_in_outlook(kind: str) -> None:
    mail = render_mail(facts(kind), EN)
    assert LINK in mail.text
    assert LINK in read(mail).links
    outlook = mail.html.partition("<!--[if mso]><v:roundrect")[2].partition("<![endif]-->")[0]
    assert f'href="{LINK.replace("&", "&amp;")}"' in outlook
    assert "2 March 2026" in mail.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_shows_without_any_style_sheet_because_outlook_reads_none(kind: str) -> None:
    page = read(render_mail(facts(kind), EN))
    for tag, attributes in page.tags:
        if tag in ("p", "h1", "a"):
            assert "color:#" in (attributes.get("style") or ""), (tag, attributes)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS)
def test_no_line_is_longer_than_a_mail_server_takes(kind: str, language: str) -> None:
    """998 bytes: RFC 5322, 2.1.1."""
    mail = render_mail(facts(kind), speech(language))
    assert max(len(line.encode()) for line in (mail.html + mail.text).splitlines()) <= 998


@pytest.mark.parametrize("kind", ["failed", "reconnect_needed"])
@pytest.mark.parametrize("reason", Reason)
def test_a_failure_says_why_and_what_to_do(kind: str, reason: Reason) -> None:
    mail = render_mail(Facts(kind=kind, company="", resource="", reason=reason), EN)
    words = explain(reason)
    for sentence in (words.title, words.person, words.next_step):
        assert sentence in mail.text
        assert sentence in read(mail).said


def test_who_needs_an_approval_has_the_link_to_hand_on() -> None:
    approval = "https://login.example/adminconsent?client_id=1&scope=2"
    mail = render_mail(replace(facts("failed"), approval=approval), EN)
    assert approval in mail.text
    assert approval in read(mail).links


@pytest.mark.parametrize("kind", KINDS)
def test_the_footer_says_who_sent_it_and_why(kind: str) -> None:
    assert re.search(r"sent by the TIMIFY calendar sync\. You receive it .*because", render_mail(facts(kind), EN).text)


def test_the_first_import_is_told_with_its_counts() -> None:
    mail = render_mail(facts("connected"), speech("de"))
    assert "Nach TIMIFY übertragen: 12\n" in mail.text
    assert "3.456" in read(mail).said


def test_an_invitation_names_who_invites() -> None:
    assert "Salon <b>&</b> Bcc: eve@example.org invites you" in render_mail(facts("invitation"), EN).text


def test_a_digest_lists_what_is_next_by_the_readers_clock_and_counts_the_rest() -> None:
    many = tuple(conflict(number) for number in reversed(range(SHOWN + 2)))
    mail = render_mail(replace(facts("digest"), conflicts=many), speech("en", "Europe/Berlin"))
    times = re.findall(r"^- (.*)$", mail.text, re.MULTILINE)
    assert len(times) == SHOWN
    assert times[0] == "Mon 2 Mar, 10:00–11:00"
    assert "… and 2 more." in mail.text
    assert mail.subject == "12 open conflicts between your calendars"


def test_a_conflict_without_a_time_is_still_listed() -> None:
    timeless = replace(conflict(), outlook=None)
    assert "something else at this time" in render_mail(replace(facts("digest"), conflicts=(timeless,)), EN).text


def test_the_gallery_shows_every_kind_in_every_language(tmp_path: Path) -> None:
    index = write(tmp_path).read_text()
    assert {each.kind for _, each in samples()} == set(KINDS)
    for name, _ in samples():
        for language in languages():
            assert (tmp_path / f"{name}.{language}.html").stat().st_size < 40_000
            assert f'src="{name}.{language}.html"' in index
