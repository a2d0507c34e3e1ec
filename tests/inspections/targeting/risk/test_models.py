"""A model of risk is learnt by a job, put in force by the director with a reason, and can be gone back from."""

import json
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select, text

from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.jobs import Work
from inspections.registry.people import Role
from inspections.registry.sites import LicenceState, SiteState
from inspections.targeting.risk import models
from inspections.targeting.risk.models import (
    RiskModelState,
    RiskScoring,
    SiteRiskRow,
    model_at,
    new_model,
    order_training,
    packed,
    previous_model,
    put_in_force,
    unpacked,
)
from inspections.targeting.risk.rescoring import rates_of, rescore
from inspections.targeting.risk.scoring import scores_as_of
from inspections.targeting.risk.training import learn, learn_again, train_ordered
from inspections.targeting.when.shares import SLOTS
from tests.factories import COUNTY, NOW, make_check, make_finding, make_person, make_site, make_tip


@pytest.fixture
def county(session):
    """Sixty sites visited every five weeks for ten months; those without papers nearly always have something."""
    rng = np.random.default_rng(11)
    officer = make_person(session, Role.INSPECTOR)
    for number in range(60):
        bad = number % 3 == 0
        site = make_site(
            session,
            (117.05 + 0.0007 * number, 28.69),
            created_at=NOW - timedelta(days=500),
            state=SiteState.VERIFIED,
            licence_state=LicenceState.NONE if bad else LicenceState.COMPLETE,
            name=f"第{number}号点位",
        )
        for back in range(number % 5 + 8, 310, 35):
            at = NOW - timedelta(days=back)
            check = make_check(session, officer, site, device_finished_at=at, received_at=at)
            if rng.random() < (0.75 if bad else 0.1):
                make_finding(session, site, check_id=check.id, found_at=at, confirmed_at=at + timedelta(hours=2))
    return session


@pytest.fixture
def director(session):
    return make_person(session, Role.DIRECTOR)


def ready_model(session, until=NOW):
    model = new_model(session, COUNTY, until, until)
    learn(session, model, until)
    session.flush()
    assert model.state is RiskModelState.READY, model.quality
    return model


def test_a_county_with_few_records_gets_no_model_and_is_told_what_is_missing(session) -> None:
    make_site(session)
    model = new_model(session, COUNTY, NOW, NOW)
    learn(session, model, NOW)
    assert model.state is RiskModelState.REFUSED
    assert "200 次检查" in str(unpacked(model.quality["refused"]))
    assert scores_as_of(session, COUNTY, NOW).basis == "rules"


def test_the_model_learns_what_was_planted_and_says_how_sure_it_is(county) -> None:
    model = ready_model(county)
    figures = model.quality["held_out"]["scores"]
    value, low, high = figures["model"]["auc"]
    assert 0.6 < low < value < high
    assert value > 0.7
    assert set(figures) == {"model", "boosted", "rules"}
    assert model.rows >= 300
    assert sum(each["n"] for each in model.quality["months"]) == sum(
        each["n"] for each in model.quality["calibration"]
    )


def test_a_model_can_be_learnt_again_from_its_snapshot_bit_for_bit(county) -> None:
    model = ready_model(county)
    county.expire_all()
    content, quality = learn_again(county, model)
    assert json.dumps(content, sort_keys=True) == json.dumps(model.content, sort_keys=True)
    assert json.dumps(quality, sort_keys=True) == json.dumps(model.quality, sort_keys=True)


def test_what_came_after_its_moment_does_not_move_a_model(county) -> None:
    past = NOW - timedelta(days=60)
    before = ready_model(county, past).content
    officer = make_person(county, Role.ENFORCER)
    site = make_site(county, created_at=NOW)
    at = NOW - timedelta(days=70)  # it happened earlier and was sent later
    check = make_check(county, officer, site, device_finished_at=at, received_at=NOW - timedelta(days=50))
    make_finding(county, site, check_id=check.id, found_at=at, confirmed_at=NOW - timedelta(days=49))
    make_tip(county, site_id=site.id, received_at=NOW - timedelta(days=1))
    county.flush()
    after = ready_model(county, past).content
    assert json.dumps(after["model"]) == json.dumps(before["model"])


