from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from inspections.casework.attaching import Allowance, clean_name, drop, open_form
from inspections.casework.invitations import Guest
from inspections.casework.inviting import invite
from inspections.casework.orders import items_of
from inspections.casework.proofs import Proof, proofs_of
from inspections.casework.responding import read_letter, submit
from inspections.db import new_id
from inspections.errors import Conflict, Invalid, NotFound
from inspections.evidence.blobs import Blob
from inspections.evidence.derivatives import Decoder
from inspections.evidence.photo_check import Accepted, Refusal
from inspections.evidence.proof_check import MAX_DOCUMENT_BYTES, OLE, check_proof, has_macros
from inspections.evidence.receiving import derive
from inspections.evidence.viewing import open_picture
from tests.answers import KEYS, PDF, add, answer_form, package, store_in
from tests.orders import AT, Case

WEB = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session)
    case.order = case.served()  # type: ignore[attr-defined]
    return case


@pytest.fixture
def guest(session: Session, case) -> Guest:
    made = invite(session, case.director, case.order.id, KEYS, AT)
    return Guest(made.county, made.id)


def old_office(*streams: str) -> bytes:
    """A file of the kind before 2007, as far as its directory tells."""
    entries = [name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in ("Root Entry", *streams)]
    return OLE + bytes(504) + b"".join(entries).ljust(512, b"\0")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (package("word"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (package("xl"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (package("ppt"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (old_office("WordDocument"), "application/msword"),
        (old_office("Workbook"), "application/vnd.ms-excel"),
    ],
)
def test_documents_are_known_by_what_they_are(content: bytes, media_type: str) -> None:
    assert check_proof(BytesIO(content)) == Accepted(media_type)


@pytest.mark.parametrize("content", [package("word", "word/vbaProject.bin"), old_office("WordDocument", "Macros")])
def test_a_document_with_macros_is_kept_and_named_as_such(content: bytes) -> None:
    verdict = check_proof(BytesIO(content))
    assert isinstance(verdict, Accepted)
    assert has_macros(verdict.media_type)


@pytest.mark.parametrize(
    "content",
    [b"", WEB, b"\xef\xbb\xbf \n" + WEB, b"<svg onload=alert(1)>", b"MZ\x90\x00 a program", b"#!/bin/sh\nrm -rf",
     b"Rar!\x1a\x07", package("META-INF", content_types=False), package("word", content_types=False), PDF[:20],
     b"PK\x03\x04 broken", OLE[:4] + b"nothing", old_office("Nothing"), b"GIF89a"],
)  # fmt: skip
def test_what_is_no_proof_is_refused(content: bytes) -> None:
    assert isinstance(check_proof(BytesIO(content)), Refusal)


def test_a_real_photo_is_evidence_as_a_check_photo_is(session, case, guest, tmp_path, shared_data) -> None:
    store, photo = store_in(tmp_path), shared_data / "photos" / "gps_htc_desire.jpg"
    item = str(items_of(session, case.order)[0].item.id)
    form_id = new_id()
    with photo.open("rb") as file:
        proof = add(session, store, guest, case.order, form_id, file, "IMG_0001.JPG", item)
    assert (proof.name, proof.item, proof.size) == ("IMG_0001.JPG", item, photo.stat().st_size)
    with store.open(proof.sha256) as kept:
        assert kept.read() == photo.read_bytes()
    blob = session.get_one(Blob, (proof.county, proof.sha256))
    assert (blob.received_from_id, blob.derived_at) == (None, None)
    waiting = text("select count(*) from procrastinate_jobs where queueing_lock = :key")
    assert session.scalar(waiting, {"key": f"derive {proof.county} {proof.sha256}"}) == 1
    with Decoder() as decoder:
        derive(session, store, proof.county, proof.sha256, decoder)
    with open_picture(session, store, case.dispatcher, proof.sha256, 320) as picture:
        assert picture.read(2) == b"\xff\xd8"


def test_documents_get_no_pictures(session: Session, case, guest: Guest, tmp_path: Path) -> None:
    proof = add(session, store_in(tmp_path), guest, case.order, new_id(), BytesIO(PDF), "整改报告.pdf")
    assert session.get_one(Blob, (proof.county, proof.sha256)).derived_at is not None
    assert (str(proof.kind), proof.is_picture) == ("PDF", False)


def test_what_was_taken_stays_when_the_next_is_refused(session: Session, case, guest: Guest, tmp_path) -> None:
    store, form_id = store_in(tmp_path), new_id()
    add(session, store, guest, case.order, form_id, BytesIO(PDF), "一.pdf")
    refused = {
        "坏.html": (WEB, "“坏.html”是网页，请打印成 PDF 或截图后再传"),
        "空.jpg": (b"", "“空.jpg”是空文件，请重新选择"),
        "包.rar": (b"Rar!\x1a\x07", "“包.rar”是压缩包"),
        "半.pdf": (PDF[:20], "“半.pdf”文件不完整"),
    }
    for name, (content, said) in refused.items():
        with pytest.raises(Invalid) as error:
            add(session, store, guest, case.order, form_id, BytesIO(content), name)
        assert said in str(error.value.message)
    assert [each.name for each in proofs_of(session, guest.county, [form_id])[form_id][""]] == ["一.pdf"]


class Endless:
    """A file of so many bytes that lies nowhere."""

    def __init__(self, size: int):
        self.size, self.at = size, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (self.size if whence == 2 else 0)
        return self.at

    def read(self, n: int = -1) -> bytes:
        n = self.size - self.at if n < 0 else min(n, self.size - self.at)
        self.at += n
        return bytes(n)


def test_two_hundred_megabytes_are_refused_before_they_are_read(session, case, guest, tmp_path) -> None:
    file = Endless(200_000_000)
    with pytest.raises(Invalid, match="加上它超过一份报告的总量上限 100 MB，没有收下"):
        add(session, store_in(tmp_path), guest, case.order, new_id(), file, "录像.mp4")
    assert file.at == 200_000_000  # its end was looked for, and nothing else
    assert session.scalar(select(func.count()).select_from(Proof)) == 0


def test_each_limit_has_its_own_words(session: Session, case, guest: Guest, tmp_path: Path) -> None:
    store, form_id = store_in(tmp_path), new_id()
    few = Allowance(files=1, total_bytes=1000, max_photo_bytes=50)
    large_photo = b"\xff\xd8\xff" + bytes(60)
    with pytest.raises(Invalid, match="照片太大"):
        add(
            session,
            store,
            guest,
            case.order,
            form_id,
            BytesIO(large_photo),
            "a.jpg",
            allowance=few,
        )
    add(session, store, guest, case.order, form_id, BytesIO(PDF), "一.pdf", allowance=few)
    with pytest.raises(Invalid, match="一份报告最多 1 个文件"):
        add(session, store, guest, case.order, form_id, BytesIO(PDF + b"\n%%EOF"), "二.pdf", allowance=few)
    large = BytesIO(PDF[:-6] + bytes(MAX_DOCUMENT_BYTES) + b"%%EOF")
    with pytest.raises(Invalid, match="文档太大"):
        add(session, store, guest, case.order, new_id(), large, "厚.pdf")


def test_one_order_fills_no_disk_however_many_forms_it_gets(session, case, guest, tmp_path) -> None:
    store, small = store_in(tmp_path), Allowance(total_bytes=100)
    for n in range(5):
        add(session, store, guest, case.order, new_id(), BytesIO(PDF + b"%" * n), "一.pdf", allowance=small)
    with pytest.raises(Invalid, match="收到的文件已经太多"):
        add(session, store, guest, case.order, new_id(), BytesIO(PDF + b"%" * 9), "六.pdf", allowance=small)


def test_the_same_file_at_one_place_is_one(session: Session, case, guest: Guest, tmp_path: Path) -> None:
    store, form_id = store_in(tmp_path), new_id()
    first, again = (add(session, store, guest, case.order, form_id, BytesIO(PDF), "一.pdf") for _ in range(2))
    assert first.id == again.id


def test_a_file_waits_for_its_form_and_is_taken_away_until_it_was_sent(session, case, guest, tmp_path) -> None:
    store = store_in(tmp_path)
    form_id = read_letter(session, case.order, AT).form_id
    proof = add(session, store, guest, case.order, form_id, BytesIO(PDF), "一.pdf")
    other = add(session, store, guest, case.order, form_id, BytesIO(PDF + b"%"), "二.pdf")
    assert open_form(session, case.order, AT) == form_id
    with pytest.raises(NotFound):
        drop(session, case.order, new_id(), other.id)
    drop(session, case.order, form_id, other.id)
    submit(session, guest, case.order, answer_form(session, case.order, form_id), AT)
    with pytest.raises(Conflict, match="已经提交"):
        drop(session, case.order, form_id, proof.id)
    with pytest.raises(Conflict, match="已经提交"):
        add(session, store, guest, case.order, form_id, BytesIO(PDF + b"%%"), "三.pdf")
    assert open_form(session, case.order, AT) != form_id


def test_a_file_for_an_item_of_another_order_is_refused(session: Session, case, guest, tmp_path: Path) -> None:
    foreign = str(items_of(session, Case(session).served())[0].item.id)
    for item in (foreign, "1", "'; --", str(new_id())):
        with pytest.raises(Invalid, match="不属于这份文书"):
            add(session, store_in(tmp_path), guest, case.order, new_id(), BytesIO(PDF), "一.pdf", item)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\刘\\报告.docx", "报告.docx"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\nc\u202egpj.exe", "ab  cgpj.exe"),
        ("", "文件"),
        ("..", "文件"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
    ],
)
def test_names_of_files_keep_their_words_and_nothing_else(name: str, kept: str) -> None:
    assert clean_name(name) == kept
