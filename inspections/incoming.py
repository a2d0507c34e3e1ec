"""JSON as it comes from outside: read strictly, cleaned, and refused in words that name the place."""

import json
import math
import re
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from .errors import InspectionError, Invalid, Message, say

MAX_DEPTH = 12
# Below, a phone's clock has lost its battery; above, arithmetic with offsets would run off the calendar
YEARS = range(1970, 2200)

# C0 and C1 controls but tab, line feed and carriage return, and surrogates without their other half
UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Malformed(InspectionError):
    """The bytes are no JSON object that could be read."""

    message = say("收到的内容格式不对，没有保存；请刷新页面后重新发送")


def _years(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise ValueError
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_years)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]


class Part(BaseModel):
    """A part of what came. A key that this version doesn't know is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Model = TypeVar("Model", bound=Part)


class Arrived:
    """A record's JSON before it is judged: its id can be known even where the rest is wrong."""

    def __init__(self, content: bytes):
        given = parse_json(content)
        if is_clean(content):
            refuse_too_deep(given)
            self.tree, self.cleaned = given, False
        else:
            self.tree, self.cleaned = clean(given)

    @property
    def id(self) -> UUID:
        try:
            return UUID(self.tree["id"])
        except (KeyError, ValueError, TypeError, AttributeError):
            raise Invalid({"id": say("记录缺少编号，请刷新页面后重新发送")}) from None


def read(model: type[Model], tree: dict[str, Any]) -> Model:
    """The tree as a model, or `Invalid` with a message for each field that can't be accepted."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise Invalid(messages(error)) from None


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


def is_clean(content: bytes) -> bool:
    """Whether some JSON surely has no character that no database keeps: none stands in it, and none is escaped."""
    escaped = any(escape in content for escape in (b"\\u", b"\\b", b"\\f"))
    return not escaped and not UNKEEPABLE.search(content.decode("utf-8"))


def refuse_too_deep(tree: dict[str, Any]) -> None:
    """`Malformed` for what `clean` would find too deep, without looking at a single text."""
    level: list[Any] = [tree]
    for _ in range(MAX_DEPTH):
        inside = [each.values() if isinstance(each, dict) else each for each in level]
        level = [child for part in inside for child in part if isinstance(child, dict | list)]
    if any(level):
        raise Malformed


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
    found = error.errors(include_url=False, include_input=False)
    return {_path(each["loc"]): _in_words(each["type"], each.get("ctx", {})) for each in found}


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
