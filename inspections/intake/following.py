"""What who reported is told of a tip by its receipt code, and what they add to it later.

Told is how far it has come and the answers that staff wrote for them; never a name, a site, a note, or that others
reported the same. A tip that was merged tells the progress of the one it was merged into.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..days import day_of
from ..errors import Invalid, TooManyRequests, say
from ..incoming import UNKEEPABLE
from ..vocabulary import Choice
from .complainants import hide_phone
from .receiving import MASK
from .tip_files import TipFile
from .tip_moves import TipMove, TipMoveKind, move
from .tips import Tip, TipState

LONGEST_ADDITION = 2_000
MOST_ADDITIONS = 30  # texts and batches of files of one tip
MOST_MERGES = 20  # how far a tip is followed to the one that it became part of


class Stage(Choice):
    RECEIVED = "received", say("已收到")
    LOOKED_AT = "looked_at", say("正在核对")
    HANDED_OVER = "handed_over", say("已转承办单位")
    ANSWERED = "answered", say("已办结")


ENDED = {TipState.CONFIRMED, TipState.UNFOUNDED, TipState.INVALID}
AFTER = {TipState.ASSIGNED: Stage.HANDED_OVER, TipState.TRANSFERRED: Stage.HANDED_OVER}


class Answer(NamedTuple):
    on: date
    text: str


class Progress(NamedTuple):
    """`since` says of each stage that was reached on which day; `files` and `additions` are the reporter's own."""

    code: str
    received_at: datetime
    stage: Stage
    since: dict[Stage, date]
    answers: list[Answer]
    files: int
    additions: int

    @property
    def may_add(self) -> bool:
        return self.additions < MOST_ADDITIONS


def progress_of(session: Session, tip: Tip) -> Progress:
    """Days before the tip itself was received are told as that day, so nobody learns that it was known already."""
    master = _master(session, tip)
    moves = _moves(session, master)
    own = moves if master is tip else _moves(session, tip)
    first = day_of(tip.received_at)
    since = {Stage.RECEIVED: first}
    for each in sorted({*moves, *own}, key=lambda each: each.at):
        if stage := _stage_after(each):
            since.setdefault(stage, max(first, day_of(each.at)))
    stage = _present(master, since)
    told = [each for each in moves if each.answer and each.at >= tip.received_at]
    told += [each for each in own if each.answer and each not in told]
    answers = [Answer(day_of(each.at), each.answer) for each in sorted(told, key=lambda each: each.at)]
    files = select(func.count()).where(
        TipFile.county == tip.county, TipFile.tip_id == tip.id, TipFile.added_by_id.is_(None)
    )
    reached = {each: on for each, on in since.items() if list(Stage).index(each) <= list(Stage).index(stage)}
    return Progress(
        code=tip.code,
        received_at=tip.received_at,
        stage=stage,
        since=reached,
        answers=answers,
        files=session.scalar(files) or 0,
        additions=_additions(own),
    )


def add_words(session: Session, tip: Tip, given: str, now: datetime, keys: Sequence[bytes] = ()) -> TipMove:
    """Note what who reported adds. The same words as the last time are the same addition.

    With `keys` (`KeyRing.identity`) the number that they left before is masked. Raises Invalid at `text`,
    TooManyRequests. The tip is locked.
    """
    session.refresh(tip, with_for_update=True)
    text = UNKEEPABLE.sub("", given.replace("\r\n", "\n")).strip()
    if not text:
        raise Invalid({"text": say("请写下要补充的内容")})
    if len(text) > LONGEST_ADDITION:
        raise Invalid({"text": say("最多 {n} 字，现在 {m} 字", n=LONGEST_ADDITION, m=len(text))})
    text = hide_phone(session, keys, tip, text, MASK)
    before = [each for each in _moves(session, tip) if _is_addition(each)]
    if before and before[-1].note == text:
        return before[-1]
    refuse_additions(len(before))
    return move(session, tip, TipMoveKind.ADDED, now, note=text)


def note_added_files(session: Session, tip: Tip, count: int, now: datetime) -> None:
    """Note that files came after the tip: one line for those that come within a day."""
    session.refresh(tip, with_for_update=True)
    before = [each for each in _moves(session, tip) if _is_addition(each)]
    if before and not before[-1].note and day_of(before[-1].at) == day_of(now):
        return
    refuse_additions(len(before))
    if count:
        move(session, tip, TipMoveKind.ADDED, now)


def refuse_additions(count: int) -> None:
    if count >= MOST_ADDITIONS:
        raise TooManyRequests(say("这份举报补充的次数已经很多，请拨打举报电话，报上查询码"))


def _is_addition(each: TipMove) -> bool:
    return each.kind is TipMoveKind.ADDED and each.by_id is None


def _additions(moves: Sequence[TipMove]) -> int:
    return sum(map(_is_addition, moves))


def _master(session: Session, tip: Tip) -> Tip:
    found = tip
    for _ in range(MOST_MERGES):
        if found.master_id is None:
            break
        found = session.get_one(Tip, (tip.county, found.master_id))
    return found


def _moves(session: Session, tip: Tip) -> Sequence[TipMove]:
    query = select(TipMove).where(TipMove.county == tip.county, TipMove.tip_id == tip.id)
    return session.scalars(query.order_by(TipMove.at, TipMove.id)).all()


def _stage_after(each: TipMove) -> Stage | None:
    """What a move tells the reporter; nothing where it was made without the staff."""
    if each.state in ENDED:
        return Stage.ANSWERED
    if each.state in AFTER:
        return AFTER[each.state]
    return Stage.LOOKED_AT if each.by_id else None


def _present(master: Tip, since: dict[Stage, date]) -> Stage:
    if master.state in ENDED:
        return Stage.ANSWERED
    if master.state in AFTER:
        return AFTER[master.state]
    return Stage.LOOKED_AT if Stage.LOOKED_AT in since else Stage.RECEIVED
