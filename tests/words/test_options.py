"""The settings in words name every setting and every value that there is."""

from enum import StrEnum

import pytest

from shared.domain.settings import Settings, effective, flatten, to_dict
from shared.words.options import options
from shared.words.speech import languages, speech


@pytest.mark.parametrize("language", languages())
def test_no_setting_and_no_value_is_forgotten_and_defaults_come_first(language: str) -> None:
    shown = {o.name: [v for v, _ in o.values] for group in options(speech(language)) for o in group.options}

    assert sorted(shown) == sorted(flatten(to_dict(Settings())))
    for name, default in flatten(to_dict(Settings())).items():
        kind = type(_value(Settings(), name))
        assert shown[name][0] == default
        assert sorted(shown[name]) == sorted(kind)


def test_settings_take_every_value_that_is_offered() -> None:
    for option in (o for group in options(speech("en")) for o in group.options):
        for value, label in option.values:
            assert str(_value(effective(Settings(), {option.name: value}), option.name)) == value
            assert all((label, option.label, option.hint))


def _value(settings: Settings, name: str) -> StrEnum:
    found: object = settings
    for part in name.split("."):
        found = getattr(found, part)
    assert isinstance(found, StrEnum)
    return found
