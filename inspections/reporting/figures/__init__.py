"""Figures: what is counted, for which days and place, as of which moment, and which records are behind it."""

from .figure import Behind, Cell, Figure, Split, behind, count, sums
from .selection import Selection, of_days

__all__ = ["Behind", "Cell", "Figure", "Selection", "Split", "behind", "count", "of_days", "sums"]
