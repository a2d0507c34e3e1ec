"""How often one address may try to prove who asks, and ask without an account.

Counted in the memory of each web process (docs/decisions/0007).
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address


def init_app(app: Flask) -> None:
    app.config |= {"RATELIMIT_HEADERS_ENABLED": True, "RATELIMIT_STRATEGY": "moving-window"}
    limiter.init_app(app)


limiter = Limiter(get_remote_address, storage_uri="memory://")


def limited_guesses(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same for addresses that can be guessed: those that led nowhere are counted, all views together."""
    attempts = limiter.shared_limit(
        lambda: f"{current_app.config['SIGN_INS_PER_MINUTE']} per minute",
        scope="links",
        deduct_when=lambda response: response.status_code == 404,
    )
    return attempts(view)


def limited_requests(view: Callable[..., Any]) -> Callable[..., Any]:
    """What comes without an account is bounded by address; large files come in some hundred pieces a minute."""
    return limiter.limit("900 per minute")(view)


def limited_reading(view: Callable[..., Any]) -> Callable[..., Any]:
    """The same for views that anybody reads: what is sent to them is bounded elsewhere, and never by address."""
    return limiter.limit("900 per minute", methods=["GET", "HEAD"])(view)


def limited_attempts(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse with 429 and Retry-After what comes more often than SIGN_INS_PER_MINUTE allows.

    Each view counts by itself.
    """
    return limiter.limit(lambda: f"{current_app.config['SIGN_INS_PER_MINUTE']} per minute")(view)
