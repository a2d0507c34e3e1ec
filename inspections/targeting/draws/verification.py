"""Draw again from a published file, and say in Chinese and in English what holds and what does not.

Needs the file and nothing else: `flask --app wsgi mingcha draw verify FILE`, or without the rest of the program
`python -m inspections.targeting.draws.verification FILE`. Exit status: 0 all holds, 1 something does not, 2 the
file can't be read.
"""

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from .draw_file import STAGES, Unreadable, canonical, read, sha256_of
from .sampling import REPLACED, VISIT, BadTurn, Turn, commitment_of, key_of, number_of, result_of, salt_of

HOLDS, FAILS, UNREADABLE = 0, 1, 2


class Found(NamedTuple):
    """One thing that was looked at."""

    holds: bool
    chinese: str
    english: str


class Report(NamedTuple):
    """`status` is the exit status; `hashes` are to be compared with what the county published at the time."""

    status: int
    found: list[Found]
    hashes: dict[str, str]

    def lines(self) -> Iterator[str]:
        for each in self.found:
            yield f"[{'成立 OK' if each.holds else '不成立 FAILED'}] {each.chinese} / {each.english}"
        for name, value in self.hashes.items():
            yield f"{name}: {value}"
        yield VERDICTS[self.status]


VERDICTS = {
    HOLDS: "结论：全部成立。请把上面的承诺和名录哈希与当时公布的对照。/ "
    "All of it holds. Compare the commitment and the pool hash above with what was published at the time.",
    FAILS: "结论：有不成立的项目，这份文件不能证明抽取结果。/ Something does not hold: this file proves nothing.",
    UNREADABLE: "结论：无法核验。/ Can't be verified.",
}


def verify(content: bytes, expected: dict[str, str] | None = None) -> Report:
    """Look at everything that follows from the bytes alone.

    `expected` names hashes that were written down before (`file`, `commitment`, `pool`) and must be met.
    """
    try:
        tree = read(content)
    except Unreadable as error:
        return Report(UNREADABLE, [Found(False, error.chinese, error.english)], {})
    hashes = {"file": hashlib.sha256(content).hexdigest(), "commitment": tree["commitment"]}
    if tree["pool_sha256"]:
        hashes["pool"] = tree["pool_sha256"]
    found = [*_of_file(content, tree), *_of_moments(tree), *_of_seed(tree)]
    if tree["stage"] != STAGES[0]:
        found += _of_pool(tree)
    if tree["stage"] == STAGES[2] and all(each.holds for each in found):
        found += [*_of_result(tree), *_of_rules(tree)]
    found += [
        Found(hashes.get(name) == value, f"与您给出的哈希一致：{name}", f"meets the hash you gave: {name}")
        for name, value in (expected or {}).items()
    ]
    return Report(HOLDS if all(each.holds for each in found) else FAILS, found, hashes)


def _of_file(content: bytes, tree: dict[str, Any]) -> Iterator[Found]:
    bare = {name: value for name, value in tree.items() if name != "sha256"}
    is_whole = content == canonical(tree) and sha256_of(bare) == tree["sha256"]
    yield Found(is_whole, "文件完整，没有一个字节被改动", "the file is whole: no byte of it was changed")


def _of_moments(tree: dict[str, Any]) -> Iterator[Found]:
    steps = STAGES[: STAGES.index(tree["stage"]) + 1]
    moments = [tree["moments"].get(each) for each in steps]
    in_order = set(tree["moments"]) == set(steps) and None not in moments and moments == sorted(moments)
    yield Found(in_order, "先承诺、再冻结、后抽取", "committed first, then frozen, then drawn")


def _of_seed(tree: dict[str, Any]) -> Iterator[Found]:
    is_kept = commitment_of(bytes.fromhex(tree["seed"])) == tree["commitment"]
    yield Found(is_kept, "种子就是承诺的那一个", "the seed is the one that was committed to")


def _of_pool(tree: dict[str, Any]) -> Iterator[Found]:
    pool = tree["pool"]
    yield Found(
        sha256_of(pool) == tree["pool_sha256"],
        "名录就是冻结的那一份",
        "the pool is the one that was frozen",
    )
    yield Found(
        pool["salt"] == salt_of(bytes.fromhex(tree["seed"])),
        "名录的盐由种子得出",
        "the salt of the pool follows from the seed",
    )
    yield Found(_is_sound(pool), "名录有序、不重复、前后相符", "the pool is in order, without repetition")


