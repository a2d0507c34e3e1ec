"""Chinese texts of the coverage map. A caller replaces any of them by key; `{…}` are filled in the page."""

from ..words import marked

COVERAGE_LABELS = {
    "language": "zh-CN",
    "tab_places": marked("按镇街"),
    "tab_people": marked("按网格员"),
    "tab_due": marked("该去的 {n}"),
    "level_never": marked("从未走访"),
    "level_overdue": marked("超期"),
    "level_soon": marked("快到期"),
    "level_walked": marked("按期走访"),
    "level_count": "{level} {n}",
    "percent": marked("{many} 格 · 按期 {n}%"),
    "comma": marked("，"),
    "leads": marked("最近一次发现线索"),
    "legend": marked("图例"),
    "never_day": marked("没有走访记录"),
    "nowhere": marked("镇街未知"),
    "nobody": marked("还没有分给网格员"),
    "outcome_clean": marked("未见异常"),
    "outcome_leads": marked("发现线索"),
    "outcome_no_access": marked("未能进入"),
    "no_visits": marked("没有走访记录"),
    "records": marked("查看全部记录"),
    "more": marked("还有 {n} 个"),
    "nothing_due": marked("没有超期或从未走访的。"),
    "zoom_in": marked("放大"),
    "zoom_out": marked("缩小"),
    "whole_county": marked("看全图"),
    "close": marked("关闭"),
    "map": marked("走访覆盖地图，方向键移动，加减键缩放"),
    "panel": marked("统计和说明"),
    "tools": marked("缩放与图例"),
    "bands": marked("时段"),
    "about": marked("怎样看这张图"),
    "method": marked(
        "每个网格按最近一次走访的日期上色；交叉线表示从未有人走到，与走过而未见异常不同。"
        "未能进入的不算走访。选一个时段，只看那个时段的走访。"
    ),
}
