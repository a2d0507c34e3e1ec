"""The published file: canonical JSON, read strictly, and its shape.

Canonical: keys sorted by code point, no spaces, letters as they are, UTF-8, whole numbers only. So a file has one
form, and every byte of it is under its own `sha256`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from .sampling import VERSION

FORMAT = "mingcha-draw"
STAGES = ("committed", "frozen", "drawn")
MOST_BYTES = 64 * 1024 * 1024
MOST_DEPTH = 8
MOST_PAIRS = 50_000_000  # sites times officers: a county has far fewer, and nobody waits for hours
MEMBERS = {
    "format", "version", "county", "draw", "number", "title", "stage", "moments", "commitment", "seed", "pool",
    "pool_sha256", "public_number", "turns", "result", "ended", "supersedes", "sha256",
}  # fmt: skip
HEX = re.compile(r"[0-9a-f]{64}")
# A line break would let two lists of parts make one ticket
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Unreadable(ValueError):
    """The bytes are no file of a draw that this version reads; says why in Chinese and in English."""

    def __init__(self, chinese: str, english: str):
        self.chinese, self.english = chinese, english
        super().__init__(english)


def canonical(tree: Any) -> bytes:
    """The one form of a tree. Raises ValueError for NaN, and for text that UTF-8 can't hold."""
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256_of(tree: Any) -> str:
    return hashlib.sha256(canonical(tree)).hexdigest()


def sealed(tree: Mapping[str, Any]) -> bytes:
    """The bytes to publish: the tree with its own hash."""
    bare = {name: value for name, value in tree.items() if name != "sha256"}
    return canonical(bare | {"sha256": sha256_of(bare)})


