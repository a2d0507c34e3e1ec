"""The public reports, follows and adds: over HTTP, as phones without scripts and hostile hands do it."""

import errno
import logging
import re
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import uuid4

import pytest
from altcha import Challenge, Payload, solve_challenge
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from inspections.casework.attaching import clean_name
from inspections.db import new_id
from inspections.errors import StorageFull
from inspections.evidence.blobs import Blob
from inspections.intake.complainants import Complainant
from inspections.intake.receipt_codes import find_by_code, make_code
from inspections.intake.tip_files import TipFile
from inspections.intake.tip_moves import TipMove, TipMoveKind, move
from inspections.intake.tips import Lane, Tip, TipChannel, TipState
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind
from tests.answers import PDF, package
from tests.factories import COUNTY, NOW, make_person, make_site, make_tip
from webapp.keys import key_ring
from webapp.portal.report import letter_body
from webapp.portal.report.proof_of_work import COST

HERE = f"/report/{COUNTY}"
OTHER = "421303"
CODE = re.compile(r"data-code>([0-9A-Z-]{14})<")
RARE = "𠮷𡃁𪚥𰻝𱁬"  # CJK extensions B to H


def letter(**more: Any) -> dict[str, Any]:
    return {
        "form_id": str(new_id()),
        "text": "三楼有人在家里收费补数学，每次十来个孩子。",
        "place": "中学后门理发店楼上",
        "ends": "1",
    } | more


def png(size: int = 12) -> bytes:
    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (size, size), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


def photo(name: str = "广告.png", content: bytes | None = None) -> tuple[BytesIO, str]:
    return BytesIO(content if content is not None else png()), name


def post(client: FlaskClient, data: dict[str, Any], where: str = HERE, **headers: str) -> TestResponse:
    answer = client.post(where, data=data, content_type="multipart/form-data", headers=headers)
    answer.request.environ["wsgi.input"].close()  # what is large lies in a file of the test client
    return answer


def in_json(client: FlaskClient, data: dict[str, Any]) -> TestResponse:
    return post(client, data, Accept="application/json")


def code_in(answer: TestResponse) -> str:
    found = CODE.search(answer.text)
    assert found, answer.text
    return found[1]


def the_tip(session: Session) -> Tip:
    session.expire_all()
    return session.scalars(select(Tip)).one()


def work(client: FlaskClient, form_id: str) -> str:
    given = client.get(f"{HERE}/challenge?form={form_id}").json
    challenge = Challenge.from_dict(given)
    solution = solve_challenge(challenge)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


def test_a_letter_without_a_script_is_received_with_its_photos(client, session) -> None:
    form = letter(
        near="第一小学", compound="阳光花园", building="3 栋", unit="2 单元", room="302", schedule="周二晚 7 点",
        band=["evening", "weekend"], category="one_to_one", files=[photo(), photo("截图.pdf", PDF)],
    )  # fmt: skip
    answer = post(client, form)
    assert answer.status_code == 201
    tip = the_tip(session)
    assert (tip.channel, tip.state, tip.lane) == (TipChannel.WEB, TipState.NEW, Lane.UNPROVEN)
    assert (tip.compound, tip.building, tip.unit, tip.room) == ("阳光花园", "3 栋", "2 单元", "302")
    assert tip.schedule == "工作日晚间、周末；周二晚 7 点"
    assert (tip.category.value, tip.near, tip.taken_by_id) == ("one_to_one", "第一小学", None)
    files = session.scalars(select(TipFile).order_by(TipFile.name)).all()
    assert [(each.name, each.media_type) for each in files] == [
        ("广告.png", "image/png"),
        ("截图.pdf", "application/pdf"),
    ]
    assert find_by_code(session, COUNTY, key_ring_of(client), code_in(answer)) is not None
    assert code_in(answer) not in answer.request.url


def key_ring_of(client: FlaskClient) -> Any:
    with client.application.app_context():
        return key_ring().tip


