import json
import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.field.checklists import (
    Checklist,
    ChecklistItem,
    ListState,
    county_of,
    find_checklist,
    item_words,
    list_checklists,
)
from tests.factories import COUNTY

TODAY = date(2026, 11, 22)
OTHER = "421303"
CARRIED_OVER = {"wxgl": ("S4", 18), "xxaq": ("S1", 8), "pxcs": ("S2", 12)}


def test_the_25_items_are_in_the_database_and_in_order(session: Session) -> None:
    [checklist] = [each for each in list_checklists(session, COUNTY, TODAY) if each.code == "zd-25"]
    assert [item.code for item in checklist.items] == [f"zd-{number:02}" for number in range(1, 26)]
    assert [item.position for item in checklist.items] == list(range(1, 26))
    assert all(item.text_en.endswith(".") for item in checklist.items)


def test_the_list_that_suits_everywhere_comes_first(session: Session) -> None:
    assert [each.code for each in list_checklists(session, COUNTY, TODAY)] == [
        "zd-25",
        "wxgl",
        "xxaq",
        "lhjc",
        "pxcs",
    ]


def test_the_items_are_the_words_of_the_source(session: Session, shared_data: Path) -> None:
    text = _seed(shared_data, "S3")
    annex = text[text.index("附件3\n曾都区") : text.rindex("附件4\n")]
    items, section = [], ""
    for line in map(str.strip, annex.splitlines()):
        if heading := re.match(r"[一二三四]、(.+)", line):
            section = heading[1]
        if item := re.match(r"(\d+)\.(.+)", line):
            items.append((int(item[1]), section, item[2]))
    checklist = find_checklist(session, "zd-25", 1)
    assert checklist is not None
    assert [(each.position, each.section, each.text) for each in checklist.items] == items


@pytest.mark.parametrize("code", CARRIED_OVER)
def test_each_further_list_says_the_words_of_its_source(session: Session, shared_data: Path, code: str) -> None:
    """Letter by letter but for punctuation; of a fault that a source names, the item quotes the words."""
    seed, count = CARRIED_OVER[code]
    said = _bare(_seed(shared_data, seed))
    checklist = find_checklist(session, code, 1)
    assert checklist is not None
    assert len(checklist.items) == count
    for item in checklist.items:
        quoted = re.fullmatch(r"没有.*“(.+?)”的问题。", item.text)
        parts = quoted[1].split("、") if quoted else [item.text]
        assert all(_bare(part) in said for part in parts), item.text
        assert item.proof
        assert item.source.startswith("《")
        assert item.text_en.endswith(".")
        assert set(item.kinds) <= set(checklist.site_kinds)


@pytest.mark.parametrize("code", CARRIED_OVER)
def test_each_list_is_for_its_own_kinds_of_site(session: Session, code: str) -> None:
    checklist = find_checklist(session, code, 1)
    assert checklist is not None
    assert checklist.site_kinds == (["institution", "suspected"] if code == "pxcs" else ["school"])
    assert len({item.code for item in checklist.items}) == len(checklist.items)


def test_the_five_managements_are_five(session: Session) -> None:
    checklist = find_checklist(session, "wxgl", 1)
    assert checklist is not None
    sections = list(dict.fromkeys(item.section for item in checklist.items))
    assert sections == ["作业管理", "睡眠管理", "手机管理", "读物管理", "体质管理"]


def test_a_version_is_in_force_from_its_first_day_until_the_day_before_its_last() -> None:
    version = Checklist(state=ListState.PUBLISHED, valid_from=date(2026, 9, 1), valid_to=date(2026, 11, 22))
    assert [version.is_in_force(date(2026, 8, 31)), version.is_in_force(date(2026, 9, 1))] == [False, True]
    assert [version.is_in_force(date(2026, 11, 21)), version.is_in_force(TODAY)] == [True, False]


def test_the_code_says_whose_list_it_is() -> None:
    assert county_of("zd-25") is None
    assert county_of("361129-fire") == COUNTY


