import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from geo.times import china_day
from inspections.field.checklist_content import Content, ItemContent
from inspections.field.checklist_drafts import begin_list, draft_of, mark_of, revise, save_draft
from inspections.field.checklist_publishing import publish
from inspections.field.checklists import Checklist, ListState, find_checklist
from inspections.field.checks import Verdict
from inspections.registry.people import Person, Role
from tests.casefile import make_answer
from tests.factories import COUNTY, NOW, make_check, make_person, make_site

HOSTILE = "<script>alert(1)</script>{{7*7}}=HYPERLINK(1)"
ITEMS = (
    ItemContent("f-1", "通道", "疏散通道畅通", proof="通道照片"),
    ItemContent("f-2", "器材", "灭火器在有效期内"),
)
FIRE = Content("消防清单", ITEMS)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, login="li", name="李调度")


@pytest.fixture
def director(session: Session) -> Person:
    return make_person(session, Role.DIRECTOR, login="wang", name="王主任")


@pytest.fixture
def desk(sign_in, dispatcher: Person) -> FlaskClient:
    return sign_in("li")


@pytest.fixture
def board(sign_in, director: Person) -> FlaskClient:
    return sign_in("wang")


def form_of(content: Content, **more: object) -> dict[str, object]:
    """What the editor sends."""
    given: dict[str, object] = {
        "title": content.title,
        "source": content.source,
        "site_kinds": list(content.site_kinds),
    }
    given["row"] = [f"r{place}" for place in range(len(content.items))]
    for place, item in enumerate(content.items):
        for name in ("code", "section", "text", "proof", "source", "section_en", "text_en", "proof_en"):
            given[f"r{place}-{name}"] = getattr(item, name)
        given[f"r{place}-kinds"] = list(item.kinds)
    return given | more


def test_every_list_is_shown_with_where_it_stands(desk: FlaskClient, session: Session, dispatcher: Person) -> None:
    begin_list(session, dispatcher, "shown", FIRE, NOW)
    session.commit()
    page = text(desk.get("/checklists"))
    for words in (
        "“双减”教育督导重点内容清单",
        "“五项管理”",
        "学校安全检查清单",
        "校外培训场所检查清单",
        "消防清单",
    ):
        assert words in page
    assert "使用中" in page
    assert "草稿" in page


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("五项", True),
        ("WXGL", True),
        ("眼保健操", True),
        ("五项 眼保健操", True),
        ("没有这几个字", False),
        ("\x00", True),
    ],
)
def test_lists_are_searched_by_title_code_and_items(desk: FlaskClient, words: str, found: bool) -> None:
    page = text(desk.get("/checklists", query_string={"q": words}))
    assert ("中小学生“五项管理”检查清单" in page) is found


def test_a_national_list_can_be_read_and_copied_and_not_changed(desk: FlaskClient, session: Session) -> None:
    page = text(desk.get("/checklists/wxgl"))
    assert "学校无学生带手机到校现象" in page
    assert "依据：《学校双减政策实施方案（优质5篇）》" in page
    assert "以此为底稿新建" in page
    assert "/checklists/wxgl/revise" not in page
    assert desk.post("/checklists/wxgl/revise").status_code == 403
    answer = desk.post("/checklists/wxgl/1/copy", data={"title": "本县五项管理", "short_code": "wuxiang"})
    assert answer.location.endswith(f"/checklists/{COUNTY}-wuxiang/edit")
    copied = find_checklist(session, f"{COUNTY}-wuxiang", 1)
    assert copied is not None
    assert (copied.state, len(copied.items), copied.county) == (ListState.DRAFT, 18, COUNTY)


def test_a_list_is_written_as_a_draft(desk: FlaskClient, session: Session) -> None:
    given = FIRE.with_items([*ITEMS, ItemContent("", "", "")])  # a row that was left empty is none
    answer = desk.post("/checklists/new", data=form_of(given, short_code="written"))
    assert answer.status_code == 303
    page = text(desk.get(answer.location))
    assert "草稿已保存；由领导发布后，手机上才会用它" in page
    found = find_checklist(session, f"{COUNTY}-written", 1)
    assert found is not None
    assert Content.of(found) == FIRE


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (Content("", ITEMS), "ok", "请写清单名称"),
        (Content("空"), "ok", "清单里还没有条目"),
        (FIRE, "消防", "编号用 2 到 20 个小写字母、数字或连字符"),
        (FIRE.with_items([ItemContent("a", "组", "")]), "ok", "没有写内容"),
        (FIRE.with_items([ItemContent("a", "", "话")]), "ok", "没有写分组"),
        (FIRE.with_items([ItemContent("", "组", "话")]), "ok", "没有编号"),
        (FIRE.with_items([ItemContent("a", "组", "字" * 501)]), "ok", "条目内容有 501 个字，最多 500 个字"),
        (FIRE.with_items([ITEMS[0], ITEMS[0]]), "ok", "编号“f-1”和第 1 条重复"),
        (
            FIRE.with_items([ItemContent(f"i{n}", "组", "话") for n in range(201)]),
            "ok",
            "清单有 201 条，最多 200 条",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    desk: FlaskClient, session: Session, content: Content, code: str, words: str
) -> None:
    answer = desk.post("/checklists/new", data=form_of(content, short_code=code))
    assert answer.status_code == 422
    page = text(answer)
    assert words in page
    for item in content.items[:3]:
        assert item.text in page
    assert session.query(Checklist).filter(Checklist.county == COUNTY).count() == 0


