"""What is odd about a check or a photo, in words. Facts for a reviewer, no verdicts (`geo.fixes`)."""

from typing import Any

from flask_babel import gettext as _

HOUR_S, DAY_S = 3_600, 86_400
YEAR_S = 365.2425 * DAY_S


def flag_in_words(flag: str | dict[str, Any]) -> str:
    """The sentence of a flag; one that is not known yet stands as its code."""
    code, values = (flag, {}) if isinstance(flag, str) else (flag.get("code", ""), flag.get("values") or {})
    sentence = sentences().get(code)
    if sentence is None:
        return str(code)
    detail = _detail(code, values)
    return _("%(name)s（%(more)s）", name=sentence, more=detail) if detail else sentence


def sentences() -> dict[str, str]:
    return {
        "no_fix": _("没有取得定位"),
        "unknown_accuracy": _("定位没有给出精度"),
        "stale_fix": _("定位不是当时取得的"),
        "clock_ahead": _("定位时间晚于记录时间"),
        "identical_place": _("坐标与另一天的记录完全相同"),
        "constant_accuracy": _("定位精度一直不变，可能是模拟位置"),
        "too_fast": _("与上一条记录相距太远，来不及到达"),
        "gcj02_fingerprint": _("坐标像是 GCJ-02，未经换算"),
        "photo_elsewhere": _("照片自带的位置在别处"),
        "photo_at_another_time": _("照片自带的时间与记录不同"),
        "sequence_reused": _("这台手机的序号用过两次，可能恢复过备份"),
        "used_in_another_check": _("同一张照片出现在另一次检查中"),
        "retired_cell": _("网格已停用或重新划分"),
        "unknown_cell": _("手机上的网格不在系统里"),
        "others_cell": _("网格不归走访人，也没有派给走访人"),
        "unknown_campaign": _("手机上的排查行动不在系统里"),
        "mostly_elsewhere": _("大部分位置不在网格里"),
        "short_walk": _("走访不到一分钟"),
        "clock_skew": _("手机时钟偏差超过五分钟"),
        "clock_jumped": _("手机时钟中途被调过"),
        "site_fact_unread": _("检查中记下的点位信息有一项不能使用，没有改动点位"),
        "unproven_author": _("由别人带来的导出文件，签名没有证明是本人的，专班核实后收下"),
        "disabled_account": _("收到时作者的账号已停用，专班核实后收下"),
        "recheck_unread": _("有一条复查结果读不出来，没有采用；原文在记录里"),
        "recheck_unknown": _("复查的问题不在这个点位，或已记为不成立，没有采用；原文在记录里"),
        "recheck_without_photo": _("记为“已整改到位”，却没有整改后的照片"),
        "photo_unlinked": _("照片所指的问题或整改前照片不在这个点位，照片照常保留"),
        "facts_unread": _("手机登记的事实有一组没有采用，见“事实与判定”"),
        "facts_not_allowed": _("登记事实的人没有这个权限，事实没有采用，见“事实与判定”"),
        "cleaned_text": _("文字中的控制字符已清除"),
    }


def _detail(code: str, values: dict[str, Any]) -> str:
    if "distance_m" in values:
        return _("相距 %(length)s", length=_length(float(values["distance_m"])))
    if "apart_s" in values:
        return _("相差 %(span)s", span=_span(float(values["apart_s"])))
    return ""


def _length(metres: float) -> str:
    if metres < 1_000:
        return _("%(n)s 米", n=round(metres))
    return _("%(n)s 公里", n=f"{metres / 1_000:.1f}" if metres < 10_000 else f"{metres / 1_000:,.0f}")


def _span(seconds: float) -> str:
    """In the unit in which a person would say it: a photo of ten years ago is no eight million minutes away."""
    if seconds < 2 * HOUR_S:
        return _("%(n)s 分钟", n=round(seconds / 60))
    if seconds < 2 * DAY_S:
        return _("%(n)s 小时", n=round(seconds / HOUR_S))
    if seconds < 2 * YEAR_S:
        return _("%(n)s 天", n=round(seconds / DAY_S))
    return _("%(n)s 年", n=round(seconds / YEAR_S))
