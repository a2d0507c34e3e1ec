"""The machinery of lists: a question, the query it becomes, and a page of the answer."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Date, Row, Select, and_, cast, func, or_, select, true
from sqlalchemy.orm import Session

from ..access import visible
from ..errors import Message
from ..registry.people import Person
from ..vocabulary import Choice

PAGE_SIZE = 50
LARGEST_PAGE = 10_000
LONGEST_SEARCH = 100
DEEPEST = 1_000_000  # rows to step over before a page; nobody turns that many

# The day it is in the county, whatever the server's clock is set to: a subquery, asked once and not for each row
TODAY = select(cast(func.timezone("Asia/Shanghai", func.now()), Date)).scalar_subquery()


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, name, word (of a closed list), state, day, due, moment, number or metres."""

    key: str
    label: Message
    value: Any
    kind: str = "text"
    sortable: bool = True
    on_screen: bool = True


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list: `where` turns the values wanted into a condition.

    `words` is the closed list to choose from. Without one the choices are `options(session, person)`, or, if there
    is none either, any text that `where` understands; what it doesn't is as if it weren't asked. A filter that
    `is_open` offers whatever stands in the rows, `options` only name it.
    """

    key: str
    label: Message
    where: Callable[[list[str]], Any]
    words: Sequence[tuple[str, Message | str]] = ()
    value: Any = None
    options: Callable[[Session, Person], Sequence[tuple[str, Message | str]]] | None = None
    as_chips: bool = False
    is_open: bool = False


# The query of a question without some of its filters, and what was chosen in each
Without = Callable[..., Select[Any]]
Tallying = Callable[[Session, Without, Mapping[str, list[str]]], tuple[int, dict[str, dict[str, int]]]]


@dataclass(frozen=True)
class Listing:
    """What a list of one noun is made of. `extra` are values a row carries without showing them.

    Rows with the least value of `first` come before all others, unless the list is sorted by another column.
    `tally`, where a list has one, counts in one go all that a question finds, and the choices of the filters it
    knows: those of a chosen one as if it weren't.
    """

    name: str
    title: Message
    model: Any
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    searched: tuple[Any, ...]
    order: str
    joined: Callable[[Select[Any]], Select[Any]] = lambda query: query
    extra: Mapping[str, Any] = field(default_factory=dict)
    newest_first: bool = False
    first: Any = None
    tally: Tallying | None = None

    def column(self, key: str) -> Column | None:
        return next((each for each in self.columns if each.key == key and each.sortable), None)


@dataclass(frozen=True)
class Question:
    """What is asked of a list: words, filters, order and page. Anything it doesn't know is left out."""

    words: str = ""
    filters: Mapping[str, list[str]] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = PAGE_SIZE

    @classmethod
    def of(cls, listing: Listing, given: Mapping[str, list[str]]) -> "Question":
        """Read a question from the parameters of an address, each a list of texts."""
        first = {key: values[0] for key, values in given.items() if values}
        sort, descending = first.get("sort", ""), listing.newest_first
        if sort:
            descending, sort = sort.startswith("-"), sort.removeprefix("-")
        if listing.column(sort) is None:
            sort, descending = listing.order, listing.newest_first
        filters = {each.key: _known(each, given.get(each.key, [])) for each in listing.filters}
        return cls(
            words=first.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
            filters={key: values for key, values in filters.items() if values},
            sort=sort,
            descending=descending,
            page=_whole(first.get("page"), 1, DEEPEST // PAGE_SIZE),
            size=_whole(first.get("size"), PAGE_SIZE, LARGEST_PAGE),
        )


class Facet(NamedTuple):
    """One choice of a filter: how many rows it would leave, and whether it is chosen."""

    value: str
    label: Message | str
    n: int
    chosen: bool


class Page(NamedTuple):
    rows: Sequence[Row[Any]]
    total: int
    first: int
    last: int
    question: Question
    facets: dict[str, list[Facet]]

    @property
    def has_next(self) -> bool:
        return self.last < self.total


def read(
    session: Session, person: Person, listing: Listing, question: Question, *, with_facets: bool = True
) -> Page:
    """A page of the list, the number of all rows that fit, and how many each choice of a filter would leave."""
    total, counts = _totals(session, person, listing, question, with_facets=with_facets)
    pages = max(1, -(-total // question.size))
    question = replace(question, page=min(question.page, pages))
    before = (question.page - 1) * question.size
    rows = _rows(session, person, listing, question, before)
    facets = _facets(session, person, listing, question, counts) if with_facets else {}
    return Page(rows, total, before + 1 if rows else 0, before + len(rows), question, facets)


def count(session: Session, person: Person, listing: Listing, question: Question) -> int:
    """How many rows fit."""
    return _totals(session, person, listing, question, with_facets=False)[0]


def count_each(session: Session, person: Person, listing: Listing, questions: Sequence[Question]) -> list[int]:
    """How many rows fit each of several questions, by their own conditions and in one pass."""
    if not questions:
        return []
    conditions = [and_(true(), *_conditions(listing, question)) for question in questions]
    counted = [func.count().filter(condition) for condition in conditions]
    query = listing.joined(visible(person, listing.model)).with_only_columns(*counted)
    return list(session.execute(query).one())


def found(person: Person, listing: Listing, question: Question) -> Select[Any]:
    """The ids of all rows that fit, in no order: for whoever counts or changes them."""
    return _found(person, listing, question)


def _totals(
    session: Session, person: Person, listing: Listing, question: Question, *, with_facets: bool
) -> tuple[int, dict[str, dict[str, int]]]:
    if listing.tally and with_facets:
        return listing.tally(session, partial(fitting, person, listing, question), question.filters)
    found = _found(person, listing, question)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0, {}


def _rows(
    session: Session, person: Person, listing: Listing, question: Question, before: int
) -> Sequence[Row[Any]]:
    """The rows of one page: first which, then what they hold, so that nothing is counted for rows not shown."""
    which = _ordered(person, listing, question).with_only_columns(listing.model.id)
    ids = session.scalars(which.limit(question.size).offset(before)).all()
    held = _held(listing, _found(person, listing, question).where(listing.model.id.in_(ids)))
    rows = {row.id: row for row in session.execute(held)}
    return [rows[each] for each in ids]


def every_row(session: Session, person: Person, listing: Listing, question: Question) -> Iterator[Row[Any]]:
    """All rows that fit, in order, a thousand at a time: for exports."""
    yield from session.execute(_ordered(person, listing, question).execution_options(yield_per=1000))


def _ordered(person: Person, listing: Listing, question: Question) -> Select[Any]:
    column = listing.column(question.sort)
    assert column is not None
    direction = column.value.desc() if question.descending else column.value.asc()
    query = _held(listing, _found(person, listing, question))
    if listing.first is not None and question.sort == listing.order:
        query = query.order_by(listing.first)
    return query.order_by(direction.nulls_last(), listing.model.id.desc())


def _held(listing: Listing, query: Select[Any]) -> Select[Any]:
    values = [column.value.label(column.key) for column in listing.columns]
    extra = [value.label(key) for key, value in listing.extra.items()]
    return query.with_only_columns(listing.model.id, *values, *extra)


def _found(person: Person, listing: Listing, question: Question, *without: str) -> Select[Any]:
    return listing.joined(fitting(person, listing, question, *without))


def fitting(person: Person, listing: Listing, question: Question, *without: str) -> Select[Any]:
    """The ids without what the list joins, for a list whose conditions are on its own table alone. A join that
    PostgreSQL drops again would keep it from reading an index alone.
    """
    query = visible(person, listing.model).with_only_columns(listing.model.id)
    return query.where(*_conditions(listing, question, without))


def _conditions(listing: Listing, question: Question, without: Sequence[str] = ()) -> list[Any]:
    chosen = [
        each.where(wanted)
        for each in listing.filters
        if each.key not in without and (wanted := question.filters.get(each.key))
    ]
    said = [or_(*(_holds(each, word) for each in listing.searched)) for word in question.words.split()]
    return [*chosen, *said]


def _holds(searched: Any, word: str) -> Any:
    """Whether a searched column holds the word; or what a listing's own function says of it."""
    return searched(word) if inspect.isfunction(searched) else searched.icontains(word, autoescape=True)


def _facets(
    session: Session, person: Person, listing: Listing, question: Question, tallied: dict[str, dict[str, int]]
) -> dict[str, list[Facet]]:
    """What was chosen is counted as if it weren't: its choices are the others that one could make."""
    facets = {}
    for each in listing.filters:
        words = each.words or (each.options(session, person) if each.options else ())
        if words or each.is_open:
            chosen = question.filters.get(each.key, [])
            counts = tallied.get(each.key)
            if counts is None:
                counts = _counts(session, person, listing, question, each)
            facets[each.key] = [
                Facet(value, label, counts.get(value, 0), value in chosen)
                for value, label in [*words, *_further(each, words, counts, chosen)]
            ]
    return facets


def _further(
    each: Filter, words: Sequence[Any], counts: Mapping[str, int], chosen: list[str]
) -> list[tuple[str, Message | str]]:
    """What stands in the rows, or was asked for, beyond the words that are known."""
    known = {value for value, _ in words}
    return [(value, value) for value in sorted({*counts, *chosen} - known)] if each.is_open else []


def _counts(session: Session, person: Person, listing: Listing, question: Question, one: Filter) -> dict[str, int]:
    found = _found(person, listing, question, one.key)
    if one.value is not None:
        rows = session.execute(found.with_only_columns(one.value, func.count()).group_by(one.value))
        return {str(value): count for value, count in rows if value is not None}
    counted = [func.count().filter(one.where([value])) for value, _ in one.words]
    return dict(
        zip(
            (value for value, _ in one.words),
            session.execute(found.with_only_columns(*counted)).one(),
            strict=True,
        )
    )


def _known(each: Filter, values: list[str]) -> list[str]:
    if each.words:
        known = {value for value, _ in each.words}
        return [value for value in values if value in known]
    return [value for value in values if _is_understood(each, value)]


def _is_understood(each: Filter, value: str) -> bool:
    try:
        each.where([value])
    except ValueError:
        return False
    return True


def _whole(text: str | None, otherwise: int, most: int) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return otherwise
    return min(max(int(text), 1), most)


def words_of(choice: type[Choice], *only: Choice) -> tuple[tuple[str, Message], ...]:
    return tuple((word.value, word.label) for word in (only or tuple(choice)))


def is_before(column: Any, day: Any = TODAY) -> Any:
    """A condition: the date of a column has passed."""
    return column < day


def is_overdue_on(due_on: date | None, today: date) -> bool:
    return due_on is not None and due_on < today
