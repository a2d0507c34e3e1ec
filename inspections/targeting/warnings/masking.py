"""A clue on the screen: its ends, and stars for the rest."""

from ...intake.clues import ClueKind


def masked(kind: ClueKind, value: str) -> str:
    """What may be read of a clue.

    >>> masked(ClueKind.PHONE, "13800001234")
    '138****1234'
    >>> masked(ClueKind.TEACHER, "王小明")
    '王**'
    >>> masked(ClueKind.WECHAT, "abc123")
    'ab****'
    """
    if kind is ClueKind.PHONE and len(value) >= 11:
        return f"{value[:3]}{'*' * (len(value) - 7)}{value[-4:]}"
    shown = 1 if kind is ClueKind.TEACHER or len(value) < 5 else 2
    return value[:shown] + "*" * max(len(value) - shown, 1 if value else 0)
