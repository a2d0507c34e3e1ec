"""Published checklists, as they are carried into the database by migrations. A published file never changes."""

import json
from datetime import date
from importlib.resources import files
from typing import Any


def read_checklist(name: str) -> dict[str, Any]:
    """A checklist and its `items`, in order."""
    checklist: dict[str, Any] = json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
    return checklist | {"valid_from": date.fromisoformat(checklist["valid_from"])}
