"""The record of a check, as a phone sends it: read strictly, refused in words that name the place.

The bytes themselves are kept beside what is read here, so a key this version doesn't know is passed over and
loses nothing.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from ..errors import Invalid, Message, say
from ..incoming import Arrived, Line, Moment, Part, Text, read
from .checks import CheckKind, Verdict
from .photos import PhotoPurpose

MAX_FILES = 100
MAX_FIXES = 5_000
MAX_FILE_FIXES = 100
MAX_OFFSET_MS = 100 * 366 * 86_400_000
MAX_RECHECKS = 500
# The phone page calls a fix that it watched "fix" and a place tapped on the map "map"
FIX_SOURCES = {"fix": "device", "map": "picked"}


def _scalar(value: Any) -> Any:
    """A number or a short text; anything else is as good as nothing."""
    if isinstance(value, str):
        return FIX_SOURCES.get(value, value) if len(value) <= 100 else None
    return value if isinstance(value, int | float) and abs(value) < 1e18 else None


def _empty(value: Any) -> Any:
    return "" if value is None else value


def _id(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None


def _list(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else () if value is None else (value,)


# What was not written comes as null or not at all
Note = Annotated[Text, BeforeValidator(_empty)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Scalar = Annotated[Any, BeforeValidator(_scalar)]
# What points at rows of ours may be wrong by now, and no record is refused for it: `known_problems` reads it
LooseId = Annotated[UUID | None, BeforeValidator(_id)]
Loose = Annotated[tuple[Any, ...], BeforeValidator(_list)]
Count = Annotated[int, Field(ge=0, le=2**53)]


class ChecklistKey(Part):
    code: Line
    version: Annotated[int, Field(ge=1, le=1_000_000)]


class Device(Part):
    """`clock_offset_ms` is the server's time less the device's, at their last contact."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    sequence: Count
    user_agent: str | None = None
    clock_offset_ms: Annotated[int, Field(ge=-MAX_OFFSET_MS, le=MAX_OFFSET_MS)] | None = None


class GivenFix(Part):
    """A fix as the phone gave it. Impossible numbers are kept: `geo.fixes` decides what can be believed."""

    at: Scalar = None
    lon: Scalar = None
    lat: Scalar = None
    accuracy_m: Scalar = None
    source: Scalar = None
    datum: Scalar = None


class GivenAnswer(Part):
    item: Line
    verdict: Verdict
    note: Note = ""


class Signature(Part):
    refused: Text | None = None


class GivenClocks(Part):
    """Three clocks at the moment of a photo: the wall clock, which a person can set; the milliseconds since
    the page was opened, which nobody can, and when that count began; the server's time less the first at last
    contact.
    """

    wall_at: Moment | None = None
    monotonic_ms: Scalar = None
    time_origin_ms: Scalar = None
    server_offset_ms: Scalar = None
    server_offset_at: Moment | None = None


class GivenPlate(Part):
    """The plate at a site's door that was scanned in the check."""

    site_id: UUID
    at: Moment
    text: Line | None = None


class GivenFile(Part):
    """One line of the manifest. An empty or huge file is listed all the same: it is refused by name later.

    `fixes` are those around the moment it was taken, `clocks` what the phone's clocks said. Of a file that
    a person let take the place of another, `retake_of` names the other. `finding_id` is the known problem that it
    shows, `before_id` the earlier photo of the same view.
    """

    id: UUID
    sha256: Sha256
    size: Count
    type: Annotated[str, StringConstraints(max_length=100)] = "application/octet-stream"
    purpose: PhotoPurpose = PhotoPurpose.SCENE
    item: Line | None = None
    caption: Note = ""
    taken_at: Moment | None = None
    fix: GivenFix | None = None
    fixes: Annotated[tuple[GivenFix, ...], Field(max_length=MAX_FILE_FIXES)] = ()
    clocks: GivenClocks | None = None
    retake_of: UUID | None = None
    finding_id: LooseId = None
    before_id: LooseId = None
    position: Annotated[int, Field(ge=0, le=10_000)] = 0

    @property
    def shows_something(self) -> bool:
        return self.purpose is not PhotoPurpose.SIGNATURE and not self.type.startswith("audio/")


class Record(Part):
    format: Literal["mingcha-check/1"]
    id: UUID
    site_id: UUID
    task_id: UUID | None = None
    kind: CheckKind
    checklist: ChecklistKey | None = None
    device: Device
    started_at: Moment
    finished_at: Moment
    second_person_id: UUID | None = None
    certificates_shown_at: Moment | None = None
    recording_told_at: Moment | None = None
    fixes: Annotated[tuple[GivenFix, ...], Field(max_length=MAX_FIXES)] = ()
    no_fix_reason: Line | None = None
    last_outdoor_fix: GivenFix | None = None
    plate: GivenPlate | None = None
    answers: Annotated[tuple[GivenAnswer, ...], Field(max_length=500)] = ()
    facts: dict[Line, Line | bool | int | float | None] | None = Field(None, max_length=100)
    summary: Text | None = None
    person_in_charge: Line | None = None
    signature: Signature | None = None
    files: Annotated[tuple[GivenFile, ...], Field(max_length=MAX_FILES)] = ()
    rechecks: Loose = ()
    observations: Loose = ()

    def shown(self, item: str) -> bool:
        """Whether a photo, film or document proves something about an item. A spoken note shows nothing."""
        return any(file.item == item and file.shows_something for file in self.files)


class Parsed(Arrived):
    @cached_property
    def record(self) -> Record:
        """All of it, read once. Raises as `read_record` does."""
        return read_record(self.tree)


def findings_named(record: Record) -> set[UUID]:
    """The known problems that a record speaks of, right or wrong."""
    said = {_id(each.get("finding_id")) for each in record.rechecks[:MAX_RECHECKS] if isinstance(each, dict)}
    return {each for each in said | {file.finding_id for file in record.files} if each}


def read_record(tree: dict[str, Any]) -> Record:
    """The record, or `Invalid` with a message for each field that can't be accepted."""
    record = read(Record, tree)
    problems = dict(_own_rules(record))
    if problems:
        raise Invalid(problems)
    return record


def _own_rules(record: Record) -> Iterable[tuple[str, Message]]:
    yield from _twice("answers", "item", [answer.item for answer in record.answers])
    yield from _twice("files", "id", [file.id for file in record.files])
    for number, answer in enumerate(record.answers):
        if answer.verdict is not Verdict.NOT_COMPLIANT:
            continue
        if not answer.note:
            yield f"answers.{number}.note", say("“不符合”要写明情况")
        if not record.shown(answer.item):
            yield f"answers.{number}.files", say("“不符合”至少要有一张照片或证照资料")
    sizes: dict[str, int] = {}
    for number, file in enumerate(record.files):
        if sizes.setdefault(file.sha256, file.size) != file.size:
            yield f"files.{number}.size", say("同一个文件写了两种大小，请刷新页面后重新发送")


def _twice(part: str, name: str, keys: list[Any]) -> Iterable[tuple[str, Message]]:
    seen = set()
    for number, key in enumerate(keys):
        if key in seen:
            yield f"{part}.{number}.{name}", say("同一项出现了两次，请只保留一次")
        seen.add(key)
