"""An e-mail file as text and files: whatever its charset says, and whatever its HTML would do.

Nothing here is stored, and nothing that a mail names is fetched.
"""

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Mail
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import NamedTuple
from uuid import UUID

from ..errors import InspectionError, Message, say
from ..incoming import UNKEEPABLE, YEARS
from .clues import MOBILE, OWN

MOST_BYTES = 60_000_000
MOST_PARTS, MOST_FILES = 200, 20
LONGEST_TEXT, LONGEST_NAME = 20_000, 120
# What mailers write, and what their texts really are: supersets that read all of it
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "hz": "hz", "big5": "big5hkscs"}
GUESSED = ("utf-8", "gb18030")
BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote", "hr"})
SILENT = frozenset({"script", "style", "head", "title", "noscript", "template", "svg"})


ADDRESS = re.compile(r"<([^<>\s]+)>|([^\s<>,;\"']+@[^\s<>,;\"']+)")


class NoMail(InspectionError):
    message = say("这个文件不是邮件（.eml），或者已经损坏")


class MailFile(NamedTuple):
    """A file that came with a mail. `name` is what the sender called it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class ReadMail:
    """`id` follows from the Message-ID, or from the bytes where there is none: the same mail has the same one.

    The sender's name, address and own number are told apart; `taking_mail` seals them.
    """

    id: UUID
    subject: str
    text: str
    sent_at: datetime | None
    sender_name: str
    sender_address: str
    sender_phone: str
    files: tuple[MailFile, ...] = ()
    notes: tuple[Message, ...] = field(default=())


def read_mail(content: bytes) -> ReadMail:
    """Raises NoMail."""
    if len(content) > MOST_BYTES:
        raise NoMail(say("邮件超过 {n} MB", n=MOST_BYTES // 1_000_000))
    try:
        mail = email.message_from_bytes(content, policy=email.policy.compat32)
        parts = list(_parts(mail))
    except (RecursionError, ValueError, LookupError):
        raise NoMail from None
    if not any(mail.get(name) for name in ("From", "Date", "Message-ID", "Subject", "Received")):
        raise NoMail
    notes: list[Message] = []
    text = _text(parts)
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
        notes.append(say("正文太长，只取了前 {n} 个字", n=LONGEST_TEXT))
    name, address = _sender(mail)
    return ReadMail(
        id=_id_of(mail, content),
        subject=_line(_header(mail, "Subject")),
        text=text,
        sent_at=_sent_at(mail),
        sender_name=name,
        sender_address=address,
        sender_phone=_own_phone(text),
        files=tuple(_files(parts, notes)),
        notes=tuple(notes),
    )


def _parts(mail: Mail, depth: int = 0) -> Iterator[Mail]:
    """The leaves. A mail inside of the mail is one of its files."""
    payload = mail.get_payload()
    if depth > 30 or mail.get_content_type() == "message/rfc822" or not isinstance(payload, list):
        yield mail
        return
    for each in payload[:MOST_PARTS]:
        if isinstance(each, Mail):
            yield from _parts(each, depth + 1)


def _text(parts: list[Mail]) -> str:
    """The plain text; where there is none, what the HTML shows."""
    plain = [each for each in parts if each.get_content_type() == "text/plain" and not _is_file(each)]
    said = "\n\n".join(filter(None, (_decoded(each).strip() for each in plain)))
    if not said:
        html = [each for each in parts if each.get_content_type() == "text/html" and not _is_file(each)]
        said = "\n\n".join(filter(None, (shown_text(_decoded(each)) for each in html)))
    return re.sub(r"\n{3,}", "\n\n", UNKEEPABLE.sub("", said.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def _is_file(part: Mail) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _decoded(part: Mail) -> str:
    content = part.get_payload(decode=True)
    return text_of(content, part.get_content_charset()) if isinstance(content, bytes) else ""


def text_of(content: bytes, charset: str | None) -> str:
    """Bytes as text: by the charset that is named if they fit it, else by those that Chinese mailers use."""
    named = (charset or "").strip("'\" ").lower()
    for each in filter(None, (CHARSETS.get(named, named), *GUESSED)):
        try:
            return content.decode(each)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("gb18030", errors="replace")


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += 1
        elif tag in BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(re.sub(r"\s+", " ", data))


def shown_text(html: str) -> str:
    """What a page of a mail shows, as lines of text: no markup, no addresses, no scripts."""
    reader = _Shown()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[ \xa0]+", " ", line).strip() for line in "".join(reader.said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _header(mail: Mail, name: str) -> str:
    """A header in words: encoded ones by their charset, and bytes that should not be there by guessing."""
    raw = mail.get(name)
    if raw is None:
        return ""
    text = str(raw)
    if not isinstance(raw, str) or any(0xDC80 <= ord(each) <= 0xDCFF for each in text):
        value = getattr(mail, "_headers", [])
        found = next((each for key, each in value if key.lower() == name.lower()), "")
        return text_of(str(found).encode("ascii", "surrogateescape"), None)
    return _words(text)


def _words(text: str) -> str:
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    said = ""
    for piece, charset in pieces:
        said += text_of(piece, charset) if isinstance(piece, bytes) else piece
    return said


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", UNKEEPABLE.sub("", text)).strip()


def _sender(mail: Mail) -> tuple[str, str]:
    """Name and address of who wrote; a name that only repeats the address is none."""
    for name in ("From", "Reply-To", "Sender"):
        said = _line(_header(mail, name))
        if found := ADDRESS.search(said):
            address = (found[1] or found[2])[:100]
            shown = said[: found.start()].strip(" \"'<,")
            is_own = shown and shown.lower() not in {address.lower(), address.partition("@")[0].lower()}
            return (shown[:50] if is_own else "", address)
        if said:
            return said[:50], ""
    return "", ""


def _own_phone(text: str) -> str:
    """The first number that the words call the writer's own, or the one that stands in the last lines."""
    for match in MOBILE.finditer(text):
        if OWN.search(text[: match.start()]):
            return match[1]
    end = "\n".join(text.splitlines()[-3:]) if text.count("\n") >= 3 else ""
    last = MOBILE.search(end)
    return last[1] if last else ""


