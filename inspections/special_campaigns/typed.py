"""Words as they come from a form."""

from collections.abc import Mapping
from typing import Any

from ..errors import Message, say


def read_text(
    form: Mapping[str, Any], name: str, longest: int, wrong: dict[str, Message], *, may_be_empty: bool = False
) -> str:
    """The text of a field without the space around it; one that is missing or too long stands in `wrong`."""
    text = str(form.get(name, "")).replace("\x00", "").strip()
    if not text and not may_be_empty:
        wrong[name] = say("必填，最多 {n} 字", n=longest)
    elif len(text) > longest:
        wrong[name] = say("最多 {n} 字", n=longest)
    return text
