"""The English is complete, and compiles to what the app and the browser read."""

import json
from pathlib import Path

import pytest
from babel.messages import Catalog

from webapp.translations import catalogue
from webapp.translations.catalogue import faults, gaps, in_line, read, save, script_words
from webapp.translations.sources import words_by_file


@pytest.fixture
def small() -> Catalog:
    made = Catalog(locale="en")
    made.add("{n} 个点位", "{n} {n:site|sites}", locations=[("static/desk/map.js", 0)])
    made.add("地图", "Map", locations=[("webapp/desk/words.py", 0)])
    return made


FOUND = {"static/desk/map.js": {"{n} 个点位"}, "webapp/desk/words.py": {"地图"}}


def test_every_word_of_the_screen_has_its_english() -> None:
    assert faults(read(), words_by_file()) == []


def test_extracting_again_changes_nothing(tmp_path: Path) -> None:
    save(in_line(read(), words_by_file()), tmp_path / "messages.po")
    # Two files of this size are told apart at once, and their difference is shown only after minutes
    is_as_it_was = (tmp_path / "messages.po").read_bytes() == catalogue.CATALOGUE.read_bytes()
    assert is_as_it_was, "python -m webapp.translations extract"


def test_a_complete_catalogue_has_no_faults(small: Catalog) -> None:
    assert faults(small, FOUND) == []


def test_a_new_word_an_old_one_and_other_gaps_are_named(small: Catalog) -> None:
    small.get("{n} 个点位").string = "{m} sites"
    assert faults(small, {"static/desk/map.js": {"{n} 个点位", "放大"}}) == [
        "not in the catalogue: '放大'",
        "no longer in the sources: '地图'",
        "other gaps: '{n} 个点位' → '{m} sites'",
    ]


def test_a_word_without_english_or_only_guessed_is_named(small: Catalog) -> None:
    small.get("地图").string = ""
    small.get("{n} 个点位").flags.add("fuzzy")
    assert faults(small, FOUND) == ["only guessed: '{n} 个点位'", "no English: '地图'"]


def test_a_word_that_a_script_began_to_say_must_be_extracted_again(small: Catalog) -> None:
    found = FOUND | {"static/desk/menu.js": {"地图"}}
    assert faults(small, found) == ["not marked as said by a script: '地图'"]
    assert faults(in_line(small, found), found) == []


def test_bringing_in_line_keeps_english_and_drops_what_is_gone(small: Catalog) -> None:
    made = in_line(small, {"webapp/desk/words.py": {"地图", "点位"}})
    assert {message.id: message.string for message in made if message.id} == {"地图": "Map", "点位": ""}


def test_gaps_are_the_same_however_they_choose_a_plural() -> None:
    assert gaps("{n} {n:site|sites} of {place}") == gaps("{place} 有 {n} 个") == {"n", "place"}
    assert gaps("100%% of %(n)s") == {"%%", "%(n)s"}


def test_the_browser_gets_the_words_of_scripts_and_no_others(small: Catalog) -> None:
    assert script_words(small) == {"{n} 个点位": "{n} {n:site|sites}"}


def test_a_plural_stands_only_where_it_is_understood() -> None:
    """Templates fill %(n)s, and the scripts of maps fill {n} themselves: neither chooses by a number."""
    sources = words_by_file()
    plain = {path for path in sources if path.endswith(".html") or path.startswith("geo/maps/labels")}
    words = set().union(*(sources[path] for path in plain))
    assert [each.id for each in read() if each.id in words and "|" in each.string] == []


def test_the_header_names_no_date_tool_or_person() -> None:
    head = catalogue.CATALOGUE.read_text(encoding="utf-8").split("\n\n")[0]
    assert "POT-Creation-Date" not in head
    assert "@" not in head
    assert "charset=utf-8" in head


def test_compiling_writes_what_app_and_browser_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "COMPILED", tmp_path / "messages.mo")
    monkeypatch.setattr(catalogue, "SCRIPT", tmp_path / "script.json")
    catalogue.compile_catalogue()
    assert (tmp_path / "messages.mo").stat().st_size > 10_000
    words = json.loads((tmp_path / "script.json").read_text(encoding="utf-8"))
    assert words["刚刚"] == "just now"
    assert "请先登录" not in words