def test_the_page_asks_for_nothing_before_it_shows_the_form(client) -> None:
    answer = client.get(HERE)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    form_ids = {re.search(r'name="form_id" value="([^"]+)"', client.get(HERE).text)[1] for _ in range(2)}
    assert len(form_ids) == 2


def test_the_same_form_sent_twice_is_one_letter_with_one_code(client, session) -> None:
    form = letter()
    first, second = post(client, form), post(client, form)
    assert (first.status_code, second.status_code) == (201, 200)
    assert code_in(first) == code_in(second)
    assert "没有重复登记" in second.text
    the_tip(session)


def test_after_going_back_other_words_become_a_letter_of_their_own_and_nothing_typed_is_lost(
    client, session
) -> None:
    form = letter()
    post(client, form)
    answer = post(client, form | {"text": "另外一件事：周末也有人来。", "band": ["weekend"]})
    assert answer.status_code == 409
    assert "另外一件事" in answer.text
    assert re.search(r'value="weekend" checked', answer.text)
    fresh = re.search(r'name="form_id" value="([^"]+)"', answer.text)[1]
    assert fresh != form["form_id"]
    assert post(client, form | {"text": "另外一件事：周末也有人来。", "form_id": fresh}).status_code == 201
    assert session.scalar(select(func.count()).select_from(Tip)) == 2


def test_the_id_of_somebody_elses_letter_gives_neither_its_code_nor_its_words(client, session) -> None:
    theirs = letter(text="这是别人的信，里面有秘密。")
    code = code_in(post(client, theirs))
    answer = post(client, letter(form_id=theirs["form_id"]))
    assert answer.status_code == 409
    assert code not in answer.text
    assert "秘密" not in answer.text


def test_the_same_id_in_another_county_is_another_letter(client, session) -> None:
    form = letter()
    first = post(client, form)
    second = post(client, form, where=f"/report/{OTHER}")
    assert (first.status_code, second.status_code) == (201, 201)
    assert code_in(first) != code_in(second)
    assert post(client, {"code": code_in(first)}, where=f"/report/{OTHER}/status").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t"}, "text"),
        ({"text": "很" * 5_001}, "text"),
        ({"place": "", "near": ""}, "place"),
        ({"place": "路" * 201}, "place"),
        ({"compound": "园" * 61}, "compound"),
        ({"schedule": "晚" * 201}, "schedule"),
        ({"lon": "abc", "lat": "28"}, "location"),
        ({"lon": "nan", "lat": "nan"}, "location"),
        ({"lon": "1e400", "lat": "28"}, "location"),
        ({"lon": "28.69", "lat": "117.07"}, "location"),
        ({"lon": "0", "lat": "0"}, "location"),
        ({"lon": "117", "lat": "28", "accuracy_m": "-3"}, "location"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(client, session, wrong, field) -> None:
    form = letter(near="第一小学", room=f"302{RARE}", names_minor="1") | wrong
    answer = post(client, form)
    assert answer.status_code == 422
    assert f"302{RARE}" in answer.text
    assert re.search(r'name="names_minor"[^>]* checked', answer.text)
    assert f'value="{form["form_id"]}"' in answer.text
    assert set(in_json(client, form).json["fields"]) == {field}
    assert session.scalar(select(func.count()).select_from(Tip)) == 0


def test_wrong_types_and_unknown_words_are_no_reason_to_refuse(client, session) -> None:
    form = letter(category="'; drop table tips", band=["never", "evening"], names_minor="yes", unknown="x" * 100)
    assert post(client, form).status_code == 201
    tip = the_tip(session)
    assert (tip.category, tip.schedule, tip.names_minor) == (None, "工作日晚间", True)


@pytest.mark.parametrize("form_id", ["", "x", "0", "../../etc", "1" * 400])
def test_a_form_without_a_number_of_its_own_is_shown_again_with_one(client, form_id) -> None:
    answer = post(client, letter(form_id=form_id))
    assert answer.status_code == 422
    assert "三楼有人" in answer.text
    assert re.search(r'name="form_id" value="[0-9a-f-]{36}"', answer.text)


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "{{ 7*7 }}${7*7}",
        '=HYPERLINK("http://x","y")',
        "\u202e反着写",
        RARE,
        "a\x00b\x1b[2J",
    ],
)
def test_whatever_is_typed_is_inert(client, session, sign_in, words) -> None:
    answer = post(client, letter(text=f"{words} 补课", place=words.replace("\x00", ""), room="=1+1"))
    assert answer.status_code == 201
    text = the_tip(session).text
    assert "\x00" not in text
    page = post(client, letter(text=f"{words} 补课", place="")).text
    assert "<script>alert" not in page
    assert "49" not in page.replace(str(uuid4()), "") or "{{ 7*7 }}" not in words or "{{ 7*7 }}" in page


