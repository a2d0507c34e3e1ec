"""What a back-test says, plainly: better than chance, no better, worse, or too little to tell."""

from typing import Any

from ...errors import Message, say

SHARE_SHOWN = 0.05  # of the area, that is spoken of first
FEW = say("样本太少，不能下结论")


def of_visits(result: dict[str, Any]) -> list[Message]:
    """On the order of visits."""
    visits = result["visits"]
    score = visits["orders"]["score"]
    if not visits["n"]:
        return [say("这段时间没有可以比较的检查。")]
    if not visits["found"]:
        return [say("这段时间的 {n} 次检查没有查出问题，无从比较。", n=visits["n"])]
    told = [
        say(
            "按期初风险得分排，前一半检查能查出全部问题点位的 {share}（95% 区间 {low}–{high}）；"
            "随机排是 50%（{least}–{most}）。",
            share=_percent(score["share"][0]),
            low=_percent(score["share"][1]),
            high=_percent(score["share"][2]),
            least=_percent(visits["random"]["share"][1]),
            most=_percent(visits["random"]["share"][2]),
        ),
        say(
            "有问题的点位平均能早 {days} 天查到（95% 区间 {low} 到 {high} 天，负数是更晚）。",
            days=_number(score["days_earlier"][0]),
            low=_number(score["days_earlier"][1]),
            high=_number(score["days_earlier"][2]),
        ),
    ]
    if visits["is_few"]:
        return [*told, FEW]
    return [*told, _against(score["share"][0], visits["random"]["share"]), _done(visits["against_done"])]


def _against(value: float, chance: list[float]) -> Message:
    if value > chance[2]:
        return say("明显好于随机。")
    return say("不如随机。") if value < chance[1] else say("与随机没有明显差别。")


def _done(gap: list[float]) -> Message:
    how = say("差别不明显")
    if gap[1] > 0:
        how = say("明显更好")
    elif gap[2] < 0:
        how = say("明显更差")
    return say(
        "与实际先后相比，前一半多查出 {gap} 个百分点（95% 区间 {low} 到 {high}），{how}。",
        gap=_number(100 * gap[0]),
        low=_number(100 * gap[1]),
        high=_number(100 * gap[2]),
        how=how,
    )


def of_cells(result: dict[str, Any]) -> list[Message]:
    """On the cells that were marked hot."""
    cells = result["cells"]
    if not cells["n"]:
        return [say("还没有县界或镇街边界，网格没有回测。")]
    if not cells["events"]:
        return [say("这段时间没有线索和查实问题，无从比较。")]
    shown = next(each for each in cells["shares"] if each["share"] == SHARE_SHOWN)
    hot = shown["orders"]["hot"]
    told = [
        say(
            "期初最热的 {area} 面积里，落下了此后 {rate} 的线索和问题（95% 区间 {low}–{high}），"
            "是随机的 {pai} 倍。",
            area=_percent(SHARE_SHOWN),
            rate=_percent(hot["hit_rate"][0]),
            low=_percent(hot["hit_rate"][1]),
            high=_percent(hot["hit_rate"][2]),
            pai=_number(hot["pai"][0]),
        )
    ]
    if not cells["has_past"]:
        told = [say("期初以前还没有数据，热点无从标出，与随机相同。")]
    if cells["is_few"]:
        return [*told, FEW]
    return [*told, _against(hot["hit_rate"][0], shown["random"]["hit_rate"])]


def _percent(value: float) -> str:
    return f"{100 * value:.0f}%"


def _number(value: float) -> str:
    return f"{value:.1f}"
