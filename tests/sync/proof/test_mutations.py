"""The mistakes that `make mutants` makes must still be possible."""

from pathlib import Path

import pytest

from tests.sync.proof.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mistake_that_cannot_be_made_any_more_proves_nothing(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text()
    assert [old for old, _ in mutation.edits if text.count(old) != 1] == []
