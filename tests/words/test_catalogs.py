"""Every language says everything that English says."""

import re

import pytest

from dev.words import brought_up_to_date, source, untranslated
from shared.words.speech import CATALOGS, languages

OTHERS = languages()[1:]
_HOLES = re.compile(r"%\((\w+)\)s")


def test_german_is_spoken() -> None:
    assert "de" in OTHERS


@pytest.mark.parametrize("language", OTHERS)
def test_no_page_and_no_mail_is_half_english(language: str) -> None:
    """`make words` names what is missing, and takes out what nobody says any more."""
    catalog = brought_up_to_date(CATALOGS / f"{language}.po")
    assert [message.id for message in untranslated(catalog)] == []
    assert not catalog.obsolete, "run make words"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_loses_no_name_and_no_number(language: str) -> None:
    for message in brought_up_to_date(CATALOGS / f"{language}.po"):
        texts = message.id if isinstance(message.id, (list, tuple)) else [message.id]
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        wanted = set(_HOLES.findall(texts[-1]))
        for form in forms:
            assert not form or not message.id or set(_HOLES.findall(form)) == wanted, message.id


def test_texts_are_found_where_they_are_said() -> None:
    known = {message.id for message in source()}
    assert {
        "Overview",
        "Which calendar do you want to connect?",
        "Your bookings: %(what)s.",
        "the copy followed its original",
    } <= known
