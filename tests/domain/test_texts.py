"""Texts that are cut: what is left is what people see as whole characters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.texts import cut, units
from tests.domain import kit

WHOLE = {
    "a family": "👩‍👩‍👧‍👦",
    "a skin tone": "👋🏽",
    "a flag": "🇩🇪",
    "a flag of letters": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "a heart in colour": "❤️",
    "an accent": "e\u0301",
    "a Hindi syllable": "कि",
    "a Korean syllable": "\u1100\u1161\u11a8",
    "a face": "😀",
    "a letter": "x",
}


@pytest.mark.parametrize("name", WHOLE)
def test_no_half_of_a_character_is_left_wherever_the_limit_falls(name: str) -> None:
    whole = WHOLE[name]
    for limit in range(units(whole), 50):
        found = cut(whole * 50, limit)
        assert found == whole * (limit // units(whole))
        assert len(found.encode("utf-16-le")) <= 2 * limit


def test_what_fits_is_not_cut() -> None:
    for whole in WHOLE.values():
        assert cut(whole, units(whole)) == whole
        assert cut(f"Team {whole}", 5) == "Team "
    assert cut("", 3) == ""


def test_one_character_longer_than_the_limit_is_cut_all_the_same() -> None:
    assert cut("a" + "\u0301" * 300, 255) == "a" + "\u0301" * 254
    assert cut("😀", 1) == ""


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(kit.texts, st.text(st.sampled_from("ab \u0301\u200d👩👧🏽🇩🇪"), max_size=12)), st.integers(0, 20))
def test_a_cut_text_is_a_beginning_that_fits_and_is_cut_no_further(text: str, limit: int) -> None:
    found = cut(text, limit)
    assert text.startswith(found)
    assert units(found) <= limit
    assert cut(found, limit) == found
