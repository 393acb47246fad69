"""dev/host/settings.py: host.json means here what it means in Azure."""

from pathlib import Path

import pytest

from dev.host.settings import read_settings

ROOT = Path(__file__).resolve().parents[3]


def test_the_apps_own_host_json_is_read_to_fractions_of_a_second() -> None:
    """A poll twice a second that was read as one of 0 s would ask without end; as 1 s, a change would wait twice."""
    assert read_settings(ROOT).queues.max_polling_interval == 0.75


def test_azures_way_to_override_a_value_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AzureFunctionsJobHost__extensions__queues__visibilityTimeout", "00:00:01")
    monkeypatch.setenv("AzureFunctionsJobHost__extensions__queues__maxDequeueCount", "2")
    monkeypatch.setenv("AzureFunctionsJobHost__functionTimeout", "00:01:00")
    settings = read_settings(ROOT)
    assert (settings.queues.visibility_timeout, settings.queues.max_dequeue_count) == (1, 2)
    assert settings.function_timeout == 60
