"""What is odd about a photo, said with the number that a person would say."""

import pytest

from webapp.desk.flags import flag_in_words


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("photo_elsewhere", {"distance_m": 612}, "照片自带的位置在别处（相距 612 米）"),
        ("photo_elsewhere", {"distance_m": 1_540}, "照片自带的位置在别处（相距 1.5 公里）"),
        ("photo_elsewhere", {"distance_m": 9_024_407}, "照片自带的位置在别处（相距 9,024 公里）"),
        ("photo_at_another_time", {"apart_s": 900}, "照片自带的时间与记录不同（相差 15 分钟）"),
        ("photo_at_another_time", {"apart_s": 20_000}, "照片自带的时间与记录不同（相差 6 小时）"),
        ("photo_at_another_time", {"apart_s": 864_000}, "照片自带的时间与记录不同（相差 10 天）"),
        ("photo_at_another_time", {"apart_s": 490_643_040}, "照片自带的时间与记录不同（相差 16 年）"),
    ],
)
def test_a_distance_and_a_span_are_said_in_the_unit_that_fits(app, code: str, values: dict, said: str) -> None:
    with app.test_request_context():
        assert flag_in_words({"code": code, "values": values}) == said


def test_a_flag_without_a_sentence_stands_as_its_code(app) -> None:
    with app.test_request_context():
        assert flag_in_words("of_tomorrow") == "of_tomorrow"
