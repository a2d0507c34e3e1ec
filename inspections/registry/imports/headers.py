"""Finding the header row under title rows, and giving every column one name."""

import re
from collections.abc import Sequence

from .columns import Subject, recognise

_LOOK_AT = 30


def find_header(rows: Sequence[Sequence[str]], subject: Subject | None = None) -> int:
    """Index of the header: the first row with most known column names, else the first full one."""
    head = rows[:_LOOK_AT]
    known = [sum(recognise(cell, subject) is not None for cell in row) for row in head]
    if known and max(known) >= 2:
        return known.index(max(known))
    widths = [sum(bool(cell) for cell in row) for row in head]
    usual = sorted(widths)[len(widths) // 2] if widths else 0
    full = (i for i, width in enumerate(widths) if width >= max(1, 0.6 * usual) and (width > 1 or usual <= 1))
    return next(full, 0)


def second_row_belongs(header: Sequence[str], below: Sequence[str]) -> bool:
    """A header of two rows: merged cells above (位置), the real names below (经度, 纬度)."""
    added = sum(
        recognise(low) is not None
        for high, low in zip(header, below, strict=False)
        if recognise(high) is None and low
    )
    return added > 0 and not any(re.search(r"\d{2,}", cell) for cell in below)


def joined(header: Sequence[str], below: Sequence[str]) -> list[str]:
    """Names of a header of two rows."""
    names = []
    for i in range(max(len(header), len(below))):
        high = header[i] if i < len(header) else ""
        low = below[i] if i < len(below) else ""
        names.append(low if low and recognise(high) is None else high)
    return names


def unique(header: Sequence[str]) -> list[str]:
    """Blank names become 第n列; a repeated name gets its count."""
    seen: dict[str, int] = {}
    names = []
    for place, name in enumerate(header, start=1):
        name = name or f"第{place}列"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
