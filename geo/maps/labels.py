"""Chinese texts of the maps. A caller replaces any of them by key; `{…}` are filled in the page."""

HOTSPOT_LABELS = {
    "language": "zh-CN",
    "ranking_count": "热点排行 {n}",
    "targets_count": "建议暗访 {n}",
    "no_hotspots": "这段时间没有达到显著水平的热点。零星的线索仍可在图上查看。",
    "whole_period": "全部时段",
    "play": "播放",
    "pause": "暂停",
    "timeline": "时间",
    "layers": "图层与图例",
    "cells": "热点网格",
    "unseen_cells": "未巡查网格",
    "cold_cells": "冷点网格",
    "townships": "乡镇界线",
    "roads": "道路",
    "level_3": "热点,99% 可信",
    "level_2": "热点,95% 可信",
    "level_1": "热点,90% 可信",
    "level_0": "无显著聚集",
    "level_-1": "冷点,90% 可信",
    "level_-2": "冷点,95% 可信",
    "level_-3": "冷点,99% 可信",
    "level_9": "无记录且未巡查",
    "short_3": "99%",
    "short_2": "95%",
    "short_1": "90%",
    "z": "Z 值 {z}",
    "value": "加权 {n} 件",
    "count": "{label} {n}",
    "nowhere": "乡镇未知",
    "cell_code": "网格 {code}",
    "events_in_window": "{n} 件",
    "zoom_in": "放大",
    "zoom_out": "缩小",
    "whole_county": "看全县",
    "map": "热点地图,方向键移动,加减键缩放",
    "panel": "排行与说明",
    "tools": "缩放与图层",
    "beside": "本格无记录,邻格集中",
    "about": "怎样看这张图",
    "method": (
        "把全县分成大小相同的网格,按权重累计线索与查实问题,"
        "用 Getis-Ord Gi* 检验每格连同邻格是否明显高于全县平均,"
        "再以 Benjamini-Hochberg 方法控制误报。"
        "颜色越深、斜线越密,越不像是偶然。未巡查的网格不算冷点。"
    ),
}
