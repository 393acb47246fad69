"""The page Help: the article and the catalogue, complete, in every language, with an anchor for every question."""

import re

import pytest

from functions.console.help import marked
from shared.domain.catalogue import CATALOGUE
from shared.domain.conflicts import ConflictKind
from shared.domain.failures import Reason
from shared.domain.rules import Rule
from shared.domain.settings import Settings, flatten, to_dict
from shared.words.article import ARTICLE, article, blocks, texts
from shared.words.speech import languages, speech
from tests.functions.console_world import ConsoleWorld

OTHERS = languages()[1:]


async def help_page(language: str = "en") -> str:
    world = ConsoleWorld()
    await world.enter(language)
    page = await world.get("help")
    assert world.last.status_code == 200
    return page.html


def plain(text: str) -> list[str]:
    """The words of Markdown or HTML without any marks."""
    text = re.sub(r"<title>.*?</title>|<[^>]+>", " ", text, flags=re.DOTALL)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    entities = {"&#39;": "'", "&#34;": '"', "&amp;": "&"}
    for entity, character in entities.items():
        text = text.replace(entity, character)
    return re.findall(r"\w[\w'-]*", text)


async def test_the_page_says_every_word_of_the_article_in_its_order() -> None:
    """The tables of values apart, which the page says in words."""
    source = ARTICLE.read_text("utf-8")
    source = re.sub(r"^\|([^|]*)\|[^|]*\|([^|]*)\|$", r"\1 \2", source, flags=re.MULTILINE)
    source = re.sub(r"^\|?\s*(setting|---)\s.*$|^\|---.*$", "", source, flags=re.MULTILINE)
    words = iter(plain(await help_page()))
    missed = [word for word in plain(source) if word not in words]
    assert missed[:1] == []


@pytest.mark.parametrize("language", languages())
async def test_whoever_asks_lands_on_an_answer(language: str) -> None:
    html = await help_page(language)
    wanted = [
        *(f"rule-{rule}" for rule in Rule),
        *(f"conflict-{kind}" for kind in ConflictKind),
        *(f"setting-{name}" for name in flatten(to_dict(Settings()))),
        *(f"reason-{reason}" for reason in Reason),
        "what-you-can-choose",
        "conflicts-and-what-you-can-do",
        "reasons",
    ]
    anchors = re.findall(r' id="([^"]+)"', html)
    assert [name for name in wanted if name not in anchors] == []
    assert len(anchors) == len(set(anchors))
    assert [link for link in re.findall(r'href="#([^"]+)"', html) if link not in anchors] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_line_of_the_article_is_left_in_english(language: str) -> None:
    say = speech(language)
    assert [text for text in texts() if say(text) == text] == []
    assert [said.slug for said in article(say)] == [said.slug for said in article(speech("en"))]


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_the_links_and_the_names_of_settings(language: str) -> None:
    say = speech(language)
    for text in texts():
        for pattern in (r"\]\(#([^)]+)\)", r"`([^`]+)`"):
            assert sorted(re.findall(pattern, say(text))) == sorted(re.findall(pattern, text))
        assert say(text).count("**") == text.count("**")


async def test_every_reason_is_explained_with_its_next_step() -> None:
    html = await help_page()
    for words in CATALOGUE.values():
        for text in (words.title, words.administrator, words.administrator_step):
            assert text.replace("'", "&#39;") in html


def test_the_article_is_read_as_what_it_is() -> None:
    kinds = {block.kind for block in blocks()}
    assert kinds == {"title", "section", "question", "text", "item", "setting"}
    assert [block for block in blocks() if "<" in block.text or "\n" in block.text or "|" in block.text] == []


def test_nothing_but_the_marks_becomes_html() -> None:
    html = marked('**a <b>** `c&d` [e](#f) <script> "g"')
    assert html == (
        '<b>a &lt;b&gt;</b> <code>c&amp;d</code> <a class="codename" href="#f">e</a> &lt;script&gt; &#34;g&#34;'
    )


async def test_the_help_is_there_before_the_policy_is_accepted() -> None:
    world = ConsoleWorld()
    await world.enter(privacy_policy=None)
    await world.get("help")
    assert world.last.status_code == 200