def test_nothing_is_in_force_until_the_director_says_so(county, director) -> None:
    model = ready_model(county)
    assert scores_as_of(county, COUNTY, NOW).basis == "rules"
    put_in_force(county, director, model.id, "试用三个月", NOW)
    scores = scores_as_of(county, COUNTY, NOW)
    assert (scores.basis, scores.model_id) == ("model", model.id)
    bad = {site_id for (site_id,) in county.execute(text("select id from sites where licence_state = 'none'"))}
    assert {each.site_id for each in scores.sites[:18]} <= bad
    # before it came into force the rules stood, whoever asks later
    assert scores_as_of(county, COUNTY, NOW - timedelta(days=1)).basis == "rules"


def test_the_reasons_of_a_site_add_up_to_its_log_odds(county, director) -> None:
    model = ready_model(county)
    put_in_force(county, director, model.id, "试用三个月", NOW)
    for site in scores_as_of(county, COUNTY, NOW).sites:
        log_odds = np.log(site.probability / (1 - site.probability))
        assert sum(reason.weight for reason in site.reasons) == pytest.approx(log_odds)
        assert str(site.reasons[-1].words) == "全县点位的共同起点"


def test_one_goes_back_to_the_model_before_and_to_the_rules(county, director) -> None:
    first, second = ready_model(county, NOW - timedelta(days=20)), ready_model(county)
    for number, model_id in enumerate((first.id, second.id)):
        put_in_force(county, director, model_id, "启用新模型", NOW + timedelta(minutes=number))
    now = NOW + timedelta(hours=1)
    assert previous_model(county, COUNTY, now) == (first.id, True)
    put_in_force(county, director, first.id, "新模型偏差大，退回", now)
    assert model_at(county, COUNTY, now) is first
    put_in_force(county, director, None, "先按规则打分", now + timedelta(hours=1))
    assert model_at(county, COUNTY, now + timedelta(hours=2)) is None
    # what stood at each moment stays known
    assert model_at(county, COUNTY, NOW + timedelta(minutes=2)) is second
    assert next(term.reason for term in models.list_terms(county, director)) == "先按规则打分"


def test_only_the_director_decides_and_with_a_reason(county, director) -> None:
    model = ready_model(county)
    with pytest.raises(Forbidden):
        put_in_force(county, make_person(county, Role.DISPATCHER), model.id, "试用三个月", NOW)
    with pytest.raises(Invalid):
        put_in_force(county, director, model.id, " 好 ", NOW)
    waiting = new_model(county, COUNTY, NOW, NOW)
    with pytest.raises(Conflict):
        put_in_force(county, director, waiting.id, "试用三个月", NOW)
    with pytest.raises(Conflict):
        put_in_force(county, director, None, "本来就是规则", NOW)


def test_a_model_of_features_that_are_no_longer_read_leaves_the_rules_standing(county, director) -> None:
    model = ready_model(county)
    put_in_force(county, director, model.id, "试用三个月", NOW)
    model.content = {**model.content, "model": {**model.content["model"], "names": ["gone"]}}
    county.flush()
    assert scores_as_of(county, COUNTY, NOW).basis == "rules"


def test_training_is_ordered_once_while_one_waits_and_done_by_a_job(county, director) -> None:
    model = order_training(county, director, NOW)
    assert order_training(county, director, NOW) is model
    train_ordered(Work(county, COUNTY, None), str(model.id))
    assert model.state is RiskModelState.READY
    assert model.trained_at is not None
    with pytest.raises(Forbidden):
        order_training(county, make_person(county, Role.AUDITOR), NOW)


def test_every_site_is_scored_anew_with_its_hours_and_drift(county, director) -> None:
    model = ready_model(county)
    put_in_force(county, director, model.id, "试用三个月", NOW)
    for _ in range(2):
        rescore(county, COUNTY, NOW)
    rows = county.scalars(select(SiteRiskRow).where(SiteRiskRow.county == COUNTY)).all()
    assert sorted(row.position for row in rows) == list(range(1, 61))
    assert all(len(rates_of(row)) == SLOTS for row in rows)
    scoring = county.get(RiskScoring, COUNTY)
    assert scoring.model_id == model.id
    assert scoring.drift["score"] >= 0


def test_words_come_back_from_json_with_words_inside_them() -> None:
    from inspections.errors import say

    words = say("状态：{state}", state=SiteState.CLOSED.label)
    assert str(unpacked(json.loads(json.dumps(packed(words))))) == "状态：已取缔"


def test_ids_are_no_part_of_a_snapshot_of_rows(county) -> None:
    from inspections.targeting.snapshots import columns_of

    columns = columns_of(county, COUNTY, ready_model(county).snapshot_id)
    assert all(column.dtype.kind in "fib" for column in columns.values())
    assert new_id() not in columns
