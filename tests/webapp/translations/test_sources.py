"""Which words are found in the sources, and that none for the screen escapes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from webapp.translations.sources import (
    JAVASCRIPT,
    PYTHON,
    ROOT,
    TEMPLATE,
    name_of,
    python_files,
    python_words,
    script_tokens,
    script_words,
    scripts,
    template_words,
    templates,
)

CHINESE = re.compile("[\u3400-\u9fff]")
# A percent sign in a template's text begins a gap, so a bare one must be doubled.
LONE_PERCENT = re.compile(r"(?<!%)(?:%%)*%(?!%|\(\w+\)[sd])")

# Chinese that is data, not words of the screen: by file, the top-level names it stands in.
IMPORTS = "inspections/registry/imports"
DATA = {
    "inspections/rules/adding.py": {"SOURCE"},  # a source as documents name it
    "inspections/registry/grid/bringing.py": {"NAMES", "CODES"},  # what files call their columns
    "geo/coordinates.py": {"_SPELLINGS"},  # how people write a position
    "geo/datums.py": {"Datum", "_ALIASES"},  # how people and files name a datum
    # what people write of phones, accounts and teachers; and what stands in a tip for words that were masked
    "inspections/intake/clues.py": {"WECHAT", "PAYMENT", "OWN", "normalise"},
    "inspections/intake/receiving.py": {"MASK"},
    "webapp/desk/words.py": {"door"},  # what people write behind the number of a building
    # the words of official documents
    "inspections/casework/papers.py": {
        "NUMERALS",
        "TITLES",
        "_of_notice",
        "_of_supervision",
        "_items",
        "_officers",
        "limit_of",
        "in_words",
        "numeral",
    },
    "inspections/reporting/documents/layout.py": {"FANGSONG", "KAITI", "SONG", "HEI", "TITLE"},
    "inspections/reporting/documents/blocks.py": {"STYLES"},
    "inspections/reporting/documents/kinds.py": {"WITHDRAWN", "_fact"},
    "inspections/reporting/documents/builtin.py": {"_foot"},
    "inspections/casework/numbering.py": {"WORDS", "as_text"},
    "inspections/casework/step_papers.py": {
        "TITLES",
        "_of_reminder",
        "_of_interview",
        "_of_record",
        "_version",
        "_of_accountability",
        "_of_handover",
        "_attached",
        "moment_in_words",
    },
    "inspections/casework/step_file.py": {"_offered"},
    "inspections/casework/supervising.py": {"USUAL_MEASURES"},
    "inspections/casework/invitations.py": {"ANSWER_WORDS", "SUPERVISED_WORDS"},
    "inspections/casework/legal_reviewing.py": {"refuse_unreviewed"},  # a ground among those the law names
    "inspections/casework/reviewing.py": {"accept"},  # why a task was given
    "inspections/ledger/exporting.py": {"title_of", "workbook"},
    "inspections/listing/asking.py": {"as_text"},
    "inspections/reporting/figures/selection.py": {"title_of"},
    "inspections/reporting/figures/form.py": {"DISTRICTS", "district"},
    "inspections/reporting/figures/workbook.py": {"module", "workbook"},
    "inspections/reporting/scheduling.py": {"DOCUMENT"},
    "inspections/reporting/scores/weights.py": {"USUAL"},
    "inspections/reporting/sweep_report/composing.py": {
        "NOBODY",
        "TEAM_HEAD",
        "DEPARTMENT_HEAD",
        "TOWNSHIP_HEAD",
        "SAMPLE",
        "blocks_of",
        "summary",
        "against",
        "_team",
        "_call",
        "_stop",
        "_pictures",
        "_read",
    },
    "inspections/special_campaigns/lagging.py": {"_walks", "_problems", "_problems_of"},  # drafts of instructions
    "inspections/special_campaigns/reporting_days.py": {"title_of"},
    "inspections/special_campaigns/scheduling.py": {"USUAL"},
    "inspections/sweeps/briefing.py": {"take", "content_of", "_moment"},
    "inspections/sweeps/standing.py": {"ON_ITS_WAY"},  # a message as the journal keeps it
    "inspections/sweeps/team_editing.py": {"add_team"},  # the name that a team has until it is given another
    "webapp/desk/bulletin_papers.py": {"DRAFT"},
    "webapp/desk/schedules.py": {"schedule_workbook_file"},
    "webapp/desk/statistics.py": {"statistics_workbook", "snapshot_workbook"},
    "webapp/level.py": {"_sum", "sum_workbook"},
    # the words of the State Council's notices
    "inspections/targeting/draws/reading.py": {"_send"},  # what stands in the task that is given
    # what people write of fees, in the words of tips
    "inspections/targeting/risk/history.py": {"SQL"},
    "inspections/targeting/warnings/material.py": {"FEE_WORDS"},
    "inspections/targeting/target_lists/county_settings.py": {"USUAL_BASIS"},  # the paper a limit stands on
    "inspections/targeting/warnings/sending.py": {"usual_words", "_content"},  # the words of a notice
    "inspections/rules/published.py": {"NAMES"},  # feasts as a library names them
    "inspections/rules/statutory.py": {"PART", "HOLIDAY", "WORKED", "DAY", "UNTIL", "COUNT"},
    f"{IMPORTS}/area_rows.py": {"_VILLAGE", "_TOWNSHIP", "_COUNTY"},  # how the names of areas end
    f"{IMPORTS}/names.py": {"_TAIL"},
    f"{IMPORTS}/columns.py": {"SITE_FIELDS", "AREA_FIELDS", "CHECKLIST_FIELDS"},  # usual headers of lists
    f"{IMPORTS}/headers.py": {"unique"},  # the name of a column without one
    f"{IMPORTS}/kinds.py": {"_WORDS", "_KINDS", "category_in", "ownership_in"},  # what lists call things
    f"{IMPORTS}/site_rows.py": {"_NOTHING", "_PHONE", "_count"},  # what cells hold
    f"{IMPORTS}/geojson.py": {"_text"},  # a cell's true and false
    f"{IMPORTS}/sheets.py": {"cell_text"},
    "inspections/field/checklist_sheets.py": {"HEADING", "SAID", "EXAMPLE"},  # what lists call things
}
# The command line speaks Chinese with English command names; the demo county is invented data; what documents say
# stays Chinese in every language.
NOT_ON_SCREEN = (
    # what is said on a terminal, in both languages at once
    "inspections/targeting/draws/draw_file.py",
    "inspections/targeting/draws/verification.py",
    "webapp/cli.py",
    "webapp/draw_cli.py",
    "webapp/identities_cli.py",
    "webapp/imports_cli.py",
    "inspections/demo/",
    "inspections/reporting/documents/kinds_",
    "inspections/reporting/casefile/",
    "inspections/reporting/bulletins/",
    "inspections/reporting/ledger_sheet.py",
    "inspections/reporting/schedule_sheet.py",
)
SPOKEN = {"static/hotline/spelling.js"}  # how letters are said in Mandarin, in whatever language the screen is
PAPERS = {"webapp/templates/bulletins/page.html", "webapp/templates/desk/self_check_letter.html"}


def test_words_are_found_in_python_wherever_they_are_said() -> None:
    source = 'raise Invalid({"x": say("还差 {n} 张" "照片", n=say("三"))})\n_("点位")\nWORDS = [marked("放大")]'
    assert set(python_words(source)) == {"还差 {n} 张照片", "三", "点位", "放大"}


def test_words_are_found_in_templates_even_within_calls() -> None:
    source = """{% set x = {'a': _("甲")} %}<p id="{{ _("乙 %(n)s", n=_('丙')) }}">{{ field(_("丁")) }}</p>"""
    assert set(template_words(source)) == {"甲", "乙 %(n)s", "丙", "丁"}


def test_words_are_found_in_scripts_even_within_template_literals() -> None:
    source = """
    // t("注释")
    fill(box, t("甲 {n}", { n: t('乙') }), `${t("丙")} ${{ a: 1 }.a}`, say(marked("丁")), split("戊"), x.t("己"));
    const rule = /["']/;
    """
    assert set(script_words(source)) == {"甲 {n}", "乙", "丙", "丁", "己"}


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_call_of_t_is_overlooked(path: Path) -> None:
    """The tokens of Babel are those of an older JavaScript: here is a second, blunter way to count."""
    source = path.read_text(encoding="utf-8")
    code = re.sub(r"^\s*(//|\*|/\*).*", "", source, flags=re.MULTILINE)
    literal = re.findall(r"""(?<![\w$.])(?:t|marked)\(\s*(?:"|')""", code)
    assert len(list(script_words(source))) == len(literal)


def test_no_chinese_stands_bare_in_python() -> None:
    bare = []
    for path in python_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(NOT_ON_SCREEN):
            continue
        for place, line, text in _bare_in_python(path.read_text(encoding="utf-8")):
            if place not in DATA.get(name, set()):
                bare.append(f"{name}:{line} ({place}): {text!r}")
    assert not bare, "\n".join(bare)


def test_no_chinese_stands_bare_in_templates() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{line}: {text.strip()!r}"
        for path in templates()
        if path.relative_to(ROOT).as_posix() not in PAPERS
        for line, text in _bare_in_template(path.read_text(encoding="utf-8"))
    ]
    assert not bare, "\n".join(bare)


def test_no_chinese_stands_bare_in_scripts() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in scripts()
        if path.relative_to(ROOT).as_posix() not in SPOKEN
        for line, text in _bare_in_script(path.read_text(encoding="utf-8"))
    ]
    assert not bare, "\n".join(bare)


