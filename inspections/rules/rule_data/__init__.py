"""The nation's rules and calendars, brought into the database by migrations. What is published never changes."""

import json
from datetime import date
from importlib.resources import files
from typing import Any

from ..regions import NATION


def read_rules() -> list[dict[str, Any]]:
    """Rows of `rules`. Each quote stands word for word in the document at its clause."""
    return [rule | {"region": NATION} | _days(rule) for rule in _read("national_rules")]


def read_years() -> list[dict[str, Any]]:
    """Rows of `statutory_years`."""
    return [year | {"region": NATION} for year in _read("statutory_years")]


def _days(rule: dict[str, Any]) -> dict[str, date | None]:
    return {name: date.fromisoformat(rule[name]) if rule[name] else None for name in ("valid_from", "valid_to")}


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
    return found
