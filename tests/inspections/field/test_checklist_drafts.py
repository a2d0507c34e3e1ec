from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.field.checklist_content import Content, ItemContent, faults
from inspections.field.checklist_difference import compare
from inspections.field.checklist_drafts import (
    Overtaken,
    begin_list,
    copy_list,
    draft_of,
    fetch_back,
    give_up,
    mark_of,
    revise,
    save_draft,
    versions_of,
)
from inspections.field.checklist_publishing import history_of, publish, withdraw
from inspections.field.checklists import ListState, find_checklist, item_words, list_checklists
from inspections.registry.people import Person, Role
from tests.factories import COUNTY, NOW, make_person

TODAY = date(2026, 11, 20)
ITEMS = (
    ItemContent("f-1", "消防", "通道畅通", kinds=("school",), proof="通道照片"),
    ItemContent("f-2", "消防", "灭火器在有效期内"),
)
FIRE = Content("消防检查", ITEMS, source="县消防大队", site_kinds=("school",), check_kinds=("special",))


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="何静")


@pytest.fixture
def director(session: Session) -> Person:
    return make_person(session, Role.DIRECTOR, name="李主任")


def test_a_new_list_is_a_draft_that_no_phone_gets(session: Session, dispatcher: Person) -> None:
    draft = begin_list(session, dispatcher, "fire", FIRE, NOW)
    assert (draft.code, draft.version, draft.state) == (f"{COUNTY}-fire", 1, ListState.DRAFT)
    assert draft.short_code == "fire"
    session.expire_all()
    assert Content.of(draft_of(session, dispatcher, draft.code)) == FIRE
    assert draft.code not in [each.code for each in list_checklists(session, COUNTY, TODAY)]


def test_publishing_makes_it_the_one_that_new_checks_use(
    session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "use")
    [found] = [each for each in list_checklists(session, COUNTY, TODAY) if each.code == code]
    assert (found.version, found.valid_from, found.valid_to) == (1, TODAY, None)


def test_a_new_version_ends_the_one_before_and_leaves_its_words(
    session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "again")
    draft = revise(session, dispatcher, code, NOW)
    assert (draft.version, Content.of(draft)) == (2, FIRE)
    assert [each.version for each in list_checklists(session, COUNTY, TODAY) if each.code == code] == [1]
    changed = FIRE.with_items([ITEMS[1], replace(ITEMS[0], text="疏散通道畅通")])
    save_draft(session, dispatcher, code, changed, seen=mark_of(draft), now=NOW)
    publish(session, director, code, TODAY, seen=mark_of(draft), today=TODAY, now=NOW)
    session.expire_all()
    second, first = versions_of(session, dispatcher, code)
    assert (first.state, first.valid_to) == (ListState.PUBLISHED, TODAY)
    assert [item.text for item in first.items] == ["通道畅通", "灭火器在有效期内"]
    assert [(item.code, item.position, item.text) for item in second.items] == [
        ("f-2", 1, "灭火器在有效期内"),
        ("f-1", 2, "疏散通道畅通"),
    ]
    assert [each.version for each in list_checklists(session, COUNTY, TODAY) if each.code == code] == [2]
    assert item_words(session, COUNTY, code, 1) == {
        "f-1": ("通道畅通", None),
        "f-2": ("灭火器在有效期内", None),
    }


def test_a_version_can_wait_for_its_day(session: Session, dispatcher: Person, director: Person) -> None:
    code = published(session, dispatcher, director, "wait")
    revised(session, dispatcher, code, "疏散通道畅通")
    day = TODAY + timedelta(days=10)
    seen = mark_of(draft_of(session, dispatcher, code))
    publish(session, director, code, day, seen=seen, today=TODAY, now=NOW)
    in_force = {
        when: [each.version for each in list_checklists(session, COUNTY, when) if each.code == code]
        for when in (TODAY, day - timedelta(days=1), day)
    }
    assert list(in_force.values()) == [[1], [1], [2]]
    revised(session, dispatcher, code, "第三版的话")
    with pytest.raises(Invalid, match="第 2 版要到 2026-11-30 才生效"):
        publish_draft(session, director, code)
    withdraw(session, director, code, 2, today=TODAY)
    assert [each.version for each in list_checklists(session, COUNTY, day) if each.code == code] == [1]


def test_a_withdrawn_list_is_offered_no_more_and_can_be_revised(
    session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "gone")
    withdraw(session, director, code, 1, today=TODAY)
    assert code not in [each.code for each in list_checklists(session, COUNTY, TODAY)]
    assert item_words(session, COUNTY, code, 1)
    draft = revise(session, dispatcher, code, NOW)
    publish_draft(session, director, code)
    assert (draft.version, draft.state) == (2, ListState.PUBLISHED)
    with pytest.raises(Invalid, match="只有最后发布"):
        withdraw(session, director, code, 1, today=TODAY)