def test_more_words_than_a_form_can_hold_are_refused_in_plain_words(client, session) -> None:
    answer = post(client, letter(text="很" * 200_000))
    assert answer.status_code == 413
    assert "太长" in answer.text
    assert post(client, {f"x{n}": "y" for n in range(300)}).status_code == 413


def test_a_photo_that_is_far_too_large_costs_the_photo_and_not_the_words(client, session) -> None:
    huge = b"\xff\xd8\xff" + bytes(64_000_001)
    answer = post(client, letter(files=[photo("大.jpg", huge), photo("小.png")]))
    assert answer.status_code == 201
    assert "“大.jpg”照片太大" in answer.text
    assert [each.name for each in session.scalars(select(TipFile))] == ["小.png"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.jpg", b"", "是空文件"),
        ("合同.docx", package("word"), "请截图"),
        ("病毒.exe", b"MZ\x90\x00 a program", "不是可以作为证明的文件"),
        ("网页.jpg", b"<html><script>alert(1)</script>", "是网页"),
        ("图.svg", b"<svg onload=alert(1)>", "矢量图"),
        ("断.jpg", b"\xff\xd8\xff\xe0 broken", "不完整"),
    ],
)
def test_what_is_no_photo_is_named_and_the_letter_is_received(client, session, name, content, said) -> None:
    answer = post(client, letter(files=[photo(name, content)]))
    assert answer.status_code == 201
    assert said in answer.text
    assert session.scalar(select(func.count()).select_from(TipFile)) == 0


def test_the_names_of_files_are_cleaned(client, session) -> None:
    post(client, letter(files=[photo("../../../etc/passwd\x07.png"), photo("=cmd|' /C calc'!A0.pdf", PDF)]))
    names = [each.name for each in session.scalars(select(TipFile))]
    assert all("/" not in name and "\x07" not in name for name in names)
    assert all(clean_name(name) == name for name in names)


def test_a_full_disk_still_takes_the_words(client, session, app, monkeypatch) -> None:
    def no_room(*_: Any, **__: Any) -> None:
        raise StorageFull

    monkeypatch.setattr(app.extensions["store"], "put", no_room)
    answer = post(client, letter(files=[photo()]))
    assert answer.status_code == 201
    assert "文字已经收到" in answer.text
    assert code_in(answer)
    assert the_tip(session).text.startswith("三楼")


def test_no_room_even_for_what_is_passing_through_still_takes_the_words(client, session, monkeypatch) -> None:
    class Full(SpooledTemporaryFile):
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(letter_body, "SpooledTemporaryFile", Full)
    answer = post(client, letter(files=[photo()]))
    assert answer.status_code == 201
    assert "暂时放不下" in answer.text
    the_tip(session)


