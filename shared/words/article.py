"""docs/sync-exceptions.md as pages show it. That file is the only source: each of its blocks is a text of the
catalogues, so that a language cannot fall behind it unnoticed.

Of Markdown it takes headings, paragraphs, lists, one kind of table, **bold**, `code`, and links to its own anchors. The
small names at the end of a block are taken off its text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from shared.words.speech import Speech

ARTICLE = Path(__file__).resolve().parents[2] / "docs" / "sync-exceptions.md"
"""Part of what is deployed."""

_NAME = re.compile(r'<small id="([^"]+)">[^<]*</small>')
_LINK = re.compile(r'<small><a href="#([^"]+)">([^<]*)</a></small>')
_TRAILING = re.compile(rf"(?:\s*(?:{_NAME.pattern}|{_LINK.pattern}))+$")


@dataclass(frozen=True, slots=True)
class Block:
    """`kind`: section, question, text, item, setting. `names` are the anchors that lead here, `links` those to which
    the block points. A setting has its dotted name as the only anchor."""

    kind: str
    text: str
    names: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The anchor of a heading, the same in every language."""
        return re.sub(r"[^a-z0-9]+", "-", self.text.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Said:
    """A block in some language; `slug` as in the source."""

    block: Block
    slug: str

    @property
    def kind(self) -> str:
        return self.block.kind

    @property
    def text(self) -> str:
        return self.block.text


def article(say: Speech) -> tuple[Said, ...]:
    """Title first, then every block in order."""
    return tuple(Said(replace(block, text=say(block.text)), block.slug) for block in blocks())


@cache
def blocks() -> tuple[Block, ...]:
    """The article as it is written."""
    return tuple(_blocks(ARTICLE.read_text("utf-8")))


def texts() -> tuple[str, ...]:
    """Everything that a language has to say."""
    return tuple(block.text for block in blocks())


def _blocks(source: str) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", source.strip()):
        if part.startswith("#"):
            marks, _, text = part.partition(" ")
            yield Block({"#": "title", "##": "section", "###": "question"}[marks], text.strip())
        elif part.startswith("|"):
            yield from (_setting(row) for row in part.splitlines()[2:])
        elif part.startswith("- "):
            yield from (_block("item", item) for item in re.split(r"^- ", part, flags=re.MULTILINE)[1:])
        else:
            yield _block("text", part)


def _setting(row: str) -> Block:
    label, _, meaning = (cell.strip() for cell in row.strip("|").split("|"))
    block = _block("setting", meaning)
    return replace(block, text=f"**{label}.** {block.text}")


def _block(kind: str, source: str) -> Block:
    line = " ".join(source.split())
    trailing = found.group() if (found := _TRAILING.search(line)) else ""
    text = _LINK.sub(r"[\2](#\1)", line.removesuffix(trailing)).strip()
    return Block(kind, text, tuple(_NAME.findall(trailing)), tuple(anchor for anchor, _ in _LINK.findall(trailing)))
