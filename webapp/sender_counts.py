"""How much came from one address lately, where nobody may learn which address that was.

Kept in the memory of the process, for an hour, under a name that only this process can make of the address: it is
in no database and no log. Counts are soft: they change in which lane something waits.
"""

import hmac
import secrets
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request
from limits import RateLimitItemPerHour
from limits.strategies import FixedWindowRateLimiter

from .rate_limits import limiter

MOST = 100_000
_KEY = secrets.token_bytes(32)


def counted(what: str) -> int:
    """How many of something this sender has had counted within the hour."""
    return MOST - int(_strategy().get_window_stats(_item(), what, _sender()).remaining)


def count(what: str, n: int = 1) -> None:
    _strategy().hit(_item(), what, _sender(), cost=n)


def _item() -> RateLimitItemPerHour:
    return RateLimitItemPerHour(MOST)


def _strategy() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(limiter.storage)


def _sender() -> str:
    """A name of the address for as long as this process lives; of IPv6 the network that one household has."""
    address = request.remote_addr or ""
    try:
        parsed = ip_address(address.partition("%")[0])
        if isinstance(parsed, IPv6Address):
            address = str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    except ValueError:
        pass
    return hmac.digest(_KEY, address.encode(), "sha256")[:12].hex()
