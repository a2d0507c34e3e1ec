"""The installation's keys, from its settings."""

from flask import current_app

from inspections.evidence.keys import KeyRing


def key_ring() -> KeyRing:
    config = current_app.config
    return KeyRing.of(
        [config["SECRET_KEY"] or "", *(config["SECRET_KEY_FALLBACKS"] or [])],
        [config["IDENTITY_KEY"] or "", *(config["IDENTITY_KEY_FALLBACKS"] or [])],
    )
