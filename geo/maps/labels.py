"""Chinese texts of the maps. A caller replaces any of them by key; `{…}` are filled in the page."""

from ..words import marked

HOTSPOT_LABELS = {
    "language": "zh-CN",
    "ranking_count": marked("热点片区 {n}"),
    "cells_in_area": marked("{n} 格"),
    "targets_count": marked("建议暗访 {n}"),
    "no_hotspots": marked("这段时间没有达到显著水平的热点。零星的线索仍可在图上查看。"),
    "whole_period": marked("全部时段"),
    "play": marked("播放"),
    "pause": marked("暂停"),
    "timeline": marked("时间"),
    "layers": marked("图层与图例"),
    "cells": marked("热点网格"),
    "unseen_cells": marked("未巡查网格"),
    "cold_cells": marked("冷点网格"),
    "townships": marked("乡镇界线"),
    "roads": marked("道路"),
    "level_3": marked("热点，99% 可信"),
    "level_2": marked("热点，95% 可信"),
    "level_1": marked("热点，90% 可信"),
    "level_0": marked("无显著聚集"),
    "level_-1": marked("冷点，90% 可信"),
    "level_-2": marked("冷点，95% 可信"),
    "level_-3": marked("冷点，99% 可信"),
    "level_9": marked("无记录且未巡查"),
    "short_3": "99%",
    "short_2": "95%",
    "short_1": "90%",
    "z": marked("Z 值 {z}"),
    "value": marked("加权 {n} 件"),
    "count": "{label} {n}",
    "nowhere": marked("乡镇未知"),
    "cell_code": marked("网格 {code}"),
    "events_in_window": marked("{n} 件"),
    "zoom_in": marked("放大"),
    "zoom_out": marked("缩小"),
    "whole_county": marked("看全县"),
    "map": marked("热点地图，方向键移动，加减键缩放"),
    "panel": marked("排行与说明"),
    "tools": marked("缩放与图层"),
    "beside": marked("本格无记录，邻格集中"),
    "about": marked("怎样看这张图"),
    "method": marked(
        "把全县分成大小相同的网格，按权重累计线索与查实问题，"
        "用 Getis-Ord Gi* 检验每格连同邻格是否明显高于全县平均，"
        "再以 Benjamini-Hochberg 方法控制误报。"
        "颜色越深、斜线越密，越不像是偶然。未巡查的网格不算冷点。"
    ),
}
