import pytest

from inspections.registry.imports.kinds import category_of, ownership_in, premises_in
from inspections.registry.sites import Ownership, Premises, SiteCategory

WORDS = [
    ("民办幼儿园", "小太阳", SiteCategory.KINDERGARTEN),
    ("", "万年县石镇镇中心小学", SiteCategory.PRIMARY),
    ("九年一贯制学校", "湖云学校", SiteCategory.NINE_YEAR),
    ("初级中学", "万年二中", SiteCategory.JUNIOR),
    ("完全中学", "万年中学", SiteCategory.SENIOR),
    ("非学科类（体育）", "飞扬", SiteCategory.SPORT),
    ("校外培训机构", "小画家美术中心", SiteCategory.ARTS),
    ("学科类", "学而优", SiteCategory.SUBJECT),
    ("疑似违规办学点", "阳光托管班", SiteCategory.AFTER_CARE),
    ("", "建德小区住家教师", SiteCategory.LIVE_IN_TUTOR),
    ("primary", "X", SiteCategory.PRIMARY),
    ("非学科类", "飞扬", None),
    ("校外培训机构", "育才小学", None),
    ("天文馆", "育才小学", None),
    ("", "阳光之家", None),
]


@pytest.mark.parametrize(("kind", "name", "category"), WORDS)
def test_the_words_of_a_list_say_what_a_site_is(kind, name, category):
    assert category_of(kind, name) is category


def test_ownership_and_premises_are_read_by_their_words():
    assert ownership_in("民办") is Ownership.PRIVATE
    assert ownership_in("公办小学") is Ownership.PUBLIC
    assert ownership_in("") is None
    assert premises_in("居民楼") is Premises.RESIDENTIAL
    assert premises_in("飞船") is None
