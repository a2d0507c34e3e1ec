"""Signing, publishing and withdrawing: what was signed never changes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspections.casework.closing import reopen
from inspections.casework.numbering import PaperKind, prefix_of, set_prefix
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.reporting.bulletins.bulletins import Audience, Bulletin, BulletinKind, BulletinState
from inspections.reporting.bulletins.drafting import choose_case, edit_section, recount
from inspections.reporting.bulletins.signing import is_whole, publish, seal_of, sign, withdraw
from inspections.reporting.documents.filling import says
from inspections.reporting.documents.making import word_file
from tests.bulletins import NOW, TELEPHONE, TODAY, Quarter
from tests.factories import COUNTY


@pytest.fixture
def quarter(session: Session) -> Quarter:
    return Quarter(session)


def test_signing_numbers_and_freezes(quarter: Quarter) -> None:
    bulletin = quarter.signed()
    assert bulletin.number_text == f"{prefix_of(quarter.session, COUNTY, PaperKind.BULLETIN)}〔2026〕1号"
    assert bulletin.content is not None
    assert is_whole(bulletin)
    assert quarter.signed(BulletinKind.HALF_MONTH, "2026-08-11").number == 2
    assert quarter.signed(BulletinKind.DAILY, "2026-08-11").number == 1  # a series of its own


def test_only_the_director_signs(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    with pytest.raises(Forbidden):
        sign(quarter.session, quarter.dispatcher, bulletin.id, seal_of(quarter.session, bulletin), NOW)


def test_words_that_changed_after_they_were_read_are_not_signed(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    seal = seal_of(quarter.session, bulletin)
    edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", "改过", 1, NOW)
    with pytest.raises(Conflict, match="这份草稿又改过"):
        sign(quarter.session, quarter.director, bulletin.id, seal, NOW)


def test_an_empty_section_is_not_signed(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", "", 1, NOW)
    with pytest.raises(Invalid, match="还有空着的部分：举报查处"):
        sign(quarter.session, quarter.director, bulletin.id, seal_of(quarter.session, bulletin), NOW)


def test_later_figures_dont_touch_what_was_signed(quarter: Quarter) -> None:
    bulletin = quarter.signed()
    before = word_file(quarter.session, COUNTY, "bulletin_quarterly", bulletin.content or {}, bulletin.id)
    quarter.find(quarter.checks[0], "又一个问题")
    with pytest.raises(Conflict, match="已经签发，文字不再改动"):
        recount(quarter.session, quarter.dispatcher, bulletin.id, NOW)
    with pytest.raises(Conflict, match="已经签发"):
        edit_section(quarter.session, quarter.dispatcher, bulletin.id, "tips", "改", 1, NOW)
    assert word_file(quarter.session, COUNTY, "bulletin_quarterly", bulletin.content or {}, bulletin.id) == before


@pytest.mark.parametrize("statement", [
    "update bulletins set content = '{}'",
    "update bulletins set title = '改过'",
    "update bulletins set number_text = '改过'",
    "update bulletins set state = 'draft'",
    "update bulletin_sections set text = '改过'",
    "delete from bulletin_sections",
    "delete from bulletins",
])  # fmt: skip
def test_the_database_keeps_what_was_signed(quarter: Quarter, statement: str) -> None:
    quarter.signed()
    with pytest.raises(IntegrityError, match="is signed and does not change"):
        quarter.session.execute(text(statement))


def test_nothing_is_published_without_a_signature(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    for audience in Audience:
        with pytest.raises(Conflict, match="还没有签发，不能发布"):
            publish(quarter.session, quarter.director, bulletin.id, audience, NOW)


def test_what_goes_to_everyone_names_nobody(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    words = f"启明星培训一部负责人刘小红（{TELEPHONE}、0793-8123456）在和平路12号3栋201室开班，张敏检查；"
    words += "见〔2026〕17号。"
    edit_section(quarter.session, quarter.dispatcher, bulletin.id, "hidden", words, 1, NOW)
    form = {"finding_id": str(quarter.findings[0].id), "is_named": "1", "text": "启明星培训一部的刘小红已整改。"}
    choose_case(quarter.session, quarter.dispatcher, bulletin.id, form)
    sign(quarter.session, quarter.director, bulletin.id, seal_of(quarter.session, bulletin), NOW)
    publish(quarter.session, quarter.director, bulletin.id, Audience.PUBLIC, NOW)
    inside, outside = bulletin.content or {}, bulletin.public_content or {}
    assert words in str(inside)
    assert "启明星培训一部" in str(inside["cases"])
    hidden = next(each["text"] for each in outside["sections"] if each["key"] == "hidden")
    assert hidden == "某校外培训机构负责人刘某某（（略）、（略））在（略）开班，张某检查；见〔2026〕17号。"
    for secret in ("启明星", "刘小红", "张敏", "李调度", TELEPHONE, str(quarter.findings[0].id)):
        assert secret not in str(outside)
    assert is_whole(bulletin)
    file = says(word_file(quarter.session, COUNTY, "bulletin_quarterly", outside, bulletin.id))
    assert "某校外培训机构" in file
    assert "刘小红" not in file


def test_probable_names_are_read_before_everyone_does(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    edit_section(quarter.session, quarter.dispatcher, bulletin.id, "hidden", "家长王丽反映陈老师补课。", 1, NOW)
    sign(quarter.session, quarter.director, bulletin.id, seal_of(quarter.session, bulletin), NOW)
    with pytest.raises(Conflict, match="家长王丽等 2 处"):
        publish(quarter.session, quarter.director, bulletin.id, Audience.PUBLIC, NOW)
    publish(quarter.session, quarter.director, bulletin.id, Audience.PUBLIC, NOW, names_read=True)
    assert bulletin.public_content


def test_a_withdrawn_bulletin_leaves_a_notice_and_makes_room(quarter: Quarter) -> None:
    bulletin = quarter.signed()
    publish(quarter.session, quarter.director, bulletin.id, Audience.PUBLIC, NOW)
    with pytest.raises(Invalid, match="请写明撤回的原因"):
        withdraw(quarter.session, quarter.director, bulletin.id, "  ", NOW)
    withdraw(quarter.session, quarter.director, bulletin.id, "数字有误，刘小红反映", NOW)
    assert (bulletin.state, bulletin.public_reason) == (BulletinState.WITHDRAWN, "数字有误，刘某某反映")
    assert bulletin.content is not None
    with pytest.raises(Conflict, match="不能发布"):
        publish(quarter.session, quarter.director, bulletin.id, Audience.INSIDE, NOW)
    assert quarter.signed().number == 2


def test_a_case_reopened_after_the_signature_stays_in_the_words(quarter: Quarter) -> None:
    bulletin = quarter.draft()
    done = quarter.findings[0]
    choose_case(quarter.session, quarter.dispatcher, bulletin.id, {"finding_id": str(done.id)})
    sign(quarter.session, quarter.director, bulletin.id, seal_of(quarter.session, bulletin), NOW)
    reopen(quarter.session, quarter.dispatcher, done.id, "又在授课", NOW, TODAY)
    assert is_whole(bulletin)
    assert "予以销号" in str((bulletin.content or {})["cases"])


def test_a_series_of_bulletins_has_a_prefix_of_its_own(quarter: Quarter) -> None:
    quarter.signed()
    used = prefix_of(quarter.session, COUNTY, PaperKind.BULLETIN)
    with pytest.raises(Invalid, match="已用于另一类文书"):
        set_prefix(quarter.session, quarter.director, PaperKind.DAILY, used)
    assert quarter.session.query(Bulletin).count() == 1
