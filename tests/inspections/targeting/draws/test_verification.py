"""A published file is drawn again from itself; whatever was changed in it is found."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.targeting.draws import verification
from inspections.targeting.draws.draw_file import Unreadable, canonical, read, sealed, sha256_of
from inspections.targeting.draws.sampling import Turn, commitment_of, key_of, salt_of, ticket
from inspections.targeting.draws.verification import FAILS, HOLDS, UNREADABLE, main, verify
from tests.conftest import ROOT
from tests.drawn import make_file, make_pool, make_tree

FILE = make_file()


def unfinished(stage: str) -> dict[str, Any]:
    tree = make_tree()
    later = {"committed": ("frozen", "drawn"), "frozen": ("drawn",)}[stage]
    tree["moments"] = {name: at for name, at in tree["moments"].items() if name not in later}
    tree |= {"stage": stage, "result": None, "public_number": None}
    return tree | ({"pool": None, "pool_sha256": None} if stage == "committed" else {})


def test_an_honest_file_holds_in_every_point() -> None:
    report = verify(FILE)
    assert report.status == HOLDS, list(report.lines())
    assert len(report.found) >= 9
    assert set(report.hashes) == {"file", "commitment", "pool"}


@pytest.mark.parametrize("stage", ["committed", "frozen"])
def test_a_draw_that_was_ended_early_is_verified_as_far_as_it_went(stage: str) -> None:
    assert verify(sealed(unfinished(stage))).status == HOLDS


def test_replacements_are_drawn_again_as_well() -> None:
    tree = make_tree()
    first, second = tree["result"][0], tree["result"][1]
    turns = [Turn(first["site"], first["officers"][0], "ill"), Turn(second["site"], "", "closed")]
    assert verify(make_file(None, turns)).status == HOLDS
    left_out = make_tree(None, turns) | {"turns": []}
    assert verify(sealed(left_out)).status == FAILS


@given(place=st.integers(0, len(FILE) - 1), value=st.integers(0, 255))
def test_any_byte_that_was_changed_is_found(place: int, value: int) -> None:
    changed = FILE[:place] + bytes([value]) + FILE[place + 1 :]
    assert (verify(changed).status == HOLDS) == (changed == FILE)


@given(length=st.integers(0, len(FILE) - 1))
def test_a_file_that_was_cut_short_is_found(length: int) -> None:
    assert verify(FILE[:length]).status == UNREADABLE


LEAVES = [
    *(("seed",), ("commitment",), ("pool_sha256",), ("public_number",), ("county",), ("draw",)),
    *(("pool", "salt"), ("pool", "officers", 0, "id"), ("pool", "officers", 0, "department")),
    *(("pool", "sites", 3, "id"), ("pool", "sites", 3, "name"), ("pool", "sites", 3, "stratum")),
    *(("pool", "strata", 0, "percent"), ("pool", "strata", 0, "least")),
    *(("pool", "plan", "officers"), ("pool", "plan", "departments_differ")),
    *(("result", 0, "site"), ("result", 0, "officers", 0), ("result", 0, "stratum"), ("result", 0, "state")),
]


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: ".".join(map(str, path)))
def test_who_changes_a_value_and_seals_the_file_anew_is_found_too(path: tuple[Any, ...]) -> None:
    tree = json.loads(FILE)
    spot: Any = tree
    for step in path[:-1]:
        spot = spot[step]
    value = spot[path[-1]]
    match value:
        case bool():
            spot[path[-1]] = not value
        case int():
            spot[path[-1]] = value + 1
        case str():
            spot[path[-1]] = ("0" if value[0] != "0" else "1") + value[1:]
    assert verify(sealed(tree)).status in (FAILS, UNREADABLE)


def test_who_changes_the_pool_and_all_that_follows_meets_another_hash_than_was_published() -> None:
    other = make_file(make_pool(sites=21))
    assert verify(other).status == HOLDS
    report = verify(other, {"pool": verify(FILE).hashes["pool"], "commitment": verify(FILE).hashes["commitment"]})
    assert report.status == FAILS
    assert [each.english for each in report.found if not each.holds] == ["meets the hash you gave: pool"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not whole JSON"),
        (b"not json", "not whole JSON"),
        (b"[]", "not the file of a draw"),
        (b'{"format":"something else"}', "not the file of a draw"),
        (b'{"format":"mingcha-draw","version":2}', "version 2"),
        (b'{"format":"mingcha-draw","version":true}', "version True"),
        (b'{"format":"mingcha-draw","version":1}', "shape is wrong"),
        (b'{"format":"mingcha-draw","version":1,"version":1}', "stands twice"),
        (b'{"format":"mingcha-draw","version":NaN}', "not whole JSON"),
        (b'{"format":"mingcha-draw","version":1.0}', "not whole JSON"),
        (b'{"format":"mingcha-draw","version":' + b"9" * 10_000 + b"}", "not whole JSON"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b'{"format":"mingcha-draw","version":1,"a":' + b"[" * 20 + b"]" * 20 + b"}", "nested too deeply"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"format":"mingcha-draw","version":1,"a":"\\ud800"}', "characters that are none"),
        (FILE + b"\n{}", "not whole JSON"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_this_version_is_refused_in_plain_words(content: bytes, said: str) -> None:
    report = verify(content)
    assert report.status == UNREADABLE
    assert said in "".join(report.lines())


def test_a_file_of_any_size_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspections.targeting.draws.draw_file.MOST_BYTES", len(FILE) - 1)
    with pytest.raises(Unreadable, match="too large"):
        read(FILE)


def test_spaces_another_order_or_escaped_letters_are_no_longer_the_published_bytes() -> None:
    tree = json.loads(FILE)
    for changed in (json.dumps(tree, ensure_ascii=False).encode(), json.dumps(tree, sort_keys=True).encode()):
        assert verify(changed).status == FAILS
    assert canonical(tree) == FILE


def test_an_order_that_was_turned_round_is_found() -> None:
    tree = make_tree()
    tree["moments"]["committed"], tree["moments"]["frozen"] = (
        tree["moments"]["frozen"],
        tree["moments"]["committed"],
    )
    report = verify(sealed(tree))
    assert [each.english for each in report.found if not each.holds] == [
        "committed first, then frozen, then drawn"
    ]


def nested(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), nested, max_leaves=8)


@given(value=ANYTHING, data=st.data())
def test_whatever_stands_in_the_place_of_a_member_is_refused_and_never_trips(
    value: Any, data: st.DataObject
) -> None:
    tree = json.loads(FILE)
    name = data.draw(st.sampled_from(sorted(tree)))
    tree[name] = value
    try:
        content = sealed(tree)
    except ValueError:
        return
    verify(content)  # any answer, no error


def test_the_hash_of_the_pool_is_that_of_its_canonical_json() -> None:
    assert sha256_of({"b": 1, "a": "点"}) == sha256_of({"a": "点", "b": 1})
    assert canonical({"b": 1, "a": "点"}) == '{"a":"点","b":1}'.encode()


def test_the_command_says_it_in_both_languages_and_by_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(FILE)
    bad.write_bytes(FILE.replace(b"site-0003", b"site-0033"))
    assert main([str(good)]) == HOLDS
    said = capsys.readouterr().out
    assert "先承诺、再冻结、后抽取" in said
    assert "the same sites and officers" in said
    assert main([str(bad)]) == FAILS
    assert "不成立" in capsys.readouterr().out
    assert main([str(tmp_path / "absent.json")]) == UNREADABLE
    assert main([str(good), "--commitment", "00" * 32]) == FAILS


def test_a_fresh_process_with_three_modules_and_no_database_draws_the_same(tmp_path: Path) -> None:
    """Only the standard library: `-S -I` leaves no site-packages and no environment."""
    package = tmp_path / "draws"
    package.mkdir()
    for name in ("__init__", "sampling", "draw_file", "verification"):
        shutil.copy(Path(verification.__file__).parent / f"{name}.py", package)
    (tmp_path / "draw.json").write_bytes(FILE)
    run = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from draws.verification import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-S", "-I", "-X", "utf8", "-c", run, "draw.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "draw.json").write_bytes(FILE[:-1])
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, env={}, check=False).returncode == 2


def test_the_flask_command_needs_no_database(tmp_path: Path) -> None:
    (tmp_path / "draw.json").write_bytes(FILE)
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    env = os.environ | {"DATABASE_URL": nowhere, "APP_DATABASE_URL": nowhere, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "mingcha", "draw", "verify"]
    for content, status in ((FILE, 0), (FILE.replace(b"site-0003", b"site-0033"), 1), (b"{", 2)):
        (tmp_path / "draw.json").write_bytes(content)
        done = subprocess.run(
            [*command, str(tmp_path / "draw.json")], cwd=ROOT, capture_output=True, text=True, env=env, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr


def test_the_worked_example_of_the_documentation_holds_and_its_tickets_are_right() -> None:
    page = (ROOT / "docs" / "draw-verification.md").read_text("utf-8")
    content = page.split("```json\n")[1].split("\n```")[0].encode()
    assert verify(content).status == HOLDS
    tree = read(content)
    key = key_of(
        bytes.fromhex(tree["seed"]), tree["county"], tree["draw"], tree["pool_sha256"], tree["public_number"]
    )
    for site in tree["pool"]["sites"]:
        assert f"| {site['id']} | `{ticket(key, 'site', site['stratum'], site['id']).hex()}` |" in page
    assert commitment_of(bytes(range(32))) in page
    assert salt_of(bytes(range(32))) in page