def _sent_at(mail: Mail) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(mail.get("Date", "")))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if at.year in YEARS else None


def _files(parts: list[Mail], notes: list[Message]) -> Iterator[MailFile]:
    found = 0
    for part in parts:
        if part.get_content_type() in {"text/plain", "text/html"} and not _is_file(part):
            continue
        content = _bytes(part)
        if not content:
            continue
        found += 1
        if found > MOST_FILES:
            notes.append(say("附件太多，只取了前 {n} 个", n=MOST_FILES))
            return
        yield MailFile(_file_name(part, found), content)


def _bytes(part: Mail) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Mail) else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _file_name(part: Mail, number: int) -> str:
    """The last part of what the sender called it, without signs that mean something to a path."""
    said = part.get_filename() or ""
    if any(0xDC80 <= ord(each) <= 0xDCFF for each in said):
        said = text_of(said.encode("utf-8", "surrogateescape"), None)
    name = re.sub(r"[/\\:*?\"<>|]+", "_", _line(_words(said)).replace("\\", "/").rpartition("/")[2])
    ending = {"message/rfc822": ".eml"}.get(part.get_content_type(), "")
    return name[-LONGEST_NAME:] or f"{say('附件{n}', n=number)}{ending}"


def _id_of(mail: Mail, content: bytes) -> UUID:
    """A UUIDv7 of the time that the mail gives and of the hash of its Message-ID."""
    named = _line(str(mail.get("Message-ID", "")))
    digest = hashlib.sha256(named.encode("utf-8", "surrogateescape") if named else content).digest()
    sent_at = _sent_at(mail)
    milliseconds = int(sent_at.timestamp() * 1000) if sent_at else 0
    number = (max(0, milliseconds) & ((1 << 48) - 1)) << 80 | int.from_bytes(digest[:10])
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)
