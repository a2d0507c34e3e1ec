import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.intake.mail import MOST_FILES, NoMail, read_mail, shown_text, text_of
from tests.mails import GIF, SENDER, make_mail, raw_mail


def test_a_mail_is_its_words_its_sender_and_its_files() -> None:
    mail = read_mail(make_mail("有人补课\n我的电话 13712345678", ("广告.gif", GIF, "image/gif")))
    assert (mail.subject, mail.text) == ("举报补课", "有人补课\n我的电话 13712345678")
    assert (mail.sender_name, mail.sender_address, mail.sender_phone) == ("欧阳素秋", SENDER, "13712345678")
    assert [(each.name, each.content) for each in mail.files] == [("广告.gif", GIF)]
    assert mail.sent_at
    assert mail.sent_at.isoformat() == "2026-11-20T20:40:00+08:00"


def test_the_number_of_the_site_is_not_taken_for_the_senders() -> None:
    assert read_mail(make_mail("老师电话 13900139000，3 栋")).sender_phone == ""
    assert read_mail(make_mail("有人补课\n请查\n此致\n王\n13712345678")).sender_phone == "13712345678"


@pytest.mark.parametrize("charset", ["gb2312", "GBK", "gb18030", "utf-8", "us-ascii", "x-unknown", ""])
def test_chinese_is_read_whatever_the_charset_says(charset: str) -> None:
    said = "镕基小区朱老师补课㐀"  # 镕 is not in GB 2312, 㐀 not in GBK
    kind = f'text/plain; charset="{charset}"' if charset else "text/plain"
    mail = read_mail(raw_mail(said.encode("gb18030"), kind, subject="举报".encode("gbk")))
    assert (mail.text, mail.subject, mail.sender_name) == (said, "举报", "欧阳")


def test_encoded_words_of_a_header_may_lie_about_their_charset_too() -> None:
    word = base64.b64encode("朱镕老师补课".encode("gbk")).decode()
    assert read_mail(raw_mail(b"x", subject=f"=?gb2312?B?{word}?=".encode())).subject == "朱镕老师补课"
    assert "Q?=" in read_mail(raw_mail(b"x", subject=b"=?nonsense?Q?=")).subject


def test_a_mail_of_html_alone_becomes_the_text_that_it_shows() -> None:
    html = (
        "<style>p{}</style><p>有人<b>补课</b></p><script>alert(1)</script><div>3&nbsp;栋<br>地下室</div>"
        "<img src=https://track.example/x.gif><a href='javascript:x'>点这里</a>"
    )
    assert read_mail(raw_mail(html.encode("gbk"), "text/html; charset=gb2312")).text == (
        "有人补课\n\n3 栋\n地下室\n点这里"
    )


@given(st.text(max_size=300))
def test_what_is_shown_of_html_never_fails_and_has_no_tag(html: str) -> None:
    assert "<script" not in shown_text(f"<p>{html.replace('<', '')}</p><script>x</script>")
    shown_text(html)


def test_a_mail_inside_of_a_mail_is_a_file_and_names_of_files_lead_nowhere() -> None:
    inner = make_mail("原来的邮件")
    mail = read_mail(make_mail("转来一封", ("../../etc/passwd", b"x", "application/pdf")))
    assert [each.name for each in mail.files] == ["passwd"]
    both = (
        b"From: a@b.cn\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--x--\r\n"
    )
    forwarded = read_mail(both)
    assert forwarded.text == "hi"
    assert [each.name for each in forwarded.files] == ["附件1.eml"]


def test_the_same_mail_has_one_id_and_another_has_another() -> None:
    one, again = read_mail(make_mail()), read_mail(make_mail("改过的内容"))
    assert one.id == again.id
    assert one.id.version == 7
    assert read_mail(make_mail(Message_ID="<two@mail.example.com>")).id != one.id
    assert read_mail(make_mail(Message_ID=None)).id == read_mail(make_mail(Message_ID=None)).id
    assert read_mail(make_mail("别的", Message_ID=None)).id != read_mail(make_mail(Message_ID=None)).id


def test_too_many_files_and_too_long_a_text_are_cut_and_said() -> None:
    mail = read_mail(make_mail("长" * 30_000, *((f"{n}.pdf", b"%PDF", "application/pdf") for n in range(25))))
    assert len(mail.files) == MOST_FILES
    assert len(mail.notes) == 2


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x00" * 500, b"PK\x03\x04zip", "只是一段话".encode(), b"\xd0\xcf\x11\xe0"]
)
def test_what_is_no_mail_is_refused(content: bytes) -> None:
    with pytest.raises(NoMail):
        read_mail(content)


def test_parts_in_parts_in_parts_end_somewhere() -> None:
    content = b"From: a@b.cn\r\n"
    for depth in range(2_000):
        content += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth)
    with suppress(NoMail):
        assert read_mail(content).files == ()


@given(st.binary(max_size=400))
def test_bytes_behind_a_head_never_break_the_reader(body: bytes) -> None:
    read_mail(raw_mail(body))
    read_mail(b"From: a@b.cn\r\n" + body)
    text_of(body, "hz")
