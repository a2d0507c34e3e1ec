"""The page of risk: what is in force, how good it is, who may change it, and what a site's file says."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from inspections.registry.people import Role
from inspections.registry.sites import LicenceState, SiteState
from inspections.targeting.risk.models import model_at, new_model
from inspections.targeting.risk.rescoring import rescore
from inspections.targeting.risk.training import learn
from tests.factories import COUNTY, make_check, make_finding, make_person, make_site


@pytest.fixture
def as_role(sign_in, session):
    """Sign in as a new person of a role."""

    def signed_in(role: Role):
        make_person(session, role, login=f"{role.value}1")
        return sign_in(f"{role.value}1")

    return signed_in


@pytest.fixture
def trained(session):
    """Forty sites visited for ten months, and a model that learnt from it."""
    rng, now = np.random.default_rng(2), datetime.now(UTC)
    officer = make_person(session, Role.INSPECTOR)
    for number in range(40):
        papers = LicenceState.COMPLETE if number % 3 else LicenceState.NONE
        site = make_site(
            session,
            (117.05 + 0.0007 * number, 28.69),
            created_at=now - timedelta(days=500),
            state=SiteState.VERIFIED,
            licence_state=papers,
            name=f"<b>第{number}号</b>",
        )
        for back in range(number % 5 + 3, 310, 30):
            at = now - timedelta(days=back)
            check = make_check(session, officer, site, device_finished_at=at, received_at=at)
            if rng.random() < (0.1 if number % 3 else 0.75):
                make_finding(session, site, check_id=check.id, found_at=at, confirmed_at=at + timedelta(hours=2))
    model = new_model(session, COUNTY, now, now)
    learn(session, model, now)
    session.commit()
    return model


def test_a_county_without_a_model_reads_that_rules_stand(as_role) -> None:
    page = as_role(Role.DIRECTOR).get("/risk").text
    assert "现在的依据：规则" in page
    assert "还没有训练过模型" in page


def test_the_director_puts_a_model_in_force_and_the_page_says_how_good_it_is(as_role, session, trained) -> None:
    client = as_role(Role.DIRECTOR)
    assert "已有训练好的模型" in client.get("/risk").text
    refused = client.post("/risk/in-force", data={"model": str(trained.id), "reason": ""})
    assert "请写明理由" in refused.text
    client.post("/risk/in-force", data={"model": str(trained.id), "reason": "试用三个月"})
    now = datetime.now(UTC)
    assert model_at(session, COUNTY, now).id == trained.id
    rescore(session, COUNTY, now)
    session.commit()
    page = client.get("/risk").text
    assert "按模型先查一半，能查到" in page
    assert "现在的依据：模型" in page
    assert "<b>第" not in page


def test_a_sites_file_says_its_risk_and_when_to_go(as_role, session, trained) -> None:
    client = as_role(Role.DISPATCHER)
    rescore(session, COUNTY, datetime.now(UTC))
    session.commit()
    site = make_site(session)
    address = f"/sites/{site.id}"
    assert "风险和去的时间" not in client.get(address).text  # it was not scored yet
    rescore(session, COUNTY, datetime.now(UTC) + timedelta(days=1))
    session.commit()
    page = client.get(address).text
    assert "风险和去的时间" in page
    assert page.count("最可能，约占当天的") == 7


def test_dispatchers_may_order_training_and_decide_nothing(as_role, session) -> None:
    client = as_role(Role.DISPATCHER)
    assert "正在训练新模型" in client.post("/risk/train", follow_redirects=True).text
    assert client.post("/risk/in-force", data={"model": "", "reason": "按规则来"}).status_code == 403


@pytest.mark.parametrize("model", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_model_that_is_not_there_is_not_found(as_role, model: str) -> None:
    answer = as_role(Role.DIRECTOR).post("/risk/in-force", data={"model": model, "reason": "试用三个月"})
    assert answer.status_code == 404