def test_words_before_a_line_that_breaks_are_received(client, session) -> None:
    """Half of a form in which the photo comes last, as a phone leaves it that lost its signal."""
    whole = b"--b\r\n" + b"\r\n--b\r\n".join(
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in letter().items()
    )
    part = b'\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + png()
    answer = client.post(
        HERE,
        input_stream=BytesIO(whole + part),
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": str(len(whole + part) + 90_000)},
    )
    assert answer.status_code == 201
    assert "没有传完" in answer.text
    the_tip(session)
    assert session.scalar(select(func.count()).select_from(TipFile)) == 0


def test_a_proof_of_work_lets_a_letter_be_read_first_and_none_is_needed(client, session) -> None:
    form = letter()
    form["altcha"] = work(client, form["form_id"])
    assert in_json(client, form).status_code == 201
    assert the_tip(session).lane is Lane.PROVEN
    assert COST >= 1000


@pytest.mark.parametrize("kind", ["another form", "rubbish", "base64 rubbish", "forged", "long"])
def test_a_proof_that_proves_nothing_costs_the_lane_alone(client, session, kind) -> None:
    form = letter()
    proofs = {
        "another form": lambda: work(client, str(new_id())),
        "rubbish": lambda: "☃ not base64",
        "base64 rubbish": lambda: b64encode(b'{"challenge": [], "solution": 7}').decode(),
        "forged": lambda: b64encode(
            b'{"challenge": {"parameters": {"algorithm": "PBKDF2/SHA-256", "nonce": "00", "salt": "00", "cost": 1,'
            b' "data": {"county": "%s", "form": "%s"}}, "signature": "00"},'
            b' "solution": {"counter": 0, "derivedKey": "00"}}' % (COUNTY.encode(), form["form_id"].encode())
        ).decode(),
        "long": lambda: "A" * 100_000,
    }
    assert post(client, form | {"altcha": proofs[kind]()}).status_code == 201
    assert the_tip(session).lane is Lane.UNPROVEN


def test_a_proof_that_ran_out_while_the_form_lay_open_costs_the_lane_alone(client, session, monkeypatch) -> None:
    form = letter()
    form["altcha"] = work(client, form["form_id"])
    monkeypatch.setattr("altcha.v2.time.time", lambda: 4_000_000_000)
    assert post(client, form).status_code == 201
    assert the_tip(session).lane is Lane.UNPROVEN


def test_who_sends_much_from_one_address_waits_longer_and_is_not_refused(client, session, app) -> None:
    lanes = []
    for _ in range(8):
        assert post(client, letter()).status_code == 201
        lanes.append(session.scalars(select(Tip.lane).order_by(Tip.received_at.desc(), Tip.id.desc())).first())
    assert lanes == [Lane.UNPROVEN] * 5 + [Lane.FLOOD] * 3
    elsewhere = client.post(HERE, data=letter(), environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 201
    assert session.scalars(select(Tip.lane).order_by(Tip.id.desc())).first() is Lane.UNPROVEN


def test_no_address_is_written_down_or_logged(client, session, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    address = "203.0.113.77"
    answer = client.post(HERE, data=letter(text="电话 13807930001，请保密"), environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 201
    logged = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("sqlalchemy"))
    assert address not in logged
    assert "13807930001" not in logged
    rows = session.execute(select(func.row_to_json(Tip.__table__.table_valued()))).scalars().all()
    assert address not in str(rows)


def test_an_account_that_is_signed_in_is_not_asked(client, session, sign_in) -> None:
    make_person(session, Role.DISPATCHER, login="li")
    sign_in("li")
    assert post(client, letter()).status_code == 201
    tip = the_tip(session)
    assert tip.taken_by_id is None
    assert session.scalars(select(TipMove)).one().by_id is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none", "Origin": "null"}, 201),
    ],
)
def test_another_sites_page_can_not_report_in_its_visitors_names(client, headers, status) -> None:
    assert post(client, letter(), **headers).status_code == status


# --- following and adding


def test_the_code_leads_to_the_progress_however_it_is_typed(client, session) -> None:
    code = code_in(post(client, letter()))
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("-", ""), f"  {code} "):
        answer = post(client, {"code": typed}, where=f"{HERE}/status")
        assert answer.status_code == 200
        assert "已收到" in answer.text
        assert code not in answer.request.url


