"""The record of a check, as a phone sends it: read strictly, refused in words that name the place.

The bytes themselves are kept beside what is read here, so a key this version doesn't know is passed over and
loses nothing.
"""

import json
import math
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from ..errors import InspectionError, Invalid, Message, say
from .checks import CheckKind, Verdict
from .photos import PhotoPurpose

FORMAT = "mingcha-check/1"
MAX_DEPTH = 12
MAX_FILES = 100
MAX_FIXES = 5_000
MAX_OFFSET_MS = 100 * 366 * 86_400_000
# Below, a phone's clock has lost its battery; above, arithmetic with offsets would run off the calendar
YEARS = range(1970, 2200)
# The phone page calls a fix that it watched "fix" and a place tapped on the map "map"
FIX_SOURCES = {"fix": "device", "map": "picked"}

# C0 and C1 controls but tab, line feed and carriage return, and surrogates without their other half
UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Malformed(InspectionError):
    """The bytes are no record at all."""

    message = say("收到的内容不是检查记录，没有保存；请刷新页面后重新发送")


def _years(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise ValueError
    return at


def _scalar(value: Any) -> Any:
    """A number or a short text; anything else is as good as nothing."""
    if isinstance(value, str):
        return FIX_SOURCES.get(value, value) if len(value) <= 100 else None
    return value if isinstance(value, int | float) and abs(value) < 1e18 else None


Moment = Annotated[AwareDatetime, AfterValidator(_years)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Scalar = Annotated[Any, BeforeValidator(_scalar)]
Count = Annotated[int, Field(ge=0, le=2**53)]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ChecklistKey(Part):
    code: Line
    version: Annotated[int, Field(ge=1, le=1_000_000)]


class Device(Part):
    """`clock_offset_ms` is the server's time less the device's, at their last contact."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    sequence: Count
    user_agent: str = ""
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
    note: Text = ""


class Signature(Part):
    refused: Text | None = None


class GivenFile(Part):
    """One line of the manifest. An empty or huge file is listed all the same: it is refused by name later."""

    id: UUID
    sha256: Sha256
    size: Count
    type: Annotated[str, StringConstraints(max_length=100)] = "application/octet-stream"
    purpose: PhotoPurpose = PhotoPurpose.SCENE
    item: Line | None = None
    caption: Text = ""
    taken_at: Moment | None = None
    fix: GivenFix | None = None
    position: Annotated[int, Field(ge=0, le=10_000)] = 0


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
    fixes: Annotated[list[GivenFix], Field(max_length=MAX_FIXES)] = []
    no_fix_reason: Line | None = None
    last_outdoor_fix: GivenFix | None = None
    answers: Annotated[list[GivenAnswer], Field(max_length=500)] = []
    facts: Annotated[dict[Line, Line | int | float | bool | None], Field(max_length=100)] = {}
    summary: Text | None = None
    person_in_charge: Line | None = None
    signature: Signature = Signature()
    files: Annotated[list[GivenFile], Field(max_length=MAX_FILES)] = []

    @property
    def finished_at_server(self) -> datetime:
        """When the visit ended by the server's clock, as well as the phone could know it."""
        return self.finished_at + timedelta(milliseconds=self.device.clock_offset_ms or 0)

    def shown(self, item: str) -> bool:
        """Whether a photo or document proves something about an item."""
        return any(file.item == item and file.purpose is not PhotoPurpose.SIGNATURE for file in self.files)


class Parsed:
    """A record's JSON before it is judged: its id can be known even where the rest is wrong."""

    def __init__(self, content: bytes):
        given = parse_json(content)
        self.tree, self.cleaned = clean(given)

    @property
    def id(self) -> UUID:
        try:
            return UUID(self.tree["id"])
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Invalid({"id": say("记录缺少编号，请刷新页面后重新发送")}) from None


def read_record(tree: dict[str, Any]) -> Record:
    """The record, or `Invalid` with a message for each field that can't be accepted."""
    try:
        record = Record.model_validate(tree)
    except ValidationError as error:
        raise Invalid(messages(error)) from None
    problems = dict(_own_rules(record))
    if problems:
        raise Invalid(problems)
    return record


def parse_json(content: bytes) -> dict[str, Any]:
    """A JSON object. Raises `Malformed` for anything else: duplicate keys, NaN and overlong numbers too."""
    try:
        tree = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(tree, dict):
        raise Malformed
    return tree


def clean(tree: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The same without characters that no database keeps, and whether there were any. `Malformed` if too deep."""
    found: list[bool] = []

    def cleaned(value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise Malformed
        if isinstance(value, str):
            found.append(bool(UNKEEPABLE.search(value)))
            return UNKEEPABLE.sub("", value)
        if isinstance(value, list):
            return [cleaned(each, depth + 1) for each in value]
        if isinstance(value, dict):
            return {_key(key): cleaned(each, depth + 1) for key, each in value.items()}
        return value

    return cleaned(tree, 0), any(found)


def _key(key: str) -> str:
    if UNKEEPABLE.search(key):
        raise Malformed  # cleaned, it might hide another key
    return key


def messages(error: ValidationError) -> dict[str, Message]:
    """What pydantic found, by JSON path, in words that say what to do."""
    return {_path(each["loc"]): _in_words(each["type"], each.get("ctx", {})) for each in error.errors()}


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


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _refuse(_: str) -> None:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _path(location: tuple[int | str, ...]) -> str:
    # the type of a fact is a union, and each branch that did not fit adds its own name to the path
    steps = location[:2] if location[:1] == ("facts",) else location
    return ".".join(map(str, steps))


def _in_words(kind: str, values: dict[str, Any]) -> Message:
    if kind in {"value_error", "timezone_aware"} or kind.startswith("datetime"):
        return say("时间不对，请检查手机的日期和时间")
    match kind:
        case "missing":
            return say("缺少这一项，请补充后重新提交")
        case "string_too_long":
            return say("太长了，请缩短到 {limit} 个字以内", limit=values["max_length"])
        case "too_long":
            return say("太多了，最多 {limit} 条", limit=values["max_length"])
        case "enum":
            return say("不是可选的值，请重新选择")
        case "literal_error":
            return say("手机页面的版本太旧，请刷新页面后重新提交")
        case _:
            return say("格式不对，请检查后重新提交")