def test_the_longest_list_fits_into_a_form(desk: FlaskClient, session: Session) -> None:
    long = [
        ItemContent(
            f"item-{n:03}",
            "组" * 60,
            "字" * 500,
            "s" * 120,
            "t" * 1000,
            ("school",),
            "证" * 200,
            "p" * 400,
            "据" * 300,
        )
        for n in range(200)
    ]
    answer = desk.post("/checklists/new", data=form_of(FIRE.with_items(long), short_code="long"))
    assert answer.status_code == 303
    found = find_checklist(session, f"{COUNTY}-long", 1)
    assert found is not None
    assert Content.of(found).items == tuple(long)


def test_what_a_person_typed_is_inert_on_every_page(
    desk: FlaskClient, session: Session, dispatcher: Person
) -> None:
    items = [ItemContent("x-1", HOSTILE[:60], HOSTILE, proof=HOSTILE, source=HOSTILE)]
    draft = begin_list(session, dispatcher, "inert", Content(HOSTILE, tuple(items), source=HOSTILE), NOW)
    session.commit()
    for path in ("", f"/{draft.code}", f"/{draft.code}/edit", f"/{draft.code}/1/copy"):
        page = desk.get(f"/checklists{path}").text
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "49=HYPERLINK" not in page


def test_a_director_reads_what_changed_and_publishes(
    board: FlaskClient, session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "read")
    revised(session, dispatcher, code)
    page = text(board.get(f"/checklists/{code}/publish"))
    assert re.search(r"<del>.*?疏散</del>|<del>.*疏散.*</del>", page)
    seen = mark_of(draft_of(session, director, code))
    answer = board.post(f"/checklists/{code}/publish", data={"valid_from": day(0), "seen": seen})
    assert answer.status_code == 303
    page = text(board.get(answer.location))
    assert f"第 2 版已发布，{day(0)} 起新的检查用它" in page
    assert "已被新版代替" in page
    assert "王主任 发布" in page
    compared = text(board.get(f"/checklists/{code}/difference?from=1&to=2"))
    assert "第 1 版和第 2 版的差别" in compared
    assert "换了位置" in compared or "改动" in compared


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"valid_from": "昨天"}, "请填写日期，例如 2026-03-09"),
        ({"valid_from": "2020-01-01"}, "生效日期不能早于今天"),
        ({"valid_from": "2999-01-01"}, "生效日期最远在一年以内"),
        ({"seen": "2020-01-01T00:00:00+00:00"}, "别人改过这份草稿；没有发布"),
    ],
)
def test_a_publication_that_cannot_be_is_refused_in_words(
    board: FlaskClient, session: Session, dispatcher: Person, given: dict[str, str], words: str
) -> None:
    draft = begin_list(session, dispatcher, "refused", FIRE, NOW)
    session.commit()
    answer = board.post(
        f"/checklists/{draft.code}/publish", data={"valid_from": day(0), "seen": mark_of(draft)} | given
    )
    assert answer.status_code == 422
    assert words in text(answer)
    assert draft.state is ListState.DRAFT


def test_a_list_is_withdrawn_and_its_checks_stay(
    board: FlaskClient, session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "stays")
    check = make_check(session, dispatcher, make_site(session), checklist_code=code, checklist_version=1)
    make_answer(session, check, "f-1", Verdict.COMPLIANT)
    session.commit()
    page = text(board.get(board.post(f"/checklists/{code}/1/withdraw").location))
    assert "第 1 版已停用；用过它的检查不变" in page
    assert "疏散通道畅通" in text(board.get(f"/checks/{check.id}"))
    again = text(board.get(board.post(f"/checklists/{code}/1/withdraw").location))
    assert "只有最后发布、还在使用的版本才能停用" in again