def test_the_progress_tells_no_names_no_site_and_no_notes(client, session) -> None:
    code = code_in(post(client, letter()))
    tip = the_tip(session)
    person = make_person(session, Role.DISPATCHER, name="李调度")
    site = make_site(session, name="小太阳托管班")
    tip.site_id = site.id
    move(session, tip, TipMoveKind.ASSIGNED, NOW, person, note="线人可靠，尽快", assignee_id=person.id)
    session.commit()
    page = post(client, {"code": code}, where=f"{HERE}/status").text
    assert "已转承办单位" in page
    assert not any(words in page for words in ("李调度", "小太阳", "线人", "三楼有人", tip.code))
    move(session, tip, TipMoveKind.CONFIRMED, NOW, person, note="罚款", answer="已核实处理，谢谢您。<b>")
    session.commit()
    page = post(client, {"code": code}, where=f"{HERE}/status").text
    assert "已核实处理，谢谢您。&lt;b&gt;" in page
    assert "查实" not in page
    assert "罚款" not in page


@pytest.mark.parametrize(
    "code", ["", "0000-0000-0000", "x", "☃", "'; drop table tips", "A" * 9_000, "7KQ2-M8XA-0RTV"]
)
def test_a_code_that_leads_nowhere_is_asked_for_again(client, session, code) -> None:
    post(client, letter())
    answer = post(client, {"code": code}, where=f"{HERE}/status")
    assert answer.status_code == 404
    assert "没有查到这个查询码" in answer.text
    assert 'name="code"' in answer.text


def test_a_million_guesses_find_nothing(client, session, app) -> None:
    """Twenty that lead nowhere a minute for an address; and 2^60 codes, so that no number of addresses helps."""
    app.config["SIGN_INS_PER_MINUTE"] = 20
    answers = [post(client, {"code": f"{n:012d}"}, where=f"{HERE}/status").status_code for n in range(120)]
    assert answers[:20] == [404] * 20
    assert set(answers[20:]) == {429}
    header = client.post(f"{HERE}/files", headers={"X-Receipt": "0" * 12, "Tus-Resumable": "1.0.0"})
    assert header.status_code == 429  # the other door counts with this one
    codes = {make_code(b"k" * 32, COUNTY, new_id()) for _ in range(3_000)}
    assert len(codes) == 3_000
    tips, guesses = 1_000_000, 1_000_000
    assert guesses * tips / 2**60 < 1e-6


def test_words_and_photos_are_added_later(client, session) -> None:
    code = code_in(post(client, letter()))
    answer = post(
        client, {"code": code, "text": f"今天又看到了{RARE}", "ends": "1", "files": [photo()]}, where=f"{HERE}/add"
    )
    assert answer.status_code == 200
    assert "补充的内容收到了" in answer.text
    tip = the_tip(session)
    added = session.scalars(select(TipMove).where(TipMove.kind == TipMoveKind.ADDED).order_by(TipMove.id)).all()
    assert [each.note for each in added] == [f"今天又看到了{RARE}", ""]
    assert {each.state for each in added} == {TipState.NEW}
    assert tip.state is TipState.NEW
    again = post(client, {"code": code, "text": "", "files": [photo()]}, where=f"{HERE}/add")
    assert again.status_code == 200
    assert session.scalar(select(func.count()).select_from(TipFile)) == 1


def test_an_addition_without_anything_or_with_too_much_is_said_at_its_field(client, session) -> None:
    code = code_in(post(client, letter()))
    assert post(client, {"code": code, "text": " "}, where=f"{HERE}/add").status_code == 422
    long = post(client, {"code": code, "text": "长" * 2_001}, where=f"{HERE}/add")
    assert long.status_code == 422
    assert "长" * 2_001 in long.text
    assert post(client, {"code": "0" * 12, "text": "写"}, where=f"{HERE}/add").status_code == 404


