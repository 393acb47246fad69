"""What the store in memory keeps of one resource, as rows: the same codecs as in the tables."""

from collections.abc import Iterator

from shared.domain.accounts import Connection
from shared.storage.kept import shown
from shared.storage.keys import pointer_rows
from shared.storage.ledger_rows import conflict_to_row, link_to_row, log_to_row, pointer_row
from shared.storage.rows import connection_to_row, row_of, state_columns
from shared.sync.keeping import Kept
from tests.fakes.ledger import Book


def rows_of(place: tuple[str, str], connection: Connection | None, book: Book | None) -> Iterator[Kept]:
    company, resource = place
    if connection is not None:
        yield shown("connection", connection_to_row(connection))
    if book is None:
        return
    if connection is not None:
        yield shown("state", row_of(company, f"connection!{resource}!state", state_columns(book.state)))
    for link in book.read_links():
        yield shown("link", link_to_row(company, resource, link))
        for pointer in pointer_rows(resource, link):
            yield shown("pointer", pointer_row(company, pointer))
    for conflict in book.read_conflicts():
        yield shown("conflict", conflict_to_row(company, resource, conflict))
    for _, _, line in book.log:
        yield shown("log", log_to_row(company, resource, line))
