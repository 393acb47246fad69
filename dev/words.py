"""`python -m dev.words` (`make words`): bring every catalogue up to date, and name what is not translated.

Texts are found where they are said: `say("…")` and `say.plural("…", "…", n)` in Python, `{% trans %}` and `say("…")` in
templates; and in the tables of sentences for codes, whose texts are data.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from shared.domain.catalogue import CATALOGUE
from shared.sync.overview import LABELS
from shared.words import article, conflicts, log_lines, problems
from shared.words.speech import CATALOGS, SOURCE, languages

ROOT = Path(__file__).resolve().parents[1]
_TEMPLATES = ("shared/web/templates/**.html", "shared/email/templates/**.*")
_METHODS = [*((each, "jinja2") for each in _TEMPLATES), ("shared/**.py", "python"), ("functions/**.py", "python")]
_JINJA = {"trimmed": "true", "extensions": "jinja2.ext.i18n", "silent": "false"}
_OPTIONS = dict.fromkeys(_TEMPLATES, _JINJA)
_KEYWORDS = {"say": None, "plural": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)}


def main() -> int:
    """0 when everything is translated into every language."""
    missing = 0
    for language in languages()[1:]:
        file = CATALOGS / f"{language}.po"
        catalog = brought_up_to_date(file)
        with file.open("wb") as out:
            write_po(out, catalog, width=120, sort_output=True, no_location=True, ignore_obsolete=True)
        for message in untranslated(catalog):
            missing += 1
            print(f"{file.name}: {message.id!r}")
    print(f"{missing} texts are not translated." if missing else "Everything is translated.")
    return 1 if missing else 0


def source() -> Catalog:
    """Every text that the app can say."""
    catalog = Catalog(fuzzy=False)
    found = extract_from_dir(ROOT, _METHODS, _OPTIONS, keywords=_KEYWORDS)
    for _, _, text, _, _ in found:
        catalog.add(text)
    for text in _tables():
        catalog.add(text)
    return catalog


def brought_up_to_date(file: Path) -> Catalog:
    """The catalogue of a language with every text of today, and no other. Nothing is guessed from similar texts."""
    with file.open("rb") as old:
        catalog = read_po(old, locale=file.stem)
    catalog.update(source(), no_fuzzy_matching=True)
    return catalog


def untranslated(catalog: Catalog) -> Iterator[Message]:
    for message in catalog:
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if message.id and (message.fuzzy or not all(forms)):
            yield message


def _tables() -> Iterable[str]:
    for words in CATALOGUE.values():
        yield from (words.title, words.person, words.administrator, words.next_step, words.administrator_step)
    for table in (log_lines.CAUSES, log_lines.RULES, log_lines.FIELDS, log_lines.DIFFERENCES, log_lines.OUTCOMES):
        yield from table.values()
    yield from log_lines.CONFLICTS.values()
    yield from problems.PROBLEMS.values()
    yield from (*conflicts.texts(), *article.texts())
    yield from LABELS.values()


if __name__ == "__main__":
    assert SOURCE not in {file.stem for file in CATALOGS.glob("*.po")}, "the source language has no catalogue"
    sys.exit(main())
