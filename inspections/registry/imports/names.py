"""Names of areas as people write them: 陈营, 陈营镇 and 陈营镇人民政府 are one township."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

_TAIL = re.compile(
    r"(人民政府|街道办事处|办事处|居民委员会|村民委员会|居委会|村委会|开发区|街道|社区|地区|镇|乡|村|街)$"
)


@lru_cache(maxsize=8192)
def bare(name: str) -> str:
    """The name without brackets, spaces and the words for what it is; never less than two characters."""
    text = re.sub(r"[(\[【].*?[)\]】]|\s", "", unicodedata.normalize("NFKC", name))
    while (shorter := _TAIL.sub("", text)) != text and len(shorter) >= 2:
        text = shorter
    return text


class NameIndex(Generic[T]):
    """Things by name: the name itself first, an alias next, then the bare name if it is nobody else's."""

    def __init__(self, named: Iterable[tuple[str, T]], aliases: Mapping[str, T] | None = None) -> None:
        self._exact: dict[str, T] = {}
        self._bare: dict[str, list[T]] = {}
        for name, thing in named:
            self._exact.setdefault(name, thing)
            self._bare.setdefault(bare(name), []).append(thing)
        for alias, thing in (aliases or {}).items():
            self._exact.setdefault(alias, thing)

    def find(self, name: str) -> T | None:
        if not name:
            return None
        if (thing := self._exact.get(name)) is not None:
            return thing
        candidates = self._bare.get(bare(name), [])
        return candidates[0] if len(candidates) == 1 else None
