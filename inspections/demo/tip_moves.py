"""The way of each tip of the demo county: looked at, sent to a township, settled or joined to an earlier one."""

from datetime import datetime, timedelta

from ..intake.tip_moves import ENDS_IN, TipMove, TipMoveKind
from ..intake.tips import TipState
from ..registry.people import Role
from .book import Book, Row
from .people import Staff
from .tips import Report

SETTLED = {
    TipState.CONFIRMED: TipMoveKind.CONFIRMED,
    TipState.UNFOUNDED: TipMoveKind.UNFOUNDED,
    TipState.TRANSFERRED: TipMoveKind.TRANSFERRED,
    TipState.INVALID: TipMoveKind.INVALID,
}
ANSWERS = {
    TipState.CONFIRMED: "您反映的情况经现场核查属实，已责令整改，谢谢您的监督。",
    TipState.UNFOUNDED: "经现场核查，未发现您反映的情况；如有新的情况，欢迎继续补充。",
    TipState.TRANSFERRED: "您反映的事项不属于教育部门职责，已转有关部门办理。",
    TipState.INVALID: "按您提供的信息没有找到反映的地点；如能补充具体地址，请继续补充。",
}


def write_moves(book: Book, staff: Staff, reports: list[Report]) -> None:
    chance = book.chance.stream("tip moves")
    dispatchers = [worker.id for worker in staff.of(Role.DISPATCHER)]
    for report in reports:
        tip = report.row
        received, state = tip["received_at"], tip["state"]
        by = chance.choice(dispatchers)
        _add(book, tip, TipMoveKind.RECEIVED, received, None)
        if state is TipState.NEW:
            continue
        looked_at = min(received + timedelta(hours=chance.uniform(0.3, 20)), book.until - timedelta(minutes=30))
        if state is TipState.DUPLICATE:
            _add(book, tip, TipMoveKind.MERGED, looked_at, by, master_id=tip["master_id"])
            continue
        _add(
            book,
            tip,
            TipMoveKind.ASSIGNED,
            looked_at,
            by,
            township_id=tip["township_id"],
            due_at=tip["due_at"],
            note="请核实是否有证照、是否在教学科，两人一组，注意取证。" if chance.happens(0.3) else "",
        )
        if kind := SETTLED.get(state):
            settled = min(looked_at + timedelta(days=chance.uniform(1, 8)), book.until - timedelta(minutes=5))
            _add(book, tip, kind, settled, by, answer=ANSWERS[state])


def _add(book: Book, tip: Row, kind: TipMoveKind, at: datetime, by: object, **to: object) -> None:
    values = {"note": "", "answer": "", "township_id": None, "due_at": None, "master_id": None} | to
    book.add(
        TipMove,
        id=book.new_id(at),
        tip_id=tip["id"],
        kind=kind,
        state=ENDS_IN[kind],
        at=at,
        by_id=by,
        **values,
    )