def _is_sound(pool: dict[str, Any]) -> bool:
    strata = [each["name"] for each in pool["strata"]]
    sites = [each["id"] for each in pool["sites"]]
    officers = [each["id"] for each in pool["officers"]]
    in_order = all(_rises(names) for names in (strata, sites, officers, *(s["barred"] for s in pool["sites"])))
    return in_order and all(
        each["stratum"] in set(strata) and set(each["barred"]) <= set(officers) for each in pool["sites"]
    )


def _rises(names: list[str]) -> bool:
    return all(first < second for first, second in pairwise(names))


def _of_result(tree: dict[str, Any]) -> Iterator[Found]:
    key = key_of(
        bytes.fromhex(tree["seed"]), tree["county"], tree["draw"], tree["pool_sha256"], tree["public_number"]
    )
    turns = [Turn(each["site"], each["officer"], each["why"]) for each in tree["turns"]]
    try:
        is_same = result_of(key, tree["pool"], turns) == tree["result"]
        said = "重新抽取，得到同样的点位和人员", "drawn again: the same sites and officers"
    except BadTurn as error:
        is_same = False
        said = f"替换记录与结果对不上：{error}", f"a replacement does not fit the result: {error}"
    yield Found(is_same, *said)


def _of_rules(tree: dict[str, Any]) -> Iterator[Found]:
    """The rules of the plan, looked at in the result and not by drawing again."""
    pool = tree["pool"]
    standing = [each for each in tree["result"] if each["state"] != REPLACED]
    manned = [each for each in standing if each["state"] == VISIT]
    barred = {each["id"]: set(each["barred"]) for each in pool["sites"]}
    department = {each["id"]: each["department"] for each in pool["officers"]}
    size = pool["plan"]["officers"]
    yield Found(
        all(len(each["officers"]) == size == len(set(each["officers"])) for each in manned),
        f"每个点位都是 {size} 名不同的人员",
        f"{size} different officers for every site",
    )
    yield Found(
        all(barred.get(each["site"], set()).isdisjoint(each["officers"]) for each in manned),
        "应当回避的人都没有被派去",
        "nobody was sent where he must stay away",
    )
    if pool["plan"]["departments_differ"]:
        yield Found(
            all(len({department.get(name) for name in each["officers"]}) > 1 for each in manned),
            "每组人员来自不同部门",
            "each team is of more than one department",
        )
    yield Found(_is_enough(pool, tree["result"]), "每一层都抽够了数", "enough was drawn of every stratum")


def _is_enough(pool: dict[str, Any], result: list[dict[str, Any]]) -> bool:
    size = Counter(each["stratum"] for each in pool["sites"])
    drawn = Counter(each["stratum"] for each in result)
    standing = Counter(each["stratum"] for each in result if each["state"] != REPLACED)
    for each in pool["strata"]:
        name = each["name"]
        wanted = number_of(size[name], each["percent"], each["least"])
        if standing[name] < wanted and drawn[name] < size[name]:
            return False
    return True


def main(arguments: list[str] | None = None, say: Callable[[str], Any] | None = None) -> int:
    """Verify the file named on the command line; the exit status."""
    given = _parser().parse_args(arguments)
    told = say or (lambda line: sys.stdout.write(f"{line}\n"))
    try:
        content = Path(given.file).read_bytes()
    except OSError as error:
        told(f"打不开文件 / can't open the file: {error.strerror}")
        return UNREADABLE
    expected = {name: getattr(given, name) for name in ("commitment", "pool") if getattr(given, name)}
    report = verify(content, {name: value.lower() for name, value in expected.items()})
    for line in report.lines():
        told(line)
    return report.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Verify the published file of a draw 核验双随机抽取文件")
    parser.add_argument("file")
    parser.add_argument("--commitment", help="the commitment as it was published before the pool was frozen")
    parser.add_argument("--pool", help="the hash of the pool as it was published before the draw")
    return parser


if __name__ == "__main__":
    sys.exit(main())
