"""The ladder that a county begins with, brought into the database by a migration. It never changes afterwards."""

import json
from datetime import date
from importlib.resources import files
from typing import Any

from ...rules.regions import NATION


def read_ladders() -> list[dict[str, Any]]:
    """Rows of `ladders`. The quote stands word for word in the document at its clause; the days are ours."""
    found: list[dict[str, Any]] = json.loads(files(__name__).joinpath("ladders.json").read_text("utf-8"))
    return [row | {"region": NATION, "valid_from": date.fromisoformat(row["valid_from"])} for row in found]
