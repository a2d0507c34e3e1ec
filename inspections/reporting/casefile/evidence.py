"""证据清单: each piece by the hash of its original, who took it, when, where, and what it proves."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ...casework.proofs import Proof
from ...days import CHINA
from ...evidence.recordings import is_recording
from ...field.checks import Check
from ...field.photos import Photo, PhotoPurpose
from .gathering import Case, place_of


class Piece(NamedTuple):
    """One row of the list. `proves` says what for."""

    what: str
    sha256: str
    who: str
    when: str
    where: str
    proves: str


def pieces(case: Case) -> Iterator[Piece]:
    """Records of checks first, then photos, receipts and what the site sent in, each in its order."""
    checks = {each.id: each for each in case.checks}
    for check in case.checks:
        yield Piece(
            what=f"{check.kind.label}记录（手机原件）",
            sha256=check.record_sha256,
            who=officers_of(case, check, with_numbers=False),
            when=moment(check.device_finished_at),
            where=_place_of_check(check),
            proves=_of_check(case, check),
        )
    for photo in case.photos:
        yield of_photo(case, photo, checks[photo.check_id])
    for order in case.orders:
        for service in case.services[order.id]:
            if service.receipt_sha256:
                yield Piece(
                    what="送达回证（照片或扫描件）",
                    sha256=service.receipt_sha256,
                    who=case.names.get(service.server_id, ""),
                    when=service.served_on.isoformat(),
                    where=case.site.address or "",
                    proves=f"{order.number_text} 已经送达",
                )
        yield from _of_reports(case, order)
    for approval, proofs in case.requests:
        for proof in proofs:
            yield _sent(case, proof, "申请延期的材料", approval.asked_by_name, "单位申请延期的理由")


def of_photo(case: Case, photo: Photo, check: Check) -> Piece:
    """What the list says of one file of a check."""
    return Piece(
        what=f"{_kind_of(photo)}{f'：{photo.caption}' if photo.caption else ''}",
        sha256=photo.sha256,
        who=case.names.get(check.person_id, ""),
        when=moment(photo.device_taken_at or check.device_finished_at),
        where=where(photo),
        proves=_proved_by(case, photo, check),
    )


def _of_reports(case: Case, order: object) -> Iterator[Piece]:
    for report in reversed(case.reports[order.id]):  # type: ignore[attr-defined]
        item = case.items.get(order.id)  # type: ignore[attr-defined]
        wanted = ("", str(item.id) if item else "")
        for proof in (each for name in wanted for each in report.proofs.get(name, [])):
            yield _sent(case, proof, "整改证明材料", report.response.name, "单位所称的整改情况（以复查为准）")


def _sent(case: Case, proof: Proof, what: str, who: str, proves: str) -> Piece:
    """A file that the site sent in."""
    return Piece(
        what=f"{what}：{proof.name}",
        sha256=proof.sha256,
        who=f"{case.site.name}（{who}）",
        when=moment(proof.submitted_at or proof.added_at),
        where="单位报送",
        proves=proves,
    )


def _kind_of(photo: Photo) -> str:
    if is_recording(photo.media_type):
        return "现场视频" if photo.media_type.startswith("video/") else "现场录音"
    return str(photo.purpose.label)


def _proved_by(case: Case, photo: Photo, check: Check) -> str:
    if photo.purpose is PhotoPurpose.SIGNATURE:
        return "被检查人对检查记录的确认"
    recheck = case.rechecks.get(check.id)
    if recheck is not None:
        return f"复查时的状况：{recheck.outcome.label}"
    if photo.finding_id == case.finding.id or (photo.item_code and photo.item_code == case.finding.item_code):
        return f"问题存在：{case.finding.text[:40]}"
    return "检查时现场的状况"


def _of_check(case: Case, check: Check) -> str:
    recheck = case.rechecks.get(check.id)
    return f"复查结论：{recheck.outcome.label}" if recheck else f"检查经过和发现的问题：{case.finding.text[:40]}"


def officers_of(case: Case, check: Check, *, with_numbers: bool = True) -> str:
    both = [
        (check.person_id, check.certificate_number),
        (check.second_person_id, check.second_certificate_number),
    ]
    return "、".join(
        case.names.get(person_id, "") + (f"（{number}）" if number and with_numbers else "")
        for person_id, number in both
        if person_id
    )


def where(photo: Photo) -> str:
    place = place_of(photo.location)
    if place is None:
        return "无定位"
    accuracy = f" ±{photo.accuracy_m:.0f} m" if photo.accuracy_m else ""
    return f"{place.lon:.5f}, {place.lat:.5f}{accuracy}"


def _place_of_check(check: Check) -> str:
    place = place_of(check.location)
    return f"{place.lon:.5f}, {place.lat:.5f}（{check.fence.label}）" if place else "无定位"


def moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
