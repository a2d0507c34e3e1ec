"""Chinese words that geo hands out. It translates none of them: whoever shows them does."""

__all__ = ["marked"]


def marked(words: str) -> str:
    """Marks words for the catalogue of translations, where they stand.

    >>> marked("东北")
    '东北'
    """
    return words
