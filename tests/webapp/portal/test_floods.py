"""Ten thousand garbage tips in ten minutes: the real ones come in, and are read first; the disk is bounded."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from inspections.intake.tips import Lane, Tip, TipState
from inspections.registry.people import Role
from tests.factories import COUNTY, make_person
from tests.webapp.portal.test_reports import HERE, letter, photo, work

GARBAGE = 10_000
CODES = re.compile(r"\b\d{6}-[2-9A-Z]{6}\b")


FLOOD = """
    insert into tips (county, id, code, channel, state, text, lane, received_at, triage_due_at)
    select :county, gen_random_uuid(), '261122-F' || lpad(n::text, 5, '0'), 'web', 'new', n || ' 垃圾',
        case when n <= 200 then 'unproven' else 'flood' end, now() - interval '10 minutes' * (:count - n) / :count,
        now() + interval '20 hours'
    from generate_series(1, :count) n
"""


@pytest.fixture
def flooded(session: Session) -> Session:
    """As many as came in ten minutes from a thousand addresses."""
    session.execute(text(FLOOD), {"county": COUNTY, "count": GARBAGE})
    session.commit()
    return session


def from_address(client: FlaskClient, n: int, form: dict[str, Any]) -> int:
    address = f"198.51.{n // 250}.{n % 250 + 1}"
    return client.post(HERE, data=form, environ_base={"REMOTE_ADDR": address}).status_code


def test_in_a_flood_a_real_tip_enters_and_stands_first_in_the_inbox(client, flooded, sign_in) -> None:
    assert {from_address(client, n, letter(text=f"还是垃圾 {n}")) for n in range(12)} == {201}
    plain = letter(text="没有脚本的手机发来的", files=[photo()])
    assert from_address(client, 8, plain) == 201
    last = flooded.scalars(select(Tip.lane).order_by(Tip.received_at.desc()).limit(13)).all()
    assert set(last) == {Lane.FLOOD}
    form = letter(text="真的：三楼有人补课")
    form["altcha"] = work(client, form["form_id"])
    assert from_address(client, 7, form) == 201
    tip = flooded.scalars(select(Tip).where(Tip.text == form["text"])).one()
    assert tip.lane is Lane.PROVEN
    make_person(flooded, Role.DISPATCHER, login="li")
    page = sign_in("li").get("/tips?queue=new").text
    assert CODES.findall(page)[0] == tip.code
    assert flooded.scalars(select(Tip.state).where(Tip.text == plain["text"])).one() is TipState.NEW


def test_what_a_flood_leaves_on_the_disk_is_bounded(client, flooded, app) -> None:
    app.config |= {"FLOOD_TIPS_A_DAY": GARBAGE - 200 + 3}
    answers = [from_address(client, n, letter(text=f"垃圾 {n}")) for n in range(8)]
    assert answers == [201] * 3 + [429] * 5
    refused = client.post(HERE, data=letter(text="写了很久的话"))
    assert refused.status_code == 429
    assert "写了很久的话" in refused.text
    assert "12345" in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    form = letter()
    form["altcha"] = work(client, form["form_id"])
    assert from_address(client, 9, form) == 201
    longest = flooded.scalar(select(func.max(func.octet_length(Tip.text))))
    assert longest is not None
    assert longest < 20_000


def test_photos_of_a_flood_may_use_a_fifth_of_the_day_and_those_of_proven_tips_the_rest(
    client, flooded, app
) -> None:
    app.config |= {"PUBLIC_BYTES_A_DAY": 2_000}
    plain = client.post(HERE, data=letter(files=[photo()]))
    assert "没有收下" not in plain.text
    more = client.post(HERE, data=letter(files=[photo("b.png", photo_of(600))]))
    assert (more.status_code, "没有收下" in more.text) == (201, True)
    form = letter(files=[photo("c.png", photo_of(600))])
    form["altcha"] = work(client, form["form_id"])
    assert "没有收下" not in client.post(HERE, data=form).text


def photo_of(size: int) -> bytes:
    """A photo of so many bytes, as far as its header and end say."""
    content = photo()[0].read()
    return content + bytes(size - len(content))