def read(content: bytes) -> dict[str, Any]:
    """The tree of a file whose shape is right. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable("文件太大，不是抽取文件", "the file is too large to be the file of a draw")
    try:
        tree = json.loads(
            content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_refuse
        )
    except _Twice as error:
        raise Unreadable(f"同一个名称出现两次：{error.name!r}", f"a name stands twice: {error.name!r}") from None
    except UnicodeDecodeError:
        raise Unreadable("文件不是 UTF-8 文本", "the file is not UTF-8 text") from None
    except RecursionError:
        raise Unreadable("嵌套太深，不是抽取文件", "nested too deeply to be the file of a draw") from None
    except ValueError:
        raise Unreadable(
            "文件不是完整的 JSON，可能没有下载完，或者被改动过",
            "the file is not whole JSON; it may be cut short or changed",
        ) from None
    _check_kind(tree)
    return tree


def _check_kind(tree: Any) -> None:
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise Unreadable("这不是“双随机”抽取文件", "this is not the file of a draw")
    version = tree.get("version")
    if version != VERSION or isinstance(version, bool):
        raise Unreadable(
            f"文件的版本是 {version!r}，本程序只认得 {VERSION}，请用相应版本的程序核验",
            f"the file is of version {version!r}; this program reads {VERSION} only",
        )
    if _depth(tree) > MOST_DEPTH:
        raise Unreadable("嵌套太深，不是抽取文件", "nested too deeply to be the file of a draw")
    try:
        canonical(tree)
    except ValueError:
        raise Unreadable("文件里有不成字的字符", "the file holds characters that are none") from None
    if (place := _wrong_place(tree)) is not None:
        raise Unreadable(f"文件的结构不对：{place}", f"the file's shape is wrong at: {place}")


def _depth(tree: Any) -> int:
    level, depth = [tree], 0
    while level:
        inside = [each.values() if isinstance(each, dict) else each for each in level]
        level = [child for part in inside for child in part if isinstance(child, dict | list)]
        depth += 1
    return depth


def _wrong_place(tree: dict[str, Any]) -> str | None:
    """The first member whose shape is wrong, or None."""
    if tree.keys() != MEMBERS:
        return ", ".join(sorted(tree.keys() ^ MEMBERS))
    stage = tree["stage"]
    is_frozen, is_drawn = stage in STAGES[1:], stage == "drawn"
    right = {
        "stage": stage in STAGES,
        "county": _line(tree["county"]),
        "draw": _line(tree["draw"]),
        "number": _whole(tree["number"]),
        "title": isinstance(tree["title"], str),
        "commitment": _hash(tree["commitment"]),
        "seed": _hash(tree["seed"]),
        "sha256": _hash(tree["sha256"]),
        "moments": isinstance(tree["moments"], dict) and all(map(_line, tree["moments"].values())),
        "pool_sha256": _hash(tree["pool_sha256"]) if is_frozen else tree["pool_sha256"] is None,
        "public_number": _line(tree["public_number"], "") if is_drawn else tree["public_number"] is None,
        "pool": _is_pool(tree["pool"]) if is_frozen else tree["pool"] is None,
        "turns": _each(tree["turns"], _is_turn) and (is_drawn or tree["turns"] == []),
        "result": _each(tree["result"], _is_visit) if is_drawn else tree["result"] is None,
        "ended": tree["ended"] is None or isinstance(tree["ended"], dict),
        "supersedes": tree["supersedes"] is None or isinstance(tree["supersedes"], dict),
    }
    return next((name for name, holds in right.items() if not holds), None)


def _is_pool(pool: Any) -> bool:
    if not isinstance(pool, dict) or not _has(pool, "salt", "plan", "strata", "sites", "officers", "left_out"):
        return False
    plan = pool["plan"]
    return (
        _hash(pool["salt"])
        and isinstance(plan, dict)
        and plan.keys() >= {"officers", "departments_differ"}
        and _whole(plan["officers"])
        and plan["officers"] >= 1
        and isinstance(plan["departments_differ"], bool)
        and _each(pool["strata"], _is_stratum)
        and _each(pool["sites"], _is_site)
        and _each(pool["officers"], _is_officer)
        and isinstance(pool["left_out"], dict)
        and len(pool["sites"]) * len(pool["officers"]) <= MOST_PAIRS
    )


def _is_stratum(each: Any) -> bool:
    return _has(each, "name", "percent", "least") and (
        _line(each["name"]) and _whole(each["percent"], 100) and _whole(each["least"])
    )


def _is_site(each: Any) -> bool:
    return _has(each, "id", "name", "stratum", "barred") and (
        _line(each["id"]) and isinstance(each["name"], str) and _line(each["stratum"])
        and _each(each["barred"], _line)
    )  # fmt: skip


def _is_officer(each: Any) -> bool:
    return _has(each, "id", "department", "open_tasks") and (
        _line(each["id"]) and isinstance(each["department"], str) and _whole(each["open_tasks"])
    )


def _is_turn(each: Any) -> bool:
    return _has(each, "site", "officer", "why", "at") and (
        _line(each["site"]) and _line(each["officer"], "") and _line(each["why"]) and _line(each["at"])
    )


def _is_visit(each: Any) -> bool:
    return _has(each, "site", "stratum", "officers", "state") and (
        _line(each["site"]) and _line(each["stratum"]) and _line(each["state"]) and _each(each["officers"], _line)
    )


def _has(each: Any, *names: str) -> bool:
    return isinstance(each, dict) and each.keys() == set(names)


def _each(rows: Any, is_right: Any) -> bool:
    return isinstance(rows, list) and all(map(is_right, rows))


def _line(value: Any, *allowed: str) -> bool:
    return isinstance(value, str) and (value in allowed or (0 < len(value) <= 500 and not CONTROL.search(value)))


def _hash(value: Any) -> bool:
    return isinstance(value, str) and HEX.fullmatch(value) is not None


def _whole(value: Any, most: int = 10**9) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


class _Twice(ValueError):
    def __init__(self, name: str):
        self.name = name
        super().__init__(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _refuse(text: str) -> Any:
    raise ValueError(text)
