"""A line that a phone adds to a sweep's journal, as it is sent: read strictly, refused in words."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from geo.fixes import Fix

from ..errors import Invalid, say
from ..field.positions import read_fix
from ..field.record import GivenFix, Note
from ..incoming import Moment, Part, clean, read
from ..vocabulary import Choice
from .journal import Entry

MAX_OFFSET_MS = 10 * 366 * 86_400_000
# What phones may say; all else is said by the command desk or follows from the clock
FROM_PHONES = (
    Entry.ON_DUTY,
    Entry.OFF_DUTY,
    Entry.SET_OUT,
    Entry.ARRIVED,
    Entry.ENTERED,
    Entry.DONE,
    Entry.CLOSED,
    Entry.MOVED,
    Entry.REFUSED,
    Entry.SUPPORT,
    Entry.INCIDENT,
    Entry.REPLY,
)
AT_A_STOP = FROM_PHONES[2:9]


class Support(Choice):
    """What a team needs help for."""

    DANGER = "danger", say("人身安全受到威胁")
    CROWD = "crowd", say("人员聚集、围堵")
    OBSTRUCTED = "obstructed", say("阻挠检查")
    POLICE = "police", say("需要公安到场")
    HAZARD = "hazard", say("发现重大安全隐患")
    OTHER = "other", say("其他情况")


class Line(Part):
    """`clock_offset_ms` is the server's time less the phone's at their last contact; `fix` is where the phone was.
    `answers_id` is the message that a reply acknowledges, with `words` or without; `undoes_id` is an entry of
    the same author that was a slip of the thumb.
    """

    id: UUID
    sweep_id: UUID
    kind: Entry
    stop_id: UUID | None = None
    at: Moment
    clock_offset_ms: Annotated[int, Field(ge=-MAX_OFFSET_MS, le=MAX_OFFSET_MS)] | None = None
    words: Note = ""
    fix: GivenFix | None = None
    answers_id: UUID | None = None
    undoes_id: UUID | None = None
    check_id: UUID | None = None
    support: Support | None = None

    @property
    def place(self) -> Fix | None:
        return read_fix(self.fix)

    @property
    def skew_s(self) -> int | None:
        """How far the phone's clock is ahead of the server's."""
        return None if self.clock_offset_ms is None else round(-self.clock_offset_ms / 1000)

    @property
    def sha256(self) -> str:
        """The same for the same line, however often and with whatever knowledge of the clock it is sent."""
        said = self.model_dump_json(exclude={"clock_offset_ms"})
        return hashlib.sha256(said.encode()).hexdigest()


def read_line(given: Any) -> Line:
    """Raises `Malformed` and `Invalid` by field."""
    if not isinstance(given, dict):
        raise Invalid({"": say("格式不对，请检查后重新提交")})
    line = read(Line, clean(given)[0])
    if line.kind not in FROM_PHONES:
        raise Invalid({"kind": say("不是可选的值，请重新选择")})
    if line.kind in AT_A_STOP and line.stop_id is None:
        raise Invalid({"stop_id": say("没有说明是哪个点位，请刷新页面后重新发送")})
    if line.undoes_id and line.kind is not Entry.REPLY:
        raise Invalid({"undoes_id": say("格式不对，请检查后重新提交")})
    if line.kind is Entry.SUPPORT and line.support is None:
        raise Invalid({"support": say("请选择需要支援的原因")})
    return line