def tus(client: FlaskClient, code: str, content: bytes, name: str = "a.png", **more: str) -> TestResponse:
    return client.post(
        f"{HERE}/files",
        headers={
            "Tus-Resumable": "1.0.0",
            "X-Receipt": code,
            "X-File-Name": name,
            "Upload-Length": str(len(content)),
            "Upload-Metadata": f"sha256 {b64encode(sha256(content).hexdigest().encode()).decode()}",
        }
        | more,
    )


def piece(client: FlaskClient, where: str, code: str, offset: int, content: bytes) -> TestResponse:
    headers = {"Tus-Resumable": "1.0.0", "X-Receipt": code, "X-File-Name": "a.png", "Upload-Offset": str(offset)}
    return client.patch(where, data=content, content_type="application/offset+octet-stream", headers=headers)


def test_a_photo_follows_in_pieces_from_where_the_line_broke(client, session) -> None:
    code, content = in_json(client, letter()).json["code"], png(40)
    begun = tus(client, code, content, "%E5%B9%BF%E5%91%8A.png")
    where = begun.headers["Location"]
    assert code not in where
    assert "png" not in where
    assert piece(client, where, code, 0, content[:50]).headers["Upload-Offset"] == "50"
    asked = client.head(where, headers={"Tus-Resumable": "1.0.0", "X-Receipt": code})
    assert asked.headers["Upload-Offset"] == "50"
    assert piece(client, where, code, 50, content[50:]).headers["X-File"]
    assert session.scalars(select(TipFile)).one().sha256 == sha256(content).hexdigest()
    assert session.scalar(select(Blob.received_from_id)) is None


def test_a_code_reaches_the_photos_of_its_own_letter_alone(client, session) -> None:
    mine, theirs = (in_json(client, letter()).json["code"] for _ in range(2))
    where = tus(client, theirs, png()).headers["Location"]
    assert piece(client, where, mine, 0, png()).status_code == 404
    assert client.head(where, headers={"Tus-Resumable": "1.0.0", "X-Receipt": mine}).status_code == 404
    assert piece(client, where, "", 0, png()).status_code == 404


def test_what_one_letter_and_all_of_them_may_bring_is_bounded(client, session, app) -> None:
    code = in_json(client, letter()).json["code"]
    app.config["MAX_TIP_BYTES"] = 100
    over = tus(client, code, png(400))
    assert (over.status_code, over.json["error"]) == (422, "NotTaken")
    app.config |= {"MAX_TIP_BYTES": 1_000_000, "PUBLIC_BYTES_A_DAY": 100}
    assert "明天" in tus(client, code, png(400)).json["message"]
    answer = post(client, letter(files=[photo("b.png", png(400))]))
    assert answer.status_code == 201
    assert "文字已经收到" in answer.text
    assert session.scalar(select(func.count()).select_from(TipFile)) == 0


def test_the_files_of_one_letter_are_counted(client, session) -> None:
    answer = post(client, letter(files=[photo(f"{n}.png", png(n + 2)) for n in range(14)]))
    assert answer.status_code == 201
    assert "最多 12 个文件" in answer.text
    assert session.scalar(select(func.count()).select_from(TipFile)) == 12


# --- what staff see


def test_photos_are_seen_by_who_sees_the_tip_and_originals_by_who_decides(client, session, sign_in, app) -> None:
    post(client, letter(files=[photo()]))
    digest = session.scalars(select(TipFile.sha256)).one()
    for login, role in (("li", Role.DISPATCHER), ("shen", Role.AUDITOR), ("zhang", Role.INSPECTOR)):
        make_person(session, role, login=login)
    session.commit()
    seen = {}
    for login in ("li", "shen", "zhang"):
        browser = app.test_client()
        browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        browser.post("/account/sign-in", data={"login": login, "password": "correct horse battery"})
        seen[login] = [
            browser.get(f"/api/v1/files/{digest}/{size}", buffered=True).status_code
            for size in ("320", "original")
        ]
    assert seen == {"li": [202, 200], "shen": [202, 404], "zhang": [404, 404]}
    assert app.test_client().get(f"/api/v1/files/{digest}/original").status_code == 401


