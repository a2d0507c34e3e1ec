"""E-mail files as mailers write them, the careless ones too."""

from email.message import EmailMessage
from typing import Any

SENDER = "ouyang.suqiu@example.com"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + b"\0" * 30


def make_mail(text: str = "3 栋地下室有人补课", *files: tuple[str, bytes, str], **headers: Any) -> bytes:
    """A well-made mail with files (name, content, media type)."""
    mail = EmailMessage()
    given = {
        "From": f"欧阳素秋 <{SENDER}>",
        "To": "jubao@wannian.example.cn",
        "Subject": "举报补课",
        "Date": "Fri, 20 Nov 2026 20:40:00 +0800",
        "Message-ID": "<one@mail.example.com>",
    }
    for name, value in (given | {key.replace("_", "-"): each for key, each in headers.items()}).items():
        if value is not None:
            mail[name] = value
    mail.set_content(text)
    for name, content, kind in files:
        main, sub = kind.split("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def raw_mail(body: bytes, kind: str = "text/plain; charset=gb2312", subject: bytes = b"x") -> bytes:
    """One as it stands in the file: headers of raw bytes, a body in whatever charset."""
    head = [
        b"From: \xc5\xb7\xd1\xf4 <" + SENDER.encode() + b">",
        b"Subject: " + subject,
        b"Message-ID: <raw@mail.example.com>",
        b"MIME-Version: 1.0",
        b"Content-Type: " + kind.encode(),
        b"Content-Transfer-Encoding: 8bit",
    ]
    return b"\r\n".join([*head, b"", body])