def test_a_draft_that_was_given_up_can_be_fetched_back(session: Session, dispatcher: Person) -> None:
    draft = begin_list(session, dispatcher, "back", FIRE, NOW)
    give_up(session, dispatcher, draft.code, NOW)
    with pytest.raises(NotFound, match="没有草稿"):
        draft_of(session, dispatcher, draft.code)
    assert item_words(session, COUNTY, draft.code, 1) is None
    assert Content.of(fetch_back(session, dispatcher, draft.code, NOW)) == FIRE
    assert draft_of(session, dispatcher, draft.code) is draft
    with pytest.raises(Conflict, match="不能再取回"):
        fetch_back(session, dispatcher, draft.code, NOW)


def test_the_next_draft_takes_the_place_of_one_given_up(
    session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "place")
    revised(session, dispatcher, code, "没用上的话")
    give_up(session, dispatcher, code, NOW)
    draft = revise(session, dispatcher, code, NOW)
    assert (draft.version, draft.items[0].text) == (2, "通道畅通")


def test_revising_twice_gives_the_same_draft(session: Session, dispatcher: Person, director: Person) -> None:
    code = published(session, dispatcher, director, "twice")
    revised(session, dispatcher, code, "改过的话")
    assert revise(session, dispatcher, code, NOW).items[0].text == "改过的话"


def test_who_saves_over_a_newer_draft_is_told_and_loses_nothing(session: Session, dispatcher: Person) -> None:
    draft = begin_list(session, dispatcher, "both", FIRE, NOW)
    opened = mark_of(draft)
    other = FIRE.with_items(ITEMS[:1])
    save_draft(session, dispatcher, draft.code, other, seen=opened, now=NOW + timedelta(minutes=1))
    with pytest.raises(Overtaken, match="别人改过这份草稿"):
        save_draft(session, dispatcher, draft.code, FIRE, seen=opened, now=NOW + timedelta(minutes=2))
    assert Content.of(draft) == other
    director = make_person(session, Role.DIRECTOR)
    with pytest.raises(Invalid, match="没有发布，请看过现在的内容"):
        publish(session, director, draft.code, None, seen=opened, today=TODAY, now=NOW)


def test_a_national_list_is_copied_and_not_changed(session: Session, dispatcher: Person) -> None:
    with pytest.raises(Forbidden, match="以它为底稿新建"):
        revise(session, dispatcher, "zd-25", NOW)
    with pytest.raises(Forbidden, match="不能停用"):
        withdraw(session, make_person(session, Role.DIRECTOR), "zd-25", 1, today=TODAY)
    draft = copy_list(session, dispatcher, "wxgl", 1, "wuxiang", "本县五项管理", NOW)
    original = find_checklist(session, "wxgl", 1)
    assert original is not None
    assert draft.title == "本县五项管理"
    assert Content.of(draft).items == Content.of(original).items


def test_only_a_dispatcher_edits_and_only_a_director_publishes(
    session: Session, dispatcher: Person, director: Person
) -> None:
    with pytest.raises(Forbidden):
        begin_list(session, director, "fire", FIRE, NOW)
    draft = begin_list(session, dispatcher, "roles", FIRE, NOW)
    with pytest.raises(Forbidden):
        publish(session, dispatcher, draft.code, None, seen=mark_of(draft), today=TODAY, now=NOW)
    for deed in (revise, give_up, fetch_back):
        with pytest.raises(Forbidden):
            deed(session, director, draft.code, NOW)


def test_another_countys_list_is_not_there(session: Session, dispatcher: Person) -> None:
    draft = begin_list(session, dispatcher, "ours", FIRE, NOW)
    scope(session, "421303")
    stranger = make_person(session, Role.DISPATCHER, county="421303")
    with pytest.raises(NotFound):
        versions_of(session, stranger, draft.code)
    with pytest.raises(NotFound):
        copy_list(session, stranger, draft.code, 1, "stolen", "偷来的", NOW)


@pytest.mark.parametrize("code", ["", "x", "Fire", "消防", "1a", "a b", "a" * 21, "../x", "a\n"])
def test_a_code_that_cannot_stand_in_an_address_is_refused(
    session: Session, dispatcher: Person, code: str
) -> None:
    with pytest.raises(Invalid, match="2 到 20 个小写字母"):
        begin_list(session, dispatcher, code, FIRE, NOW)


def test_a_code_that_is_taken_is_refused(session: Session, dispatcher: Person) -> None:
    begin_list(session, dispatcher, "taken", FIRE, NOW)
    with pytest.raises(Invalid, match="已有编号为“taken”的清单"):
        begin_list(session, dispatcher, "taken", FIRE, NOW)


