import re

from inspections.access import VERBS
from tests.conftest import ROOT


def test_the_security_page_names_every_verb_and_who_may_do_it() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", page, re.M))
    assert {verb: set(re.findall(r"`(\w+)`", roles)) for verb, roles in rows.items()} == {
        verb: {role.value for role in roles} for verb, roles in VERBS.items()
    }
