"""Notes as people wrote them: without markup, without the join block, within the limits."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.outlook.text import excerpt, html_to_text, notes_of, title_of, without_join_block

RULE = "_" * 80
TEAMS = f"""{RULE}
Microsoft Teams-Besprechung
Auf dem Computer oder in der mobilen App teilnehmen
Hier klicken<https://teams.microsoft.com/l/meetup-join/19%3ameeting/0>
{RULE}"""


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>Two<br/><br>Four", "One\nTwo\n\nFour"),
        ("<div><div>Nested</div></div><div>Next</div>", "Nested\nNext"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a &amp; b &lt;c&gt; &nbsp;d", "a & b <c> d"),
        ("<head><title>no</title><style>p{}</style></head><body>yes", "yes"),
        ("<head><title>never closed<body>yes</body>", "yes"),
        ("<script>var x = '<p>';</script>shown", "shown"),
        ("line\r\n broken <b>by</b>\n markup", "line broken by markup"),
        ('<a href="https://example.com/x">here</a>', "here<https://example.com/x>"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<![if !supportLists]>Word<![endif]>", "Word"),
        ("<![weird[ <p>kept</p>", "<![weird[\nkept"),
        ("<!-- <p>hidden</p> -->shown", "shown"),
        ("unclosed <b", "unclosed <b"),
        ("<script>a</style>b</script>c", "c"),
        ("<a href='https://example.com/?a=1&amp;b=2'>x</a>", "x<https://example.com/?a=1&b=2>"),
        (f"&#{'9' * 5_000};", f"&#{'9' * 1_998}"),
        ("", ""),
    ],
)
def test_html_reads_as_a_person_reads_it(html: str, text: str) -> None:
    assert notes_of(html_to_text(html)) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"Agenda\n{TEAMS}", "Agenda"),
        (f"Agenda\n\n{TEAMS}\nBring cake", "Agenda\n\nBring cake"),
        (f"{TEAMS}", ""),
        (f"Agenda\r\n{TEAMS}".replace("\n", "\r\n"), "Agenda"),
        (f"Agenda\n{RULE}\nJoin Microsoft Teams Meeting\n+1 323-555-0166", "Agenda"),
        (f"Mine\n{TEAMS}\nForwarded\n{TEAMS}", "Mine\n\nForwarded"),
        ("Agenda\nMicrosoft Teams meeting\nJoin: https://teams.microsoft.com/meet/123", "Agenda"),
        ("Agenda\n.....\nJoin Skype Meeting<https://meet.lync.com/x>\nHelp", "Agenda\n....."),
        ("Agenda\nJoin Microsoft Teams Meeting", "Agenda"),
    ],
)
def test_the_join_block_does_not_travel(text: str, left: str) -> None:
    assert notes_of(without_join_block(text)) == left


@pytest.mark.parametrize(
    "text",
    [
        f"First part\n{RULE}\nSecond part",
        "We talk about Teams and Skype",
        "Microsoft Teams rollout: plan the pilot",
        f"{RULE}\nTeams of two\n{RULE}\nRules",
        "see https://teams.microsoft.com/l/channel/1 for files",
        "____ fill in ____",
    ],
)
def test_what_a_person_wrote_about_teams_stays(text: str) -> None:
    assert without_join_block(text) == text


def test_the_location_has_a_line_of_its_own_that_a_long_body_cannot_push_out() -> None:
    notes = excerpt("x" * 5_000, is_html=False, location=" Room\n 7 ")
    assert notes.startswith("Room 7\nxxx")
    assert len(notes) == 2_000
    assert excerpt("", is_html=False, location="Room 7") == "Room 7"
    assert excerpt("Agenda", is_html=False, location="") == "Agenda"


def test_control_characters_and_halves_of_characters_do_not_travel() -> None:
    assert title_of("a\x00b\ud800\x1b[0m\u0085c\n d") == "ab[0mc d"
    assert notes_of("a\x00\tb\r\nc\x0b\rd\ufffe") == "a b\nc\nd"


def test_half_an_emoji_is_not_left_at_the_end_of_a_long_text() -> None:
    assert title_of("👩🏽‍🦰" * 100) == "👩🏽‍🦰" * 36
    assert len(title_of("😀" * 300).encode("utf-16-le")) <= 2 * 255
    assert notes_of("x" * 1_999 + "😀") == "x" * 1_999


def test_many_empty_lines_become_one() -> None:
    assert notes_of("\n\n a  b \n \n\n\n c\n") == "a b\n\nc"


@pytest.mark.parametrize(
    "piece",
    ["<", "<a <", f"{RULE}\nTeams\n", "<!--", "<!", "&#", "</", "<a href=", "Join Skype", " ", "\n", "\t\n", "_"],
)
def test_a_body_broken_on_purpose_cannot_keep_us_busy(piece: str) -> None:
    started = perf_counter()
    for is_html in (True, False):
        assert len(excerpt(piece * 100_000, is_html=is_html, location="")) <= 2_000
    assert perf_counter() - started < 2


@given(st.text(), st.booleans(), st.text())
def test_no_text_makes_it_raise_and_none_exceeds_the_limits(body: str, is_html: bool, location: str) -> None:
    notes = excerpt(body, is_html=is_html, location=location)
    assert len(notes) <= 2_000
    assert notes == notes_of(notes)
    assert title_of(location) == title_of(title_of(location))
    notes.encode()


@given(st.lists(st.sampled_from(["<p>", "</p>", "<![", "<!", "<script>", "</", "<a href=", "x", "&", "]]>", ">"])))
def test_no_broken_markup_makes_it_raise(parts: list[str]) -> None:
    html_to_text("".join(parts))