def test_a_check_shows_the_words_of_its_own_version(
    board: FlaskClient, session: Session, dispatcher: Person, director: Person
) -> None:
    code = published(session, dispatcher, director, "own")
    check = make_check(session, dispatcher, make_site(session), checklist_code=code, checklist_version=1)
    make_answer(session, check, "f-1", Verdict.COMPLIANT)
    revised(session, dispatcher, code)
    seen = mark_of(draft_of(session, director, code))
    publish(session, director, code, None, seen=seen, today=china_day(NOW), now=NOW)
    session.commit()
    page = text(board.get(f"/checks/{check.id}"))
    assert "疏散通道畅通" in page
    assert "安全出口" not in page
    assert f"/checklists/{code}?version=1" in page
    assert "这是以前的一版" in text(board.get(f"/checklists/{code}?version=1"))


def test_who_saves_over_another_is_told_and_may_save_again(
    desk: FlaskClient, session: Session, dispatcher: Person
) -> None:
    draft = begin_list(session, dispatcher, "over", FIRE, NOW)
    opened = mark_of(draft)
    save_draft(
        session, dispatcher, draft.code, FIRE.with_items(ITEMS[:1]), seen=opened, now=NOW + timedelta(hours=1)
    )
    session.commit()
    mine = FIRE.with_items([ItemContent("f-9", "电气", "没有私拉电线")])
    answer = desk.post(f"/checklists/{draft.code}/edit", data=form_of(mine, seen=opened))
    page = text(answer)
    assert answer.status_code == 422
    assert "别人改过这份草稿。下面仍是您填的内容" in page
    assert "没有私拉电线" in page
    [seen] = re.findall(r'name="seen" value="([^"]+)"', page)
    assert desk.post(f"/checklists/{draft.code}/edit", data=form_of(mine, seen=seen)).status_code == 303
    session.refresh(draft)
    session.expire(draft, ["items"])
    assert Content.of(draft) == mine


def test_a_draft_is_given_up_and_fetched_back(desk: FlaskClient, session: Session, dispatcher: Person) -> None:
    draft = begin_list(session, dispatcher, "up", FIRE, NOW)
    session.commit()
    page = text(desk.get(desk.post(f"/checklists/{draft.code}/give-up").location))
    assert "草稿已放弃，还可以取回" in page
    assert desk.get(f"/checklists/{draft.code}/edit").status_code == 404
    page = text(desk.get(desk.post(f"/checklists/{draft.code}/fetch-back").location))
    assert "草稿已取回" in page
    page = text(desk.get(desk.post(f"/checklists/{draft.code}/fetch-back").location))
    assert "已经有了新的草稿" in page


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (Role.AUDITOR, ("new", "wxgl/1/copy", "{code}/edit", "{code}/publish")),
        (Role.DIRECTOR, ("new", "wxgl/1/copy", "{code}/edit")),
        (Role.DISPATCHER, ("{code}/publish",)),
        (Role.TOWNSHIP_ADMIN, ("new", "{code}/edit", "{code}/publish")),
    ],
)
def test_who_may_only_read_is_kept_from_the_rest(
    sign_in, session: Session, dispatcher: Person, role: Role, paths: tuple[str, ...]
) -> None:
    draft = begin_list(session, dispatcher, "guarded", FIRE, NOW)
    make_person(session, role, login="reader")
    reader = sign_in("reader")
    assert reader.get("/checklists").status_code == 200
    assert reader.get(f"/checklists/{draft.code}").status_code == 200
    for path in paths:
        address = f"/checklists/{path.format(code=draft.code)}"
        assert reader.get(address).status_code == 403, address
        assert reader.post(address).status_code in {403, 422}, address


@pytest.mark.parametrize(
    "path", ["421303-x", "nothing", "zd-25?version=9", "zd-25/difference?from=1&to=9", "zd-25/9/copy"]
)
def test_a_list_that_is_not_there_is_not_found(desk: FlaskClient, path: str) -> None:
    assert desk.get(f"/checklists/{path}").status_code == 404


def published(session: Session, dispatcher: Person, director: Person, short_code: str) -> str:
    draft = begin_list(session, dispatcher, short_code, FIRE, NOW)
    publish(session, director, draft.code, None, seen=mark_of(draft), today=china_day(NOW), now=NOW)
    session.commit()
    return draft.code


def revised(session: Session, dispatcher: Person, code: str) -> None:
    revise(session, dispatcher, code, NOW)
    newer = FIRE.with_items([ItemContent("f-1", "通道", "安全出口和通道畅通"), ITEMS[1]])
    save_draft(session, dispatcher, code, newer, seen=None, now=NOW)
    session.commit()


def day(ahead: int) -> str:
    return (china_day(datetime.now(UTC)) + timedelta(days=ahead)).isoformat()


def text(answer) -> str:
    assert answer.status_code < 500
    return unescape(answer.text)
