"""Chinese texts of the map of a sweep. A caller replaces any of them by key; `{…}` are filled in the page."""

from ..words import marked

SWEEP_LABELS = {
    "language": "zh-CN",
    "tab_teams": marked("分组路线"),
    "tab_stops": marked("全部点位 {n}"),
    "tab_steps": marked("过程"),
    "team_stops": marked("{n} 个点位"),
    "no_team": marked("没有分组"),
    "planned": marked("计划进入"),
    "state": marked("情况"),
    "state_waiting": marked("待前往"),
    "state_under_way": marked("前往中"),
    "state_arrived": marked("已到达"),
    "state_entered": marked("检查中"),
    "state_done": marked("已完成"),
    "state_closed": marked("关门无人"),
    "state_moved": marked("已搬离"),
    "state_refused": marked("拒绝检查"),
    "state_dropped": marked("不再前往"),
    "linked": marked("与 {names} 同时进入"),
    "legend": marked("图例"),
    "area": marked("行动范围"),
    "no_stops": marked("还没有点位。"),
    "no_steps": marked("没有记录。"),
    "open": marked("打开档案"),
    "previous": marked("上一个点位"),
    "next": marked("下一个点位"),
    "play": marked("播放"),
    "pause": marked("暂停"),
    "timeline": marked("时间"),
    "speed": marked("快慢"),
    "speed_of": marked("每秒 {n} 分钟"),
    "so_far": marked("已到 {n} 处"),
    "badge": "{team}-{stop}",
    "join": marked("、"),
    "comma": marked("，"),
    "zoom_in": marked("放大"),
    "zoom_out": marked("缩小"),
    "whole_county": marked("看全图"),
    "close": marked("关闭"),
    "map": marked("行动地图，方向键移动，加减键缩放"),
    "panel": marked("路线和点位"),
    "tools": marked("缩放与图例"),
    "about": marked("怎样看这张图"),
    "method": marked(
        "颜色是小组，标号是“组号-顺序”。连线是先后次序，不是走的路。空心是还没去，带外圈是人在那里，实心是已进入，灰底带记号是没见到人。"
    ),
    "method_replay": marked(
        "空格播放和暂停，左右键到上一条、下一条记录。小组的位置按出发和到达的记录推算，不是定位。"
    ),
}