@pytest.mark.parametrize(
    ("item", "field", "message"),
    [
        (ItemContent("", "消防", "畅通"), "code", "没有编号"),
        (ItemContent("a b", "消防", "畅通"), "code", "编号只能用字母、数字、点和连字符"),
        (ItemContent("x" * 41, "消防", "畅通"), "code", "编号只能用"),
        (ItemContent("x", "", "畅通"), "section", "没有写分组"),
        (ItemContent("x", "消防", ""), "text", "没有写内容"),
        (ItemContent("x", "消防", "字" * 501), "text", "条目内容有 501 个字，最多 500 个字"),
        (ItemContent("x", "消防", "畅通", proof="字" * 201), "proof", "不符合时要的证明有 201 个字"),
        (ItemContent("F-1", "消防", "畅通"), "code", "编号“F-1”和第 1 条重复"),
    ],
)
def test_each_fault_of_an_item_is_named_where_it_is(item: ItemContent, field: str, message: str) -> None:
    found = faults(FIRE.with_items([ITEMS[0], item]))
    assert list(found) == [f"items.1.{field}"]
    assert message in str(found[f"items.1.{field}"])


@pytest.mark.parametrize(
    ("content", "field", "message"),
    [
        (Content("", ITEMS), "title", "请写清单名称"),
        (Content("字" * 121, ITEMS), "title", "名称有 121 个字"),
        (Content("空"), "items", "清单里还没有条目"),
        (
            Content("多", tuple(ItemContent(f"i-{n}", "组", "话") for n in range(201))),
            "items",
            "清单有 201 条，最多 200 条",
        ),
    ],
)
def test_each_fault_of_a_list_is_named(content: Content, field: str, message: str) -> None:
    assert message in str(faults(content)[field])


def test_what_came_is_cleaned_and_unknown_kinds_are_left_out() -> None:
    item = ItemContent.read(
        {"code": " a-1 ", "section": "消防\u200b", "text": "一\n二\x00", "kinds": ["moon", "school"]}
    )
    assert item == ItemContent("a-1", "消防", "一 二", kinds=("school",))


@pytest.mark.parametrize(("days", "message"), [(-1, "不能早于今天（2026-11-20）"), (367, "最远在一年以内")])
def test_a_day_that_cannot_be_is_refused(
    session: Session, dispatcher: Person, director: Person, days: int, message: str
) -> None:
    draft = begin_list(session, dispatcher, "day", FIRE, NOW)
    with pytest.raises(Invalid, match=message):
        publish(
            session,
            director,
            draft.code,
            TODAY + timedelta(days=days),
            seen=mark_of(draft),
            today=TODAY,
            now=NOW,
        )


def test_the_same_words_are_not_published_twice(session: Session, dispatcher: Person, director: Person) -> None:
    code = published(session, dispatcher, director, "same")
    revise(session, dispatcher, code, NOW)
    with pytest.raises(Invalid, match="和第 1 版没有差别"):
        publish_draft(session, director, code)


def test_what_was_done_to_a_list_stands_in_its_history(
    session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "told")
    checklist = find_checklist(session, code, 1)
    assert checklist is not None
    session.flush()
    assert {(event.verb, name) for event, name in history_of(session, dispatcher, checklist)} == {
        ("create", "何静"),
        ("publish", "李主任"),
    }
    assert session.scalar(select(Event.detail).where(Event.verb == "publish"))["version"] == 1


def published(session: Session, dispatcher: Person, director: Person, short_code: str) -> str:
    draft = begin_list(session, dispatcher, short_code, FIRE, NOW)
    publish(session, director, draft.code, None, seen=mark_of(draft), today=TODAY, now=NOW)
    return draft.code


def revised(session: Session, dispatcher: Person, code: str, words: str) -> None:
    revise(session, dispatcher, code, NOW)
    items = [replace(ITEMS[0], text=words), ITEMS[1]]
    save_draft(session, dispatcher, code, FIRE.with_items(items), seen=None, now=NOW)


def publish_draft(session: Session, director: Person, code: str) -> None:
    seen = mark_of(draft_of(session, director, code))
    publish(session, director, code, None, seen=seen, today=TODAY, now=NOW)


def test_a_county_s_copy_of_the_joint_sheet_keeps_whose_matter_each_item_is(
    session: Session, dispatcher: Person
) -> None:
    draft = copy_list(session, dispatcher, "lhjc", 1, "lianhe", "本县联合检查表", NOW)
    national = find_checklist(session, "lhjc", 1)
    assert national is not None
    assert [item.department for item in draft.items] == [item.department for item in national.items]
    content = Content.of(draft)
    changed = content.with_items([replace(content.items[0], department="police"), *content.items[1:]])
    save_draft(session, dispatcher, draft.code, changed, seen=None, now=NOW)
    assert Content.of(draft_of(session, dispatcher, draft.code)) == changed
    [change] = compare(content, changed).items
    assert [(str(field.label), "".join(piece.words for piece in field.pieces)) for field in change.fields] == [
        ("归哪个部门", "教育公安")
    ]