# --- the ground under the pin


def test_schools_are_found_by_name_and_nothing_but_schools(client, session) -> None:
    make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, name="第一小学")
    make_site(session, name="小学辅导班")
    session.commit()
    answer = client.get(f"{HERE}/schools?q=小学")
    assert [each["name"] for each in answer.json] == ["第一小学"]
    assert set(answer.json[0]) == {"name", "township", "lon", "lat"}
    assert client.get(f"{HERE}/schools?q=").json == []
    assert client.get(f"{HERE}/schools?q=%25").json == client.get(f"{HERE}/schools?q=%00").json == []


def test_the_ground_is_public_and_may_be_kept(client, session) -> None:
    for path in ("areas/townships.geojson?zoom=13", "land/12/3378/1690.mvt"):
        answer = client.get(f"{HERE}/{path}")
        assert answer.status_code in {200, 204}
        assert answer.headers["Cache-Control"].startswith("public, max-age=")
        assert "Set-Cookie" not in answer.headers
    for path in ("areas/villages.geojson", "land/99/1/1.mvt", "land/2/9/9.mvt"):
        assert client.get(f"{HERE}/{path}").status_code == 404


def test_there_is_nothing_for_a_county_that_is_not_here(client) -> None:
    for path in ("", "/status", "/schools", "/challenge"):
        assert client.get(f"/report/999999{path}").status_code == 404
    assert post(client, letter(), where="/report/abc").status_code == 404
    assert client.get("/report/99999９").status_code == 404


def test_the_list_of_counties_leads_to_each(client) -> None:
    page = client.get("/report").text
    assert f"/report/{COUNTY}" in page
    assert f"/report/{OTHER}" in page


def test_the_language_is_chosen_without_an_account(client, app: Flask) -> None:
    answer = client.post("/report/look", data={"language": "en", "next": HERE})
    assert answer.headers["Location"] == HERE
    assert 'lang="en"' in client.get(HERE).text
    for elsewhere in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", ""):
        assert client.post("/report/look", data={"next": elsewhere}).headers["Location"] == "/report"


def test_a_merged_letter_tells_the_progress_of_the_one_it_became_part_of(client, session) -> None:
    code = code_in(post(client, letter()))
    tip, person = the_tip(session), make_person(session, Role.DISPATCHER)
    master = make_tip(session)
    move(session, tip, TipMoveKind.MERGED, NOW, person, master_id=master.id)
    tip.master_id = master.id
    move(session, master, TipMoveKind.CONFIRMED, NOW, person)
    move(session, master, TipMoveKind.ANSWERED, tip.received_at, person, answer="已经处理。")
    session.commit()
    page = post(client, {"code": code}, where=f"{HERE}/status").text
    assert "已办结" in page
    assert "已经处理。" in page
    assert master.code not in page


def test_who_leaves_a_name_is_sealed_and_masked_in_the_letter(client, session) -> None:
    form = letter(text="我叫吴小慧，电话 139 0793 1234，请查。") | {
        "complainant_name": "吴小慧", "complainant_phone": "13907931234", "wants_answer": "1",
    }  # fmt: skip
    assert post(client, form).status_code == 201
    tip = the_tip(session)
    assert not any(words in tip.text for words in ("吴小慧", "139"))
    kept = session.scalars(select(Complainant)).one()
    assert (kept.tip_id, kept.wants_answer, kept.is_minor) == (tip.id, True, False)
    assert post(client, form).status_code == 200
    wrong = letter(complainant_phone="打我电话")
    assert set(in_json(client, wrong).json["fields"]) == {"complainant_phone"}
    assert "打我电话" in post(client, wrong).text
