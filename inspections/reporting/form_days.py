"""A day as it comes from a form."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ..errors import Message, say


def read_day(form: Mapping[str, Any], name: str, wrong: dict[str, Message]) -> date | None:
    """The day of a field, of this century; what is none stands in `wrong`."""
    try:
        day = date.fromisoformat(str(form.get(name, "")).strip())
    except ValueError:
        day = date.min
    if not 2000 <= day.year < 2100:
        wrong[name] = say("请填写日期，例如 2026-03-09")
        return None
    return day
