"""How often the public pages may be asked: by one address, with one link, and for what costs calls to others.

The buckets are in the memory of this process. Instances share nothing, so whoever is spread over some of them gets that
many times as much: enough to keep a flood cheap, and no request pays a call to storage for it. What must hold for all
of them together, the mails that invite, is counted in the tables (`shared/sync/invite.py`).
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from secrets import token_bytes

import azure.functions as func

REMEMBERED = 20_000
"""Buckets; about 3 MB. The one that was not used for the longest time is forgotten first."""
NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that a single customer of a provider is given."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then so many a second."""

    name: str
    burst: int
    a_second: float


ADDRESS = Rate("address", 300, 10)
"""Of a whole office behind one address, whose pages ask every two seconds while a calendar is imported."""
LINK = Rate("link", 150, 3)
COSTLY = Rate("costly", 20, 0.2)
"""With one link: sign-ins, previews, readings of whole calendars."""


class Limits:
    """The buckets of one process. `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_again: OrderedDict[bytes, float] = OrderedDict()
        self._secret = token_bytes(32)

    def of_address(self, request: func.HttpRequest) -> int:
        """Whole seconds until whoever asks may ask again; 0: now."""
        client = client_of(request)
        return self._take(ADDRESS, client) if client else 0

    def of_link(self, link: str, *, costly: bool = False) -> int:
        """The same of whoever holds `link`, whatever their address is."""
        return self._take(LINK, link) or (self._take(COSTLY, link) if costly else 0)

    def __len__(self) -> int:
        """How many buckets are remembered."""
        return len(self._full_again)

    def _take(self, rate: Rate, who: str) -> int:
        """One drop out of a bucket, of which is remembered only when it will be full again, under a keyed hash."""
        key = blake2b(f"{rate.name}\n{who}".encode("utf-8", "surrogatepass"), digest_size=16, key=self._secret).digest()
        now = self._clock()
        full_again = max(now, self._full_again.pop(key, now)) + 1 / rate.a_second
        missing = full_again - now - rate.burst / rate.a_second
        refused = missing > 1e-9
        self._full_again[key] = full_again - 1 / rate.a_second if refused else full_again
        if len(self._full_again) > REMEMBERED:
            self._full_again.popitem(last=False)
        return max(1, ceil(missing)) if refused else 0


LIMITS = Limits()
"""Of this process."""


def client_of(request: func.HttpRequest) -> str:
    """Who asks: the last public address of `X-Forwarded-For`, "" when there is none.

    Azure's front end appends the address that it saw (with its port) to whatever the caller sent, so only the end of
    the list can be believed: https://github.com/Azure/azure-functions-dotnet-worker/issues/3111 shows both the header
    and that the host itself takes its last entry. Addresses of Azure's own networks behind it are passed over.
    """
    for entry in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        address = _address(entry.strip())
        if address is None:
            return ""
        if address.is_global:
            wide = isinstance(address, IPv6Address)
            return str(ip_network((address, NETWORK_OF_ONE), strict=False) if wide else address)
    return ""


def _address(entry: str) -> IPv4Address | IPv6Address | None:
    """The address of `1.2.3.4`, `1.2.3.4:567`, `::1` or `[::1]:567`, None for anything else."""
    host = entry[1:].partition("]")[0] if entry.startswith("[") else entry
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        found = ip_address(host)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
