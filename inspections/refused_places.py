"""What `geo` refuses, in words a person can act on: one table for every code of its errors."""

from collections.abc import Mapping
from typing import Any

from geo.errors import GeoError, InvalidBox, InvalidDatum, InvalidGeometry, InvalidPosition, OutOfRange

from .errors import Message, say

REASONS: Mapping[str, Mapping[str, Message]] = {
    OutOfRange.__name__: {
        "not_finite": say("坐标不是有效的数字"),
        "out_of_range": say("超出经纬度的范围"),
        "looks_swapped": say("经度和纬度像是写反了"),
    },
    InvalidPosition.__name__: {
        "unreadable": say("不是坐标；请写成度数，如 117.0709, 28.6946"),
        "too_long": say("坐标写得太长，最多 {limit} 个字"),
        "minutes_or_seconds": say("分和秒都要小于 60"),
        "same_axis_twice": say("两个数写成了同一种：请一个写经度，一个写纬度"),
    },
    InvalidBox.__name__: {
        "unreadable": say("范围应是 西,南,东,北 四个经纬度"),
        "not_finite": say("范围应是 西,南,东,北 四个经纬度"),
        "out_of_range": say("超出经纬度的范围"),
        "order": say("范围的次序不对：应是 西,南,东,北"),
        "too_large": say("范围太大，请画小一些"),
    },
    InvalidDatum.__name__: {"unknown": say("不认识这个坐标系")},
    "InvalidGrid": {
        "too_fine": say("网格太密，请选更大的边长"),
        "size": say("网格边长不对，请选更大的边长"),
        "resolution": say("没有这一级六边形网格"),
        "no_area": say("边界没有面积，无法划分网格"),
        "no_seeds": say("没有可以划分的小区，请改用方格或六边形"),
        "invalid_outline": say("边界有错误，无法划分网格，请先修好边界"),
    },
    InvalidGeometry.__name__: {
        "too_large": say("图形太大或顶点太多，请简化后再试"),
        "not_json": say("收到的图形不是完整的 JSON"),
        "not_geojson": say("收到的图形不是 GeoJSON"),
        "unsupported_type": say("不支持“{type}”这种图形"),
        "foreign_crs": say("图形用的坐标系是 {crs}；请转成经纬度后再试"),
        "no_geometry": say("没有画出图形"),
        "malformed": say("坐标的层次不合 {type} 的写法"),
        "too_few_points": say("有一段线或边界的点太少，位置 {place}"),
        "nothing_left": say("修复之后什么也没有留下，请重新画"),
        "ring_not_closed": say("边界没有闭合，位置 {place}"),
        "self_crossing": say("边界自相交，位置 {place}"),
        "self_touching": say("边界碰到了自身，位置 {place}"),
        "hole_outside": say("有一个洞落在边界以外，位置 {place}"),
        "holes_nested": say("洞里又画了洞，位置 {place}"),
        "shells_nested": say("一块落在另一块里面，位置 {place}"),
        "interior_cut": say("洞把里面切成了几块，位置 {place}"),
        "duplicate_rings": say("同一条边界画了两次，位置 {place}"),
        "invalid": say("图形有错误，位置 {place}"),
        "height_dropped": say("没有保留高程"),
    },
}


def why(error: GeoError) -> Message:
    """The refusal in words, with the place where it is known."""
    kinds = (kind.__name__ for kind in type(error).__mro__)
    template = next(REASONS[kind][error.code] for kind in kinds if error.code in REASONS.get(kind, {})).template
    return Message(template, {**error.values, "place": _place(error.values)})


def _place(values: Mapping[str, Any]) -> str:
    lon, lat = values.get("lon"), values.get("lat")
    return "" if lon is None or lat is None else f"{lon:.6f}, {lat:.6f}"
