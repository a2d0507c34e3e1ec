"""GPS fixes: which of a series to believe, how far, whether it puts someone at a place, and what looks odd.

A browser says neither whether a position is faked nor how it was found (there is no such field), so nothing
here proves presence or absence: a fence has three answers, and a flag is a fact for a reviewer, no verdict.
"""

from .fix import Fix, Source
from .oddities import Flag, flags, photo_flags
from .settling import Fence, Grade, best, fence, grade, last_known

__all__ = [
    "Fence",
    "Fix",
    "Flag",
    "Grade",
    "Source",
    "best",
    "fence",
    "flags",
    "grade",
    "last_known",
    "photo_flags",
]
