"""One entry of a time line, whatever row it was read from."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ...errors import Message, say
from ...field.photos import Photo
from ...vocabulary import Choice
from ..proofs import Proof
from ..recheck_file import Pair


class EntryKind(Choice):
    """What happened, in the usual order of a case: entries of one moment are told in it."""

    FOUND = "found", say("发现")
    CONFIRMED = "confirmed", say("确认")
    REJECTED = "rejected", say("不成立")
    RECUSAL = "recusal", say("回避")
    HANDED_OVER = "handed_over", say("改派")
    DRAFTED = "drafted", say("拟稿")
    REVIEWED = "reviewed", say("法制审核")
    ISSUED = "issued", say("签发")
    SERVED = "served", say("送达")
    CORRECTED = "corrected", say("更正送达")
    WITHDRAWN = "withdrawn", say("撤回文书")
    ASKED = "asked", say("申请")
    DECIDED = "decided", say("审批")
    ANSWERED = "answered", say("整改报告")
    ANSWER_DECIDED = "answer_decided", say("审核报告")
    STEP = "step", say("督办步骤")
    PENALTY = "penalty", say("处罚和移送")
    RECHECKED = "rechecked", say("复查")
    CLOSED = "closed", say("销号")
    REOPENED = "reopened", say("重新打开")


class Actor(Choice):
    """Who acted: a person of the county, the school or institution, or the clock."""

    PERSON = "person", say("人工")
    SITE = "site", say("单位")
    CLOCK = "clock", say("系统按时限")


class Fact(NamedTuple):
    """A word and its value, which may be a date, a moment, a word of a closed list, a message or typed text."""

    name: Message
    value: str | int | date | datetime | Choice | Message


@dataclass(frozen=True)
class Entry:
    """`title` says what was done, `text` is what somebody typed. `subject` is the table and id of the row behind.

    `pairs` are photos of one view before and after. `is_open` marks what still waits for somebody.
    """

    at: datetime
    kind: EntryKind
    title: Message
    people: tuple[UUID, ...] = ()
    actor: Actor = Actor.PERSON
    who: str = ""
    text: str = ""
    facts: list[Fact] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    receipt_sha256: str | None = None
    is_receipt_pdf: bool = False
    subject: tuple[str, UUID] | None = None
    is_open: bool = False


def people(*ids: UUID | None) -> tuple[UUID, ...]:
    return tuple(each for each in ids if each)


def facts(*pairs: tuple[Message, str | int | date | datetime | Choice | Message | None]) -> list[Fact]:
    """Those that are known."""
    return [Fact(name, value) for name, value in pairs if value not in (None, "")]
