"""Ledger items: a confirmed finding with all that the ledger says of it, in one row that nobody writes by hand."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CHAR, Enum, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..casework.findings import FindingState
from ..casework.steps import StepKind
from ..db import CountyRow, Model, in_county
from ..errors import say
from ..field.checks import CheckKind
from ..registry.sites import SiteKind
from ..vocabulary import Choice


class Paper(Choice):
    """What was written to the site about a problem."""

    NONE = "none", say("未开文书")
    DRAFT = "draft", say("文书待签发")
    RECTIFICATION = "rectification", say("整改通知书")
    SUPERVISION = "supervision", say("督办单")


def _copied(words: type[Choice]) -> Enum:
    """A word that another table answers for: here it is repeated, and not judged again."""
    values = [word.value for word in words]
    return Enum(words, native_enum=False, create_constraint=False, length=32, values_callable=lambda _: values)


class LedgerItem(CountyRow, Model):
    """One confirmed finding, under its own id. The database writes the row (`write_ledger`); the app only reads.

    `lead` and `department` are the newest word on who answers: of an issued order, or of a later `Owner`.
    `numbers` are those of all orders that stand. `step` is the highest rung that was climbed. `searched` holds, in
    small letters, what a search looks through; `packed` what is counted (`tally.FIELDS`).
    """

    __tablename__ = "ledger_items"
    __table_args__ = (
        in_county("id", "findings", ondelete="CASCADE"),
        Index("ix_ledger_items_county_due_on", "county", "due_on", "id"),
        Index("ix_ledger_items_county_found_at", "county", "found_at", "id"),
        Index("ix_ledger_items_county_site_id", "county", "site_id"),
        Index("ix_ledger_items_county_site_name", "county", "site_name", "id"),
        Index("ix_ledger_items_packed", "county", postgresql_include=["packed"]),
        Index("ix_ledger_items_county_township_id", "county", "township_id"),
    )

    site_id: Mapped[UUID]
    site_name: Mapped[str]
    site_kind: Mapped[SiteKind] = mapped_column(_copied(SiteKind))
    township_id: Mapped[UUID | None]
    check_kind: Mapped[CheckKind | None] = mapped_column(_copied(CheckKind))
    item_code: Mapped[str | None]
    rule_code: Mapped[str | None]
    text: Mapped[str]
    severity: Mapped[int]
    state: Mapped[FindingState] = mapped_column(_copied(FindingState))
    is_open: Mapped[bool]
    found_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    confirmed_by_id: Mapped[UUID | None]
    due_on: Mapped[date | None]
    suspended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopened: Mapped[int]
    order_id: Mapped[UUID | None]
    paper: Mapped[Paper] = mapped_column(_copied(Paper))
    numbers: Mapped[str | None]
    measures: Mapped[str | None]
    lead: Mapped[str | None]
    department: Mapped[str | None]
    step: Mapped[StepKind | None] = mapped_column(_copied(StepKind))
    searched: Mapped[str]
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerWord(Model):
    """A word that ledger items are counted by, and the number that stands for it in `LedgerItem.packed`."""

    __tablename__ = "ledger_words"
    __table_args__ = (UniqueConstraint("county", "word"),)

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    word: Mapped[str]
