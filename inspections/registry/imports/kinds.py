"""What a site is, from the words of a list: its kind column, else its own name."""

import re
import unicodedata

from ..sites import CATEGORIES, Ownership, Premises, SiteCategory, SiteKind

KIND_OF = {category: kind for kind, categories in CATEGORIES.items() for category in categories}

# Tried in this order: 小学部 inside 九年一贯制 must not win.
_WORDS: tuple[tuple[SiteCategory, str], ...] = (
    (SiteCategory.NINE_YEAR, "九年一贯 九年制 十二年一贯"),
    (SiteCategory.AFTER_CARE, "托管班 托管中心 托管机构 课后托管 晚托 午托 after_care"),
    (SiteCategory.LUNCH_TABLE, "小饭桌 lunch_table"),
    (SiteCategory.STUDY_ROOM, "自习室 study_room"),
    (SiteCategory.MINDING, "看护班 看护点 minding"),
    (SiteCategory.BRIDGING, "幼小衔接 bridging"),
    (SiteCategory.PRESCHOOL, "学前班 preschool"),
    (SiteCategory.THINKING, "思维训练 thinking"),
    (SiteCategory.ENRICHMENT, "素质拓展 enrichment"),
    (SiteCategory.ONE_TO_ONE, "一对一 one_to_one"),
    (SiteCategory.LIVE_IN_TUTOR, "住家教师 live_in_tutor"),
    (SiteCategory.UNLICENSED_CLASS, "黑班 黑校 unlicensed_class"),
    (SiteCategory.CHILDCARE, "托育 childcare"),
    (SiteCategory.ARTS, "文化艺术 艺术 美术 音乐 舞蹈 书法 非学科文化 arts"),
    (SiteCategory.SPORT, "体育 篮球 游泳 武术 跆拳道 羽毛球 足球 sport"),
    (SiteCategory.SCIENCE, "科技 编程 机器人 science"),
    (SiteCategory.VOCATIONAL, "职业技能 vocational"),
    (SiteCategory.KINDERGARTEN, "幼儿园 幼教 学前教育 kindergarten"),
    (SiteCategory.SENIOR, "高级中学 普通高中 职业高中 完全中学 高中 中职 职业中专 职业技术学校 senior"),
    (SiteCategory.JUNIOR, "初级中学 初中 junior"),
    (SiteCategory.PRIMARY, "小学 教学点 完小 primary"),
    (SiteCategory.SUBJECT, "学科类 学科培训 文化课 subject"),
    (SiteCategory.JUNIOR, "中学"),
    (SiteCategory.CONSULTING, "咨询 consulting"),
    (SiteCategory.OTHER, "其他 疑似 违规办学 other"),
)


_CATEGORY_OF = {word: category for category, words in _WORDS for word in words.split()}
_PRIORITY = {word: place for place, word in enumerate(_CATEGORY_OF)}
_ANY_WORD = re.compile("|".join(map(re.escape, _CATEGORY_OF)))


def category_in(text: str) -> SiteCategory | None:
    """The first category whose word stands in the text; 非学科类 alone says too little."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("非学科类", "").replace("非学科", "")
    found = _ANY_WORD.findall(folded)
    return _CATEGORY_OF[min(found, key=_PRIORITY.__getitem__)] if found else None


def category_of(kind: str, name: str) -> SiteCategory | None:
    """By the kind column; where that only says 培训机构 or 学校, or nothing, by the name within that kind."""
    said = category_in(kind)
    if said and said is not SiteCategory.OTHER:
        return said
    named = category_in(name)
    if not kind:
        return named
    if said:
        return named if named and KIND_OF[named] is SiteKind.SUSPECTED else said
    allowed = next((k for word, k in _KINDS.items() if word in kind), None)
    return named if named and allowed in (None, KIND_OF[named]) and allowed else None


_KINDS = {
    "疑似": SiteKind.SUSPECTED,
    "suspected": SiteKind.SUSPECTED,
    "机构": SiteKind.INSTITUTION,
    "institution": SiteKind.INSTITUTION,
    "培训": SiteKind.INSTITUTION,
    "学校": SiteKind.SCHOOL,
    "school": SiteKind.SCHOOL,
}


def ownership_in(text: str) -> Ownership | None:
    if "民办" in text or "private" in text.lower():
        return Ownership.PRIVATE
    return Ownership.PUBLIC if "公办" in text or "public" in text.lower() else None


_PREMISES = {word: p for p in Premises for word in (p.value, str(p.label))}


def premises_in(text: str) -> Premises | None:
    """By the Chinese label or the stored word."""
    return _PREMISES.get(text)
