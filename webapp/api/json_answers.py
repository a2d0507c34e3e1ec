"""JSON answers: domain values as scripts read them."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from inspections.errors import Message

from ..i18n import translated


def as_json(value: Any) -> str:
    """Compact JSON. Moments are RFC 3339 in UTC; messages must have been put into words before."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def in_words(value: Any) -> Any:
    """The same with each message in the reader's language."""
    if isinstance(value, Message):
        return translated(value)
    if isinstance(value, dict):
        return {key: in_words(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [in_words(each) for each in value]
    return value


def _plain(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value))