def test_another_county_neither_sees_nor_answers_a_list(session: Session) -> None:
    make_list(session, "361129-fire")
    assert item_words(session, COUNTY, "361129-fire", 1) == {"f-1": ("通道畅通", None)}
    assert item_words(session, OTHER, "361129-fire", 1) is None
    scope(session, OTHER)
    session.expire_all()
    assert "361129-fire" not in [each.code for each in list_checklists(session, OTHER, TODAY)]
    assert session.scalar(text("select count(*) from checklist_items where county is not null")) == 0


def test_a_draft_can_be_neither_chosen_nor_answered(session: Session) -> None:
    make_list(session, "361129-draft", state=ListState.DRAFT, valid_from=None)
    assert "361129-draft" not in [each.code for each in list_checklists(session, COUNTY, TODAY)]
    assert item_words(session, COUNTY, "361129-draft", 1) is None


def test_a_withdrawn_version_can_still_be_answered_by_phones_that_have_it(session: Session) -> None:
    make_list(session, "361129-old", state=ListState.WITHDRAWN)
    assert "361129-old" not in [each.code for each in list_checklists(session, COUNTY, TODAY)]
    assert item_words(session, COUNTY, "361129-old", 1) == {"f-1": ("通道畅通", None)}


def test_no_county_can_change_a_national_list(session: Session) -> None:
    assert session.execute(update(Checklist).where(Checklist.code == "zd-25").values(title="改")).rowcount == 0
    changed = update(ChecklistItem).where(ChecklistItem.checklist_code == "zd-25").values(text="改")
    assert session.execute(changed).rowcount == 0
    with pytest.raises(DBAPIError, match="row-level security"):
        session.execute(insert(Checklist).values(code="national", version=1, title="t", valid_from=TODAY))


def test_the_items_of_a_published_version_cannot_be_changed_even_by_hand(session: Session) -> None:
    make_list(session, "361129-fixed")
    own = ChecklistItem.checklist_code == "361129-fixed"
    assert session.execute(update(ChecklistItem).where(own).values(text="改")).rowcount == 0
    assert session.execute(text("delete from checklist_items where county is not null")).rowcount == 0


def test_a_code_cannot_name_another_county(session: Session) -> None:
    with pytest.raises(DBAPIError, match="own_code"):
        session.execute(
            insert(Checklist).values(county=COUNTY, code="421303-x", version=1, title="t", valid_from=TODAY)
        )


def make_list(session: Session, code: str, **values: object) -> Checklist:
    """A list of the county with one item, published unless said otherwise."""
    given = {"state": ListState.PUBLISHED, "valid_from": date(2026, 9, 1), "title": "消防通道"} | values
    item = ChecklistItem(county=COUNTY, code="f-1", position=1, section="消防", text="通道畅通")
    checklist = Checklist(
        county=COUNTY, code=code, version=1, **(given | {"state": ListState.DRAFT}), items=[item]
    )
    session.add(checklist)
    session.flush()
    checklist.state = given["state"]
    session.flush()
    return checklist


def _seed(shared_data: Path, name: str) -> str:
    [source] = (shared_data.parent / "domain" / "seeds").glob(f"{name}_*.txt")
    return source.read_text("utf-8")


def _bare(words: str) -> str:
    return re.sub(r"[\s，。；、：,.;:“”\"]", "", words)


def test_the_data_of_the_lists_is_as_it_was_published(session: Session) -> None:
    """A published file never changes: the database still says what it says."""
    for name in ("zd_25", "five_managements", "school_safety", "institution_premises", "joint_sheet"):
        folder = Path(__file__).parents[3] / "inspections" / "field" / "checklist_data"
        given = json.loads((folder / f"{name}.json").read_text("utf-8"))
        found = find_checklist(session, given["code"], given["version"])
        assert found is not None
        assert [(item.code, item.section, item.text) for item in found.items] == [
            (item["code"], item["section"], item["text"]) for item in given["items"]
        ]
