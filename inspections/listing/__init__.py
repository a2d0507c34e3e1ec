"""Lists: one way to search, filter, sort, page and export whatever a person may see.

A `Listing` says what a list of one noun is made of; `read` answers one question about it. Each noun's listing
is a module beside this one.
"""

from .listing import Column, Facet, Filter, Listing, Page, Question, count, count_each, every_row, found, read

__all__ = [
    "Column",
    "Facet",
    "Filter",
    "Listing",
    "Page",
    "Question",
    "count",
    "count_each",
    "every_row",
    "found",
    "read",
]
