"""Re-checks in the record of a check: stored for findings of that site, flagged otherwise, never refused."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspections.casework.findings import Finding, FindingState
from inspections.casework.rechecks import Recheck, RecheckOutcome
from inspections.db import new_id, scope
from inspections.field.batches import receive_batch
from inspections.field.checks import Check
from inspections.field.photos import Photo
from inspections.field.receiving import Received, Sent, receive_check
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site
from tests.factories import NOW, as_sent, make_finding, make_person, make_record, make_site, photo_entry


@pytest.fixture
def inspector(session: Session) -> Person:
    return make_person(session, Role.INSPECTOR, certificate="赣E001")


@pytest.fixture
def site(session: Session) -> Site:
    return make_site(session)


@pytest.fixture
def finding(session: Session, site: Site) -> Finding:
    return make_finding(session, site)


def send(session: Session, person: Person, record: dict[str, Any]) -> Check:
    outcome = receive_check(session, person, *as_sent(record), NOW)
    assert isinstance(outcome, Received)
    return session.scalars(select(Check).where(Check.id == record["id"])).one()


def said(finding: Finding | UUID, outcome: str = "not_fixed", **values: Any) -> dict[str, Any]:
    return {"finding_id": str(getattr(finding, "id", finding)), "outcome": outcome, "note": ""} | values


def rechecks(session: Session) -> list[tuple[UUID, str, str]]:
    rows = session.scalars(select(Recheck).order_by(Recheck.id))
    return [(row.finding_id, row.outcome.value, row.note) for row in rows]


def test_a_record_says_how_known_problems_are_now(session, inspector, site, finding) -> None:
    other = make_finding(session, site, text="未公示收费标准")
    given = [said(finding, "partly", note=" 换了时间，仍有一个班 "), said(other, "unseen")]
    check = send(session, inspector, make_record(site.id, kind="recheck", rechecks=given))
    assert rechecks(session) == [(finding.id, "partly", "换了时间，仍有一个班"), (other.id, "unseen", "")]
    assert check.flags == []
    assert session.get_one(Finding, (finding.county, finding.id)).state is FindingState.CONFIRMED


def test_an_after_photo_stands_beside_the_photo_of_the_same_view(session, inspector, site, finding) -> None:
    before, after = photo_entry(b"before"), photo_entry(b"after", finding_id=str(finding.id))
    send(session, inspector, make_record(site.id, files=[before]))
    after |= {"before_id": before["id"]}
    record = make_record(site.id, files=[after], rechecks=[said(finding, "fixed")])
    record["device"] = record["device"] | {"sequence": 2}
    assert send(session, inspector, record).flags == []
    photo = session.scalars(select(Photo).where(Photo.id == after["id"])).one()
    assert (photo.finding_id, photo.before_id) == (finding.id, UUID(before["id"]))


def test_the_same_record_twice_is_one_recheck(session, inspector, site, finding) -> None:
    record = make_record(site.id, rechecks=[said(finding)])
    for _ in range(3):
        send(session, inspector, record)
    assert len(rechecks(session)) == 1


def test_mended_without_a_photo_is_kept_and_flagged(session, inspector, site, finding) -> None:
    voice = photo_entry(b"voice", type="audio/mp4", finding_id=str(finding.id))
    check = send(session, inspector, make_record(site.id, files=[voice], rechecks=[said(finding, "fixed")]))
    assert rechecks(session) == [(finding.id, "fixed", "")]
    assert check.flags == ["recheck_without_photo"]


@pytest.mark.parametrize("whose", ["nobody's", "another site's", "rejected", "another county's"])
def test_what_is_no_problem_of_this_site_is_flagged_and_not_stored(
    session, inspector, site, finding, whose
) -> None:
    match whose:
        case "nobody's":
            wrong = new_id()
        case "another site's":
            wrong = make_finding(session, make_site(session, (117.1, 28.7), name="别处")).id
        case "rejected":
            wrong = make_finding(session, site, state=FindingState.REJECTED).id
        case _:
            scope(session, "421303")
            wrong = make_finding(session, make_site(session, county="421303")).id
            scope(session, inspector.county)
    photo = photo_entry(b"after", finding_id=str(wrong), before_id=str(new_id()))
    record = make_record(site.id, files=[photo], rechecks=[said(wrong, "fixed"), said(finding)])
    check = send(session, inspector, record)
    assert rechecks(session) == [(finding.id, "not_fixed", "")]
    assert check.flags == ["recheck_unknown", "photo_unlinked"]
    assert str(wrong).encode() in check.record
    kept = session.scalars(select(Photo)).one()
    assert (kept.finding_id, kept.before_id) == (None, None)


def test_a_photo_of_another_site_is_no_photo_before(session, inspector, site, finding) -> None:
    elsewhere = make_site(session, (117.1, 28.7), name="别处")
    before = photo_entry(b"before")
    send(session, inspector, make_record(elsewhere.id, files=[before]))
    after = photo_entry(b"after", finding_id=str(finding.id), before_id=before["id"])
    record = make_record(site.id, files=[after], device={"id": "phone-2", "sequence": 1})
    assert "photo_unlinked" in send(session, inspector, record).flags
    photo = session.scalars(select(Photo).where(Photo.id == after["id"])).one()
    assert (photo.finding_id, photo.before_id) == (finding.id, None)


def test_a_problem_that_was_struck_off_meanwhile_keeps_what_is_said_of_it(session, inspector, site) -> None:
    closed = make_finding(session, site, state=FindingState.STRUCK_OFF)
    assert send(session, inspector, make_record(site.id, rechecks=[said(closed)])).flags == []
    assert rechecks(session) == [(closed.id, "not_fixed", "")]


def test_of_two_words_on_one_problem_the_first_counts(session, inspector, site, finding) -> None:
    record = make_record(site.id, rechecks=[said(finding, "partly"), said(finding, "unseen")])
    assert send(session, inspector, record).flags == ["recheck_unread"]
    assert rechecks(session) == [(finding.id, "partly", "")]


def test_a_note_that_is_too_long_is_cut_and_the_record_has_all_of_it(session, inspector, site, finding) -> None:
    check = send(session, inspector, make_record(site.id, rechecks=[said(finding, note="字" * 5_000)]))
    [(_, _, note)] = rechecks(session)
    assert (len(note), check.flags) == (2_000, [])
    assert len(check.record) > 5_000


def test_many_records_in_one_body_bring_their_rechecks(session, inspector, site) -> None:
    findings = [make_finding(session, site, text=f"问题 {n}") for n in range(5)]
    wrong = {"finding_id": "?", "outcome": "fixed"}
    records = [
        make_record(site.id, device={"id": "phone-1", "sequence": n}, rechecks=[said(each), wrong])
        for n, each in enumerate(findings, 1)
    ]
    sent = [Sent(*as_sent(record)) for record in (*records, records[0])]
    outcomes = receive_batch(session, inspector, sent, NOW, 1_000_000)
    assert [isinstance(each, Received) for each in outcomes] == [True] * 6
    assert [key for key, _, _ in rechecks(session)] == [each.id for each in findings]
    assert {tuple(flags) for flags in session.scalars(select(Check.flags))} == {("recheck_unread",)}


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "finding_id", "题"]), inner, max_size=3)
    ),
    max_leaves=6,
)
IDS = st.sampled_from(["own", "closed", "foreign", "nobody", "no id", "", None, 7])
OUTCOMES = st.sampled_from([*(each.value for each in RecheckOutcome), "FIXED", "", None, 1])
ENTRIES = st.fixed_dictionaries({}, optional={"finding_id": IDS, "outcome": OUTCOMES, "note": JUNK, "more": JUNK})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=st.lists(ENTRIES | JUNK, max_size=6) | JUNK, links=st.lists(st.tuples(IDS, IDS), max_size=3))
def test_whatever_is_said_of_known_problems_the_check_arrives(session, inspector, site, entries, links) -> None:
    own, closed = make_finding(session, site), make_finding(session, site, state=FindingState.STRUCK_OFF)
    foreign = make_finding(session, make_site(session, name="别处"))
    ids = {"own": str(own.id), "closed": str(closed.id), "foreign": str(foreign.id), "nobody": str(new_id())}

    def named(entry: Any) -> Any:
        known = isinstance(entry, dict) and isinstance(entry.get("finding_id"), str)
        return entry | {"finding_id": ids.get(entry["finding_id"], entry["finding_id"])} if known else entry

    given_ = [named(each) for each in entries] if isinstance(entries, list) else entries
    files = [
        photo_entry(bytes([n]), finding_id=ids.get(str(about), about), before_id=ids.get(str(before), before))
        for n, (about, before) in enumerate(links)
    ]
    device = {"id": str(new_id()), "sequence": 1}
    record = make_record(site.id, rechecks=given_, files=files, device=device)
    check = send(session, inspector, record)
    stored = session.scalars(select(Recheck).where(Recheck.check_id == check.id)).all()
    assert {row.finding_id for row in stored} <= {own.id, closed.id}
    photos = session.scalars(select(Photo).where(Photo.check_id == check.id)).all()
    assert len(photos) == len(files)
    assert {photo.finding_id for photo in photos} <= {own.id, closed.id, None}
    assert {photo.before_id for photo in photos} <= {None}
    send(session, inspector, record)
    count = select(func.count()).select_from(Recheck).where(Recheck.check_id == check.id)
    assert session.scalar(count) == len(stored)
