"""What a check says of known problems, on its page."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding
from inspections.casework.rechecks import Recheck, RecheckOutcome
from inspections.field.checks import Check
from inspections.registry.people import Role
from tests.casefile import FINISHED, HOSTILE, make_check, make_finding, make_photo
from tests.factories import make_person, make_site


@pytest.fixture
def checks(session: Session) -> tuple[Check, Check, Finding]:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    zhang = make_person(session, Role.INSPECTOR)
    site = make_site(session)
    first = make_check(session, site, zhang)
    later = {"device_finished_at": FINISHED + timedelta(days=7), "device_started_at": FINISHED + timedelta(days=7)}
    return first, make_check(session, site, zhang, **later), make_finding(session, site, first)


def test_before_and_after_stand_side_by_side(session: Session, sign_in: Any, checks: Any) -> None:
    first, check, finding = checks
    before = make_photo(session, first, 0)
    after = make_photo(session, check, 0, finding_id=finding.id, before_id=before.id, caption=HOSTILE[1])
    note = f"课桌已清空 {HOSTILE[0]}"
    row = Recheck(
        county=check.county, check_id=check.id, finding_id=finding.id, outcome=RecheckOutcome.FIXED, note=note
    )
    session.add(row)
    page = sign_in("li").get(f"/checks/{check.id}").text
    part = page.split('id="rechecks"')[1].split("</section>")[0]
    assert "已整改到位" in part
    assert note in part

    assert part.index(before.sha256) < part.index(after.sha256)
    assert "<script>alert" not in part


def test_a_check_without_rechecks_has_no_such_section(sign_in: Any, checks: Any) -> None:
    first, _, _ = checks
    assert "已知问题复查" not in sign_in("li").get(f"/checks/{first.id}").text