def test_the_scripts_of_maps_take_their_words_from_the_labels() -> None:
    for path in (ROOT / "geo" / "maps").rglob("*.*"):
        if path.suffix in {".js", ".html", ".css"}:
            assert not CHINESE.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_percent_signs_in_the_words_of_templates_are_gaps_or_doubled(path: Path) -> None:
    assert not [words for words in template_words(path.read_text(encoding="utf-8")) if LONE_PERCENT.search(words)]


def _bare_in_python(source: str) -> Iterator[tuple[str, int, str]]:
    """(top-level name, line, text) of Chinese literals that nothing translates."""
    for statement in ast.parse(source).body:
        said: set[int] = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and name_of(node.func) in PYTHON:
                said.update(id(argument) for argument in node.args[:1])
            if isinstance(node, ast.Expr):  # a docstring
                said.add(id(node.value))
        for node in ast.walk(statement):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and CHINESE.search(node.value) and id(node) not in said:
                yield _name(statement), node.lineno, node.value


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return "module"


def _bare_in_template(source: str) -> Iterator[tuple[int, str]]:
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    said = {
        id(argument)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TEMPLATE
        for argument in call.args
    }
    for data in tree.find_all(nodes.TemplateData):
        # a language is called by its own name
        if CHINESE.search(data.data.replace(">中文<", "><")):
            yield data.lineno, data.data
    for constant in tree.find_all(nodes.Const):
        is_bare = isinstance(constant.value, str) and constant.value != "中文" and id(constant) not in said
        if is_bare and CHINESE.search(constant.value):
            yield constant.lineno, constant.value


def _bare_in_script(source: str) -> Iterator[tuple[int, str]]:
    before = ["", ""]
    for token in script_tokens(source):
        is_said = before[1] == "(" and before[0] in JAVASCRIPT
        text = token.value
        if token.type == "template_string":
            text = re.sub(r"\$\{.*?\}", "", text)
        if token.type in {"string", "template_string", "regexp"} and CHINESE.search(text) and not is_said:
            yield token.lineno, token.value
        before = [before[1], token.value]
