"""Which storage account the commands talk to: never another one than the environment names."""

import json
from pathlib import Path

import pytest

from ops.account import NoAccount, find_account

LOCAL = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;"


def local_settings(folder: Path) -> None:
    (folder / "local.settings.json").write_text(json.dumps({"Values": {"AzureWebJobsStorage": LOCAL}}))


def test_a_local_file_never_stands_in_for_the_account_that_the_environment_names(tmp_path: Path) -> None:
    local_settings(tmp_path)
    account = find_account({"AzureWebJobsStorage__accountName": "timifysync"}, tmp_path)
    assert (account.storage, account.name, account.origin) == ("timifysync", "timifysync", "the environment")


def test_the_local_stack_needs_no_exported_variables(tmp_path: Path) -> None:
    local_settings(tmp_path)
    account = find_account({}, tmp_path)
    assert (account.storage, account.name, account.origin) == (LOCAL, "devstoreaccount1", "local.settings.json")


def test_who_names_no_account_is_told_both_ways_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(NoAccount, match=r"AzureWebJobsStorage__accountName[\s\S]*python -m dev settings >"):
        find_account({"PATH": "/bin"}, tmp_path)


@pytest.mark.parametrize("text", ["not json", "[]", "{}"])
def test_a_file_that_is_no_settings_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "local.settings.json").write_text(text)
    with pytest.raises(NoAccount, match=r"local\.settings\.json"):
        find_account({}, tmp_path)


def test_a_connection_string_that_is_none_is_told_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(NoAccount, match=r"^AzureWebJobsStorage, from the environment, is no connection string\.$"):
        find_account({"AzureWebJobsStorage": "AccountKey=secret"}, tmp_path)
