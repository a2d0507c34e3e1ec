import json
import re

import pytest

from tests.conftest import ROOT
from webapp.config import SETTINGS, read
from webapp.tile_sources import read as read_sources

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_setting_is_documented_with_its_default_and_none_is_stale() -> None:
    table = PAGE.partition("## Settings\n")[2].partition("\n### ")[0]
    rows = dict(re.findall(r"^\| `MINGCHA_(\w+)` \|([^|]*\|[^|]*)\|$", table, re.M))
    expected = {
        each.name: f" {f'`{each.default}`' if each.default != '' else ''} | {each.help} ".replace("  |", " |")
        for each in SETTINGS
    }
    assert {name: " ".join(row.split()) for name, row in rows.items()} == {
        name: " ".join(row.split()) for name, row in expected.items()
    }


def test_the_background_maps_of_the_page_can_be_set_as_they_stand_there() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.S)
    assert example
    assert [source.name for source in read_sources(example[1])] == [
        each["name"] for each in json.loads(example[1])
    ]


@pytest.mark.parametrize("text", ["1", "true", "on", "YES"])
def test_yes_has_several_words(text: str) -> None:
    assert read({"MINGCHA_SECURE_COOKIES": text})["SECURE_COOKIES"] is True


def test_a_value_of_the_wrong_type_names_its_setting() -> None:
    with pytest.raises(ValueError, match="MINGCHA_MAX_PIXELS='many'"):
        read({"MINGCHA_MAX_PIXELS": "many"})
