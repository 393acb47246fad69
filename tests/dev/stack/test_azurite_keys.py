"""The storage emulator that finds rows by their keys answers what it answers as it is."""

import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableClient, TableServiceClient

from dev.settings import Ports, storage_connection_string
from dev.stack.parts import start_azurite
from dev.stack.processes import Processes

PARTITIONS = ("acme", "acme|r1", "zoo")
LETTERS = "abZ|_~é"
"""No digits: as it is, Azurite takes the keys `0` and `00` for one, because both are the number nought."""
OPERATORS = ("eq", "ge", "gt", "le", "lt", "ne")

type Pair = tuple[TableClient, TableClient]


@pytest.fixture
async def tables(tmp_path: Path) -> AsyncIterator[Pair]:
    """One table as Azurite is, one that is found by keys."""
    processes = Processes(tmp_path)
    clients: list[TableClient] = []
    try:
        for more in ({}, {"AZURITE_KEYS": "1"}):
            ports = Ports.free()
            await start_azurite(processes, ports, None, os.environ | more)
            async with TableServiceClient.from_connection_string(storage_connection_string(ports)) as service:
                await service.create_table("rows")
            clients.append(TableClient.from_connection_string(storage_connection_string(ports), "rows"))
        yield clients[0], clients[1]
    finally:
        for client in clients:
            await client.close()
        await processes.stop()


def key(dice: random.Random) -> str:
    return "".join(dice.choices(LETTERS, k=dice.randint(1, 3)))


def condition(dice: random.Random, depth: int = 2) -> str:
    if depth and dice.random() < 0.6:
        joined = dice.choice((" and ", " or ")).join(condition(dice, depth - 1) for _ in range(2))
        return f"({joined})" if dice.random() < 0.8 else f"not ({joined})"
    name = dice.choice(("PartitionKey", "RowKey", "RowKey", "colour"))
    value = {"PartitionKey": dice.choice(PARTITIONS), "RowKey": key(dice), "colour": dice.choice(("red", "blue"))}[name]
    return f"{name} {dice.choice(OPERATORS)} '{value}'"


async def asked(client: TableClient, filter_: str) -> list[tuple[str, str, str]]:
    found = [row async for row in client.query_entities(filter_, results_per_page=7)]
    return [(row["PartitionKey"], row["RowKey"], row["colour"]) for row in found]


async def tried(client: TableClient, act: str, row: dict[str, Any]) -> str:
    try:
        if act == "batch":
            rows = [row, row | {"RowKey": row["RowKey"] + "2"}, row | {"RowKey": row["RowKey"] + "3"}]
            await client.submit_transaction([("create", one) for one in rows])
        elif act == "delete":
            await client.delete_entity(row)
        else:
            await getattr(client, f"{act}_entity")(row)
    except TableTransactionError as refusal:
        return f"{refusal.status_code} at {refusal.index}"
    except HttpResponseError as refusal:
        return str(refusal.status_code)
    return "done"


@pytest.mark.stack
@pytest.mark.parametrize("seed", range(2))
async def test_rows_are_found_as_if_every_row_had_been_looked_at(tables: Pair, seed: int) -> None:
    dice = random.Random(seed)
    plain, keyed = tables
    for _ in range(80):
        act = dice.choice(("create", "upsert", "update", "delete", "batch"))
        row = {"PartitionKey": dice.choice(PARTITIONS), "RowKey": key(dice), "colour": dice.choice(("red", "blue"))}
        assert await tried(plain, act, row) == await tried(keyed, act, row), (act, row)
    assert await asked(plain, "") == await asked(keyed, "")
    found = 0
    for _ in range(50):
        filter_ = condition(dice)
        expected = await asked(plain, filter_)
        assert await asked(keyed, filter_) == expected, filter_
        found += len(expected)
    assert found > 100, "the conditions find something"


@pytest.mark.stack
async def test_a_condition_that_makes_no_sense_is_refused_as_before(tables: Pair) -> None:
    for client in tables:
        with pytest.raises(HttpResponseError) as refusal:
            await asked(client, "PartitionKey eq")
        assert refusal.value.status_code == 400
