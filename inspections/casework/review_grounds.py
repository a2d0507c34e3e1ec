"""Why an order needs a legal review: dated data with the law's own words, found in what the order demands."""

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "review_data" / "grounds.json"


@cache
def law() -> dict[str, Any]:
    """The law, its article and the grounds, as the file has them."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def grounds_in(texts: Iterable[str], day: date) -> list[dict[str, Any]]:
    """The grounds whose words stand in one of the texts, in force on a day: code, label, article and its words."""
    text = "\n".join(texts)
    return [
        {name: ground[name] for name in ("code", "label", "article", "quote")}
        for ground in law()["grounds"]
        if date.fromisoformat(ground["valid_from"]) <= day and any(word in text for word in ground["words"])
    ]
