"""Hand-made requests: no id in an address finds another county's row, and a role does what it may and no more.

The addresses come from the app itself, so a new one must be entered here before the tests pass.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from inspections.access import VERBS
from inspections.casework.approvals import Approval, ApprovalKind
from inspections.casework.findings import Finding
from inspections.casework.handovers import Handover, HandoverState
from inspections.casework.invitations import Invitation
from inspections.casework.legal_reviews import LegalReview
from inspections.casework.orders import Order, OrderKind, OrderState
from inspections.casework.penalties import Penalty, PenaltyKind, PenaltyState
from inspections.casework.proofs import Proof
from inspections.casework.recusals import Recusal, RecusalOrigin
from inspections.casework.responses import Response
from inspections.casework.steps import Origin, Step, StepKind
from inspections.db import new_id, scope
from inspections.evidence.blobs import Blob, BlobState
from inspections.evidence.uploads import Upload
from inspections.field.checklists import Checklist, ListState
from inspections.field.checks import Check, CheckConflict
from inspections.field.parcels import Parcel, ParcelState
from inspections.field.phones import Phone
from inspections.field.photos import Photo, PhotoPurpose, PhotoState
from inspections.intake.clues import ClueKind, GivenClue, add_clues
from inspections.intake.complainants import ComplainantOpening, keep_identity
from inspections.intake.whistles import Whistle, WhistleDepartment
from inspections.ledger.runs import DeedKind, LedgerRun
from inspections.ledger.runs import RunState as LedgerRunState
from inspections.ledger.saved_views import SavedView
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.imports.runs import ImportRun
from inspections.registry.imports.runs import RunState as ImportState
from inspections.registry.people import Person, Role
from inspections.registry.site_conflicts import SiteConflict, SiteField
from inspections.registry.site_edits import SiteEdit
from inspections.registry.sites import Site
from inspections.reporting.bulletins.bulletins import Bulletin, BulletinCase, BulletinKind
from inspections.reporting.bulletins.counting import count_for
from inspections.reporting.bulletins.due import period_of
from inspections.reporting.documents.builtin import built_in
from inspections.reporting.documents.kinds_orders import SAMPLE
from inspections.reporting.documents.kinds_steps import STEP_KINDS
from inspections.reporting.documents.making import remember
from inspections.reporting.documents.templates import DocumentTemplate, TemplateSource, TemplateState
from inspections.reporting.figures.annex5 import CELLS
from inspections.reporting.figures.snapshots import FigureSnapshot
from inspections.reporting.levels.deliveries import Delivery
from inspections.reporting.levels.grants import RecordGrant
from inspections.reporting.model_cases import ModelCase
from inspections.reporting.schedules import ScheduleItem
from inspections.rules.observations import Observation
from inspections.rules.school_year import PeriodKind, SchoolPeriod
from inspections.rules.subjects import Subject
from inspections.selfcheck.campaigns import SelfCheck, SelfCheckCampaign
from inspections.special_campaigns.dispatches import Dispatch, Instruction
from inspections.special_campaigns.items import CampaignItem
from inspections.sweeps.campaigns import SpecialCampaign
from inspections.sweeps.stops import SweepStop
from inspections.sweeps.sweeps import SweepMember
from inspections.sweeps.teams import SweepTeamMember
from inspections.targeting.hotspot_runs import HotspotRun, RunState
from inspections.targeting.hotspots import Settings
from inspections.targeting.snapshots import keep
from inspections.targeting.target_lists.lists import EntryState, Part, TargetEntry, TargetList
from inspections.targeting.target_lists.plan import Plan
from tests.canvassed import make_grid
from tests.complainants import KEYS, WANG
from tests.drawn import add_conflict, add_draw
from tests.early_warnings import make_backtest, make_warning
from tests.factories import (
    COUNTY,
    NOW,
    make_account,
    make_check,
    make_finding,
    make_person,
    make_site,
    make_tip,
    make_township,
)
from tests.sweeps import sealed_sweep
from tests.walks import make_square, make_visit

STRANGE = "421303"
BYTES = b"a photo of the other county"

# Parts of an address that name no row
WORDS = {"filename", "name", "form", "kind", "level", "z", "x", "y", "longest_px", "each", "code", "version",
         "which", "asked", "answer", "area", "county_code", "key", "subject",
         "outcome", "turn", "reply", "day", "part", "receipt"}  # fmt: skip
# One frame for every screen: it holds nothing but the reader's own name, whatever id stands in the address
SHELLS = {
    "field.site",
    "field.draft",
    "field.sent_check",
    "field.cell",
    "field.visit",
    "field.night",
    "field.stop",
    "field.sweep",
}
OF_TIPS = {"desk.tips", "desk.tip_page", "desk.credibility_page", "api.tips_layer"}
# Leads anyone who reads the code on a plate to the same place, whether there is such a site or not
SIGNS = {"plates.open_plate"}
# A phone names the bytes it sends by their hash: nothing of another county is read or written
SENDING = {"api.receive_file"}
# What an address insists on before it looks for anything
SAID = {"Tus-Resumable": "1.0.0", "X-HTTP-Method-Override": "HEAD"}

# What a route asks for beside a sign-in, by endpoint. "": nothing.
OPENED_BY = {
    "account": "",
    "field": "field.open",
    "desk": "desk.open",
    "level": "level.open",
    "calls": "whistle.answer",
    "instructions": "sweep.see",
    "hotline": "tip.take",
    "api.area_outlines": "map.see",
    "api.land_tile": "map.see",
    "api.ping": "",
    "api.field_bundle": "field.open",
    "api.checklist_version": "field.open",
    "api.new_site": "site.create",
    "api.receive_check": "check.create",
    "api.check_receipt": "",
    "api.check_record": "",
    "api.public_keys": "",
    "api.hear_phone": "field.open",
    "api.bring_parcel": "",
    "api.own_receipts": "",
    "api.edit_site": "site.observe",
    "api.receive_visit": "canvass.record",
    "api.receive_batch_of_visits": "canvass.record",
    "api.visit_receipt": "",
    "api.tell": "tip.send",
    **dict.fromkeys(
        ("api.own_sweeps", "api.sweep_packet", "api.sweep_key", "api.packet_opened"), "sweep.take_part"
    ),
    "api.receive_file": "check.create",
    "api.receive_whole_check": "check.create",
    "api.receive_batch_of_checks": "check.create",
    "api.receive_sweep_entries": "sweep.take_part",
    "api.receive_sweep_positions": "sweep.take_part",
    "api.sweep_state": "sweep.take_part",
    "api.upload_abilities": "",
    "api.begin_upload": "check.create",
    "api.upload_progress": "check.create",
    "api.continue_upload": "check.create",
    "api.end_upload": "check.create",
    "api.overridden": "check.create",
    "api.has_file": "",
    "api.picture": "",
    "api.original": "",
    "api.recording": "",
    "api": "desk.open",
    "portal": "response.send",
}
ALSO = {
    "desk.add_site": "site.create",
    "desk.new_site_page": "site.create",
    "desk.canvass_visits": "coverage.see",
    "desk.export_visits": "coverage.see",
    "desk.visit_page": "coverage.see",
    "desk.assign_page": "task.assign",
    "desk.assign_task": "task.assign",
    "desk.plan_ledger_run": "task.assign",
    "desk.site_state_page": "site.edit",
    "desk.edit_site_page": "site.edit",
    "desk.change_state": "site.edit",
    "desk.undo_state": "site.edit",
    "desk.edit_site": "site.edit",
    "desk.site_place_page": "site.locate",
    "desk.locate_site": "site.locate",
    "desk.add_site_clue": "site.link",
    "desk.remove_site_clue": "site.link",
    "desk.mark_moved": "site.link",
    "desk.unmark_moved": "site.link",
    "desk.public_list_page": "public_list.publish",
    "desk.list_publicly": "public_list.publish",
    "desk.confirm_finding": "finding.confirm",
    "desk.reject_finding": "finding.confirm",
    "desk.reroute_finding": "finding.confirm",
    "desk.sweep_findings": "sweep.see",
    "desk.draft_joint_orders": "order.draft",
    "desk.hand_over_joint": "handover.record",
    **dict.fromkeys(("desk.targets", "desk.target_list", "desk.target_page"), "target.see"),
    **dict.fromkeys(
        (
            "desk.new_target_page",
            "desk.make_targets",
            "desk.compute_targets",
            "desk.send_target_day",
            "desk.target_sheet",
            "desk.target_rules_page",
            "desk.set_target_rules",
            "desk.pin_target",
            "desk.refuse_target",
            "desk.undo_target",
            "desk.send_target",
        ),
        "target.plan",
    ),
    **dict.fromkeys(
        ("desk.sweep_report", "desk.sweep_report_map", "desk.sweep_replay", "desk.sweep_replay_map"), "sweep.see"
    ),
    **dict.fromkeys(
        ("desk.sweep_simulation", "desk.sweep_briefing", "desk.take_sweep_briefing", "desk.sweep_briefing_map"),
        "sweep.plan",
    ),
    **dict.fromkeys(
        (
            "desk.sweeps",
            "desk.sweep_page",
            "desk.sweep_plan",
            "desk.sweep_plan_content",
            "desk.sweep_revisions",
        ),
        "sweep.see",
    ),
    **dict.fromkeys(
        (
            "desk.new_sweep_page",
            "desk.make_sweep",
            "desk.edit_sweep_page",
            "desk.edit_sweep",
            "desk.copy_sweep_page",
            "desk.copy_sweep",
            "desk.cancel_sweep",
            "desk.do_sweep_step",
            "desk.sweep_candidates",
        ),
        "sweep.plan",
    ),
    **dict.fromkeys(("desk.draws", "desk.draw_page", "desk.officer_conflicts"), "draw.see"),
    **dict.fromkeys(
        (
            "desk.new_draw_page",
            "desk.commit_draw",
            "desk.freeze_draw",
            "desk.draw_lots",
            "desk.replace_drawn",
            "desk.assign_drawn",
            "desk.end_draw",
            "desk.declare_conflict",
            "desk.end_conflict",
        ),
        "draw.make",
    ),
    **dict.fromkeys(("desk.publish_draw", "desk.publish_outcome"), "draw.publish"),
    **dict.fromkeys(
        (
            "desk.sweep_teams",
            "desk.add_sweep_teams",
            "desk.sweep_team",
            "desk.change_sweep_team",
            "desk.change_sweep_member",
            "desk.change_away_times",
            "desk.sweep_routes",
            "desk.solve_sweep_routes",
            "desk.sweep_mixes",
            "desk.save_sweep_mix",
        ),
        "sweep.plan",
    ),
    "desk.order_hotspots": "hotspot.run",
    "desk.show_hotspots": "hotspot.see",
    "desk.risk_page": "hotspot.see",
    "desk.train_risk": "risk.train",
    "desk.put_risk_in_force": "risk.activate",
    "desk.hotspot_progress": "hotspot.see",
    "desk.hotspot_page": "hotspot.see",
    "desk.hotspot_runs": "hotspot.see",
    "desk.hotspot_cell": "hotspot.see",
    "desk.warnings": "warning.see",
    "desk.backtests": "backtest.see",
    "desk.backtest_page": "backtest.see",
    "desk.backtest_progress": "backtest.see",
    "desk.order_backtest": "backtest.run",
    "desk.warning_page": "warning.see",
    "desk.detectors": "warning.see",
    "desk.detector_page": "warning.see",
    "desk.set_detector": "warning.set",
    "desk.acknowledge_warning": "warning.handle",
    "desk.take_up_warning": "warning.handle",
    "desk.pass_on_warning": "warning.handle",
    "desk.close_warning": "warning.handle",
    "desk.merge_warning": "warning.handle",
    "desk.send_warning": "warning.send",
    "desk.list_imports": "list.import",
    "desk.start_import": "list.import",
    "desk.show_import": "list.import",
    "desk.import_progress": "list.import",
    "desk.change_import": "list.import",
    "desk.confirm_import": "list.import",
    "desk.undo_import": "list.import",
    "desk.download_problems": "list.import",
    "desk.settle_site_conflict": "conflict.decide",
    "desk.settle_check_conflict": "conflict.decide",
    "desk.decide_parcel": "parcel.decide",
    "desk.new_order_page": "order.draft",
    "desk.draft_order": "order.draft",
    "desk.edit_order_page": "order.draft",
    "desk.edit_order": "order.draft",
    "desk.discard_order": "order.draft",
    "desk.issue_order": "order.issue",
    "desk.withdraw_order": "order.issue",
    "desk.serve_order": "order.serve",
    "desk.recalculate_order": "order.serve",
    "desk.make_link": "order.invite",
    "desk.revoke_link": "order.invite",
    "desk.new_self_check": "self_check.manage",
    "desk.send_self_check": "self_check.manage",
    "desk.end_self_check": "self_check.manage",
    "desk.self_check_letters": "self_check.manage",
    "desk.accept_response": "response.decide",
    "desk.return_response": "response.decide",
    "desk.order_numbers": "order.number",
    "desk.set_order_prefix": "order.number",
    "desk.close_finding": "finding.close",
    "desk.reopen_finding": "finding.close",
    "desk.ask_approval": "approval.ask",
    "desk.decide_approval": "approval.decide",
    "desk.take_approval_back": "approval.ask",
    "desk.ask_recusal": "recusal.ask",
    "desk.decide_recusal": "recusal.decide",
    "desk.hand_finding_over": "finding.hand_over",
    "desk.ask_review": "order.draft",
    "desk.decide_review": "order.review",
    "desk.correct_service": "order.serve",
    "desk.begin_step": "step.prepare",
    "desk.prepare_step": "step.prepare",
    "desk.sign_step": "step.decide",
    "desk.skip_step": "step.decide",
    "desk.record_interview": "step.record",
    "desk.correct_interview_record": "step.record",
    "desk.draft_order_of_step": "order.draft",
    "desk.set_ladder": "ladder.edit",
    "desk.new_penalty_page": "penalty.record",
    "desk.note_penalty": "penalty.record",
    "desk.change_penalty": "penalty.record",
    "desk.new_handover_page": "handover.record",
    "desk.hand_over": "handover.record",
    "desk.note_answer": "handover.record",
    "desk.templates": "template.see",
    "desk.template_page": "template.see",
    "desk.bring_template": "template.bring",
    "desk.built_in_template": "template.see",
    "desk.use_built_in_template": "template.activate",
    "desk.template_file": "template.see",
    "desk.template_sample": "template.see",
    "desk.activate_template": "template.activate",
    "desk.new_checklist_page": "checklist.edit",
    "desk.new_checklist": "checklist.edit",
    "desk.edit_checklist_page": "checklist.edit",
    "desk.edit_checklist": "checklist.edit",
    "desk.revise_checklist": "checklist.edit",
    "desk.give_up_checklist": "checklist.edit",
    "desk.fetch_back_checklist": "checklist.edit",
    "desk.copy_checklist_page": "checklist.edit",
    "desk.copy_checklist": "checklist.edit",
    "desk.import_checklist_page": "checklist.edit",
    "desk.import_checklist": "checklist.edit",
    "desk.look_at_checklist": "checklist.edit",
    "desk.checklist_problems": "checklist.edit",
    "desk.save_imported_checklist": "checklist.edit",
    "desk.publish_checklist_page": "checklist.publish",
    "desk.publish_checklist": "checklist.publish",
    "desk.withdraw_checklist": "checklist.publish",
    "desk.new_facts_page": "fact.record",
    "desk.record_facts": "fact.record",
    "desk.judge_facts": "fact.record",
    "desk.more_facts_page": "fact.record",
    "desk.complete_facts": "fact.record",
    "desk.withdraw_facts": "fact.record",
    "desk.deliver_snapshot": "figure.deliver",
    "desk.give_grant": "grant.give",
    "desk.revoke_grant": "grant.give",
    "desk.fill_in_statistics": "figure.edit",
    "desk.freeze_statistics": "figure.freeze",
    "desk.begin_schedule": "schedule.edit",
    "desk.add_schedule_item": "schedule.edit",
    "desk.schedule_item_page": "schedule.edit",
    "desk.edit_schedule_item": "schedule.edit",
    "desk.remove_schedule_item": "schedule.edit",
    **dict.fromkeys(
        (
            "desk.assign_tip",
            "desk.settle_tip",
            "desk.reopen_tip",
            "desk.set_tip_site",
            "desk.merge_tips",
            "desk.unmerge_tip",
            "desk.undo_decision",
        ),
        "tip.triage",
    ),
    **dict.fromkeys(
        (
            "desk.whistle_form_of_tip",
            "desk.whistle_form_of_site",
            "desk.blow_on_tip",
            "desk.blow_on_site",
            "desk.end_whistle",
        ),
        "whistle.blow",
    ),
    **dict.fromkeys(("desk.return_tip", "desk.report_tip", "desk.note_tip"), "tip.handle"),
    "desk.turn_key": "tip.key",
    "desk.new_case_page": "case.record",
    "desk.record_case": "case.record",
    "desk.withdraw_case": "case.record",
    "desk.edit_rule_page": "rule.edit",
    "desk.edit_rule": "rule.edit",
    "desk.new_rule_page": "rule.edit",
    "desk.new_rule_form": "rule.edit",
    "desk.add_rule": "rule.edit",
    "desk.end_rule": "rule.edit",
    "desk.withdraw_rule": "rule.edit",
    "desk.add_period": "calendar.edit",
    "desk.period_page": "calendar.edit",
    "desk.edit_period": "calendar.edit",
    "desk.remove_period": "calendar.edit",
    "desk.enter_year": "calendar.edit",
    "desk.begin_bulletin": "bulletin.edit",
    "desk.save_section": "bulletin.edit",
    "desk.restore_section": "bulletin.edit",
    "desk.recount_bulletin": "bulletin.edit",
    "desk.rename_bulletin": "bulletin.edit",
    "desk.discard_bulletin": "bulletin.edit",
    "desk.choose_bulletin_case": "bulletin.edit",
    "desk.edit_bulletin_case": "bulletin.edit",
    "desk.sign_bulletin": "bulletin.sign",
    "desk.withdraw_bulletin": "bulletin.sign",
    "desk.masked_bulletin": "bulletin.publish",
    "desk.publish_bulletin": "bulletin.publish",
    "desk.openings": "complainant.audit",
    "desk.set_complainant_term": "complainant.approve",
    "desk.decide_opening": "complainant.approve",
    "desk.ask_to_open": "complainant.open",
    "desk.read_opening": "complainant.open",
    "desk.forget_complainant": "complainant.open",
    "desk.grid": "coverage.see",
    "desk.cells_geojson": "coverage.see",
    "desk.cell_page": "coverage.see",
    "desk.give_cells": "cell.edit",
    "desk.retire_cell": "cell.edit",
    "desk.share_page": "cell.edit",
    "desk.share_cells": "cell.edit",
    "desk.begin_draft": "cell.edit",
    "desk.draft_page": "cell.edit",
    "desk.draft_geojson": "cell.edit",
    "desk.generate_draft": "cell.edit",
    "desk.bring_draft": "cell.edit",
    "desk.draw_in_draft": "cell.edit",
    "desk.rename_in_draft": "cell.edit",
    "desk.remove_from_draft": "cell.edit",
    "desk.settle_overlap": "cell.edit",
    "desk.fill_gap": "cell.edit",
    "desk.tidy_draft": "cell.edit",
    "desk.save_draft": "cell.edit",
    "desk.discard_draft": "cell.edit",
    **dict.fromkeys(("desk.sweep_live", "desk.sweep_board", "desk.sweep_stream"), "sweep.see"),
    **dict.fromkeys(
        (
            "desk.send_sweep_message",
            "desk.reassign_sweep_stop",
            "desk.add_sweep_stop",
            "desk.drop_sweep_stop",
            "desk.reopen_sweep_stop",
            "desk.resolve_sweep_entry",
            "desk.drop_out_of_sweep",
            "desk.end_sweep",
        ),
        "sweep.command",
    ),
    **dict.fromkeys(
        (
            "desk.special_campaigns",
            "desk.special_campaign_page",
            "desk.special_records",
            "desk.special_schedule",
            "desk.special_reports",
            "desk.special_report",
            "desk.special_dispatch",
        ),
        "campaign.see",
    ),
    **dict.fromkeys(
        (
            "desk.new_special_campaign_page",
            "desk.begin_special_campaign",
            "desk.change_special_campaign_page",
            "desk.change_special_campaign",
            "desk.end_special_campaign",
            "desk.put_in_campaign",
            "desk.begin_special_schedule",
            "desk.add_special_line",
            "desk.edit_special_line",
            "desk.finish_special_line",
            "desk.remove_special_line",
            "desk.keep_special_report",
            "desk.hold_special_dispatch",
            "desk.give_instruction",
        ),
        "campaign.plan",
    ),
    **dict.fromkeys(
        ("desk.note_instruction",),
        "campaign.see",
    ),
    "desk.canvass": "coverage.see",
    "desk.campaign_page": "coverage.see",
    "desk.campaign_sheet": "coverage.see",
    "desk.new_campaign_page": "canvass.plan",
    "desk.begin_campaign": "canvass.plan",
    "desk.change_campaign_page": "canvass.plan",
    "desk.change_campaign": "canvass.plan",
    "desk.assign_campaign": "canvass.plan",
    "desk.close_campaign": "canvass.plan",
    "desk.copy_campaign": "canvass.plan",
    "desk.coverage": "coverage.see",
    "desk.coverage_map": "coverage.see",
    "desk.zone_coverage": "coverage.see",
    "desk.zone_map": "coverage.see",
    "desk.set_interval": "coverage.set",
    "desk.township": "coverage.see",
    "desk.scores": "score.see",
    **dict.fromkeys(
        (
            "desk.seal_sweep",
            "desk.unseal_sweep",
            "desk.move_sweep_start",
            "desk.start_sweep",
            "desk.show_sweep_code",
            "desk.replace_sweep_packet",
            "desk.let_know",
            "desk.stop_knowing",
        ),
        "sweep.command",
    ),
    "desk.sweep_secrecy": "sweep.see",
    "desk.score_table": "score.see",
    "desk.score_records": "score.see",
    "desk.score_weights": "score.see",
    "desk.set_score_weights": "score.edit",
}
PUBLIC = {
    *("static", "account.sign_in", "account.begin_sign_in", "api.english_messages"),
    *("kept.frame", "kept.manifest", "kept.service_worker", "plates.open_plate"),
    *("report.counties", "report.letter", "report.send", "report.challenge", "report.look", "report.ask"),
    *("report.look_up", "report.add", "report.outlines", "report.land", "report.schools", "county_page.show"),
    *("report.begin", "report.progress", "report.go_on"),  # proved by the receipt code
    *("public_draws.every", "public_draws.one", "public_draws.file"),
    *("public_bulletins.every", "public_bulletins.one", "public_bulletins.map_picture"),
    *("api.seal_away", "api.answer_phone"),
    *("portal.link_letter", "portal.link_send", "portal.link_begin"),
    *("portal.link_progress", "portal.link_upload", "portal.link_proof"),
}


class Rows(NamedTuple):
    """One of each thing that an address can name."""

    site_id: UUID
    check_id: UUID
    finding_id: UUID
    hotspot_run: UUID
    warning_id: UUID
    backtest_id: UUID
    import_run: UUID
    sign_in_id: UUID
    phone_id: UUID
    parcel_id: UUID
    upload_id: UUID
    site_conflict: UUID
    check_conflict: UUID
    order_id: UUID
    link_id: UUID
    response_id: UUID
    proof_id: UUID
    form_id: UUID
    campaign_id: UUID
    self_check_id: UUID
    special_id: UUID
    line_id: UUID
    instruction_id: UUID
    observation_id: UUID
    period_id: UUID
    document_id: UUID
    template_id: UUID
    view_id: UUID
    ledger_run: UUID
    step_id: UUID
    penalty_id: UUID
    handover_id: UUID
    approval_id: UUID
    recusal_id: UUID
    review_id: UUID
    bulletin_id: UUID
    bulletin_case: UUID
    snapshot_id: UUID
    item_id: UUID
    case_id: UUID
    delivery_id: UUID
    grant_id: UUID
    visit_id: UUID
    cell_id: UUID
    tip_id: UUID
    whistle_id: UUID
    call_id: UUID
    complainant_id: UUID
    opening_id: UUID
    clue_id: UUID
    cell_draft: UUID
    canvass_id: UUID
    list_id: UUID
    entry_id: UUID
    draw_id: UUID
    interest_id: UUID
    sweep_id: UUID
    team_id: UUID
    stop_id: UUID
    knowing_id: UUID
    member_id: UUID
    code: str  # of a checklist
    sha256: str

    def named(self, rule: Rule, argument: str) -> Any:
        if argument == "run_id" and rule.rule.startswith("/ledger"):
            return self.ledger_run
        if argument == "run_id":
            return self.import_run if rule.rule.startswith("/imports") else self.hotspot_run
        if argument == "position":
            return 0
        if argument == "conflict_id":
            return self.check_conflict if rule.rule.startswith("/check-") else self.site_conflict
        if argument == "case_id" and rule.rule.startswith("/bulletins"):
            return self.bulletin_case
        if argument == "subject_id":
            return self.order_id
        if argument == "token":
            return self.link_id.hex
        if argument == "draft_id":
            return self.cell_draft if rule.rule.startswith("/grid") else self.check_id
        if argument == "campaign_id" and rule.rule.startswith("/canvass"):
            return self.canvass_id
        return getattr(self, argument)


def make_rows(session: Session, county: str) -> Rows:
    scope(session, county)
    officer = make_person(session, Role.INSPECTOR, county=county, name="何静")
    site = make_site(session, county=county)
    check = make_check(session, officer, site)
    finding = make_finding(session, site, check_id=check.id)
    hotspots = HotspotRun(
        county=county, state=RunState.DONE, settings=vars(Settings()), computed_at=NOW, summary={}
    )
    digest = hashlib.sha256(BYTES).hexdigest()
    listed = ImportRun(
        county=county, subject="sites", state=ImportState.EXAMINED, file_name="名单.csv", sha256=digest
    )
    blob = Blob(
        county=county,
        sha256=digest,
        size=len(BYTES),
        media_type="image/jpeg",
        state=BlobState.STORED,
        received_at=NOW,
    )
    photo = Photo(county=county, id=new_id(), check_id=check.id, position=0, purpose=PhotoPurpose.SCENE,
                  state=PhotoState.RECEIVED, sha256=digest, size=len(BYTES), media_type="image/jpeg")  # fmt: skip
    session.add_all([hotspots, listed, blob, photo])
    session.flush()
    account = make_account(session, f"guest-{county}", county)
    sign_in = session.scalar(
        text(
            "insert into sign_ins (county, id, token_hash, account_id, device, started_at, seen_at, expires_at)"
            " values (:county, :id, :hash, :account, '', now(), now(), now() + interval '1 day') returning id"
        ),
        {
            "county": county,
            "id": new_id(),
            "hash": hashlib.sha256(county.encode()).hexdigest(),
            "account": account.id,
        },
    )
    sent = of_a_phone(session, officer, digest)
    return Rows(
        site.id,
        check.id,
        finding.id,
        hotspots.id,
        make_warning(session, county).id,
        make_backtest(session, county).id,
        listed.id,
        sign_in,
        *sent,
        *two_conflicts(session, check),
        *answered(session, check),
        *asked(session, check),
        *facts_and_term(session, check),
        *made_document(session, officer, check),
        *of_the_ledger(session, officer),
        *escalated(session, finding, officer),
        *waiting(session, finding, officer),
        *drafted_bulletin(session, finding, officer),
        *reported(session, site, officer),
        *walked(session, officer),
        *whistled(session, site, officer),
        *complained(session, officer),
        add_clues(session, county, [GivenClue(kind=ClueKind.NAME, text="邻县的招牌")], site=site, at=NOW)[0].id,
        *canvassed(session, officer),
        *targeted(session, site, officer),
        add_draw(session, officer, "邻县的抽查").id,
        add_conflict(session, officer, site).id,
        *swept(session, county),
        listed_as(session, county),
        digest,
    )


def swept(session: Session, county: str) -> tuple[UUID, UUID, UUID, UUID, UUID]:
    """A sealed sweep, its team, a stop, the line of its need-to-know list, and somebody on the team."""
    planner = make_person(session, Role.DISPATCHER, county=county)
    night = sealed_sweep(session, planner, teams=1)
    member = session.scalars(select(SweepMember.id).where(SweepMember.sweep_id == night.sweep.id)).one()
    mate = select(SweepTeamMember.id).where(SweepTeamMember.team_id == night.teams[0].id)
    stop = SweepStop(
        county=county, id=new_id(), sweep_id=night.sweep.id, site_id=night.sites[0][0].id,
        team_id=night.teams[0].id, position=1, plan={},
    )  # fmt: skip
    session.add(stop)
    session.flush()
    return night.sweep.id, night.teams[0].id, stop.id, member, session.scalars(mate).all()[0]


def targeted(session: Session, site: Site, officer: Person) -> tuple[UUID, UUID]:
    """A target list with one entry."""
    key, day = {"county": site.county, "id": new_id()}, NOW.date()
    plan = Plan(day, day + timedelta(days=7))
    snapshot = keep(session, site.county, "target list", {"id": np.arange(1)}, NOW, NOW)
    made = TargetList(
        **key, first_day=day, last_day=plan.last_day, settings=plan.as_json(), seed=1, version=1, revision=1,
        snapshot_id=snapshot.id, made_by_id=officer.id, computed_at=NOW,
        summary={"left_out": {}, "notes": [], "towns": [], "eligible": 1, "entries": 1, "basis": "rules"},
    )  # fmt: skip
    entry = TargetEntry(
        **key, list_id=made.id, site_id=site.id, part=Part.RISK, state=EntryState.PROPOSED, revision=1,
        probability=0.5, severity=2, reasons=[], minutes=30, window={},
    )  # fmt: skip
    for each in (made, entry):
        session.add(each)
        session.flush()
    return made.id, entry.id


def canvassed(session: Session, officer: Person) -> tuple[UUID, ...]:
    """A draft and a campaign of a township."""
    township = make_township(session, county=officer.county, name="邻县镇", boundary=None)
    return tuple(make_grid(session, township, officer, "邻县网格").values())[1:]


def walked(session: Session, officer: Person) -> tuple[UUID, UUID]:
    """A walk and a cell."""
    return make_visit(session, officer), make_square(session, county=officer.county).id


def whistled(session: Session, site: Site, officer: Person) -> tuple[UUID, UUID, UUID]:
    """A tip, a whistle blown for it, and the call to a department."""
    key = {"county": site.county, "id": new_id()}
    tip = make_tip(session, county=site.county, site_id=site.id)
    department = Department(**key, name="邻县公安局", kind=DepartmentKind.POLICE)
    whistle = Whistle(
        **key, code="CS", site_id=site.id, tip_id=tip.id, blown_by_id=officer.id, blown_at=NOW, starts_at=NOW,
        ends_at=NOW + timedelta(hours=2), answer_by=NOW, meeting_point="邻县路口", reason="邻县联合检查",
    )  # fmt: skip
    session.add_all([department, whistle])
    session.flush()
    call = WhistleDepartment(**key, whistle_id=whistle.id, department_id=department.id)
    session.add(call)
    session.flush()
    return tip.id, whistle.id, call.id


def complained(session: Session, officer: Person) -> tuple[UUID, UUID]:
    """Who sent a tip, and a request to read it."""
    tip = make_tip(session, county=officer.county)
    complainant = keep_identity(session, KEYS, tip, WANG, is_minor=False, wants_answer=False, forget_on=NOW.date())
    scope(session, officer.county, officer.id)  # nobody asks in another's name
    opening = ComplainantOpening(
        county=officer.county, id=new_id(), complainant_id=complainant.id, asked_by_id=officer.id,
        asked_at=NOW, reason="邻县的理由", needs_approval=False,
    )  # fmt: skip
    session.add(opening)
    session.flush()
    return complainant.id, opening.id


def reported(session: Session, site: Site, officer: Person) -> tuple[UUID, ...]:
    """A frozen table, a line of a schedule, a model case, a delivery and a grant."""
    key = {"county": site.county, "id": new_id()}
    day = NOW.date()
    content = {
        "selection": f"{site.county}~{day}~{day}~2026-11-20T00:00:00Z~", "place": "", "title": "邻县的表",
        "county": "邻县", "cells": dict.fromkeys(CELLS, 0), "records": {},
        "words": {"unit": "", "filled_by": "", "telephone": "", "main_problems": ["", "", ""]},
    }  # fmt: skip
    snapshot = FigureSnapshot(**key, first_day=day, last_day=day, as_of=NOW, frozen_by_id=officer.id,
                              frozen_at=NOW, content=content, sha256="0" * 64)  # fmt: skip
    item = ScheduleItem(**key, year=2026, position=1, item="邻县的安排", time="全年", responsible="督导室",
                        first_day=day, last_day=day)  # fmt: skip
    case = ModelCase(**key, site_id=site.id, title="邻县的经验", text="做法", found_on=day,
                     recorded_by_id=officer.id, recorded_at=NOW)  # fmt: skip
    session.add_all([snapshot, item, case])
    session.flush()
    days = {"first_day": day, "last_day": day}
    delivery = Delivery(
        **key, **days, snapshot_id=snapshot.id, snapshot_sha256="0" * 64, as_of=NOW, delivered_by_id=officer.id,
        delivered_at=NOW, content=content | {"delivered_by": "邻县的人"}, sha256="0" * 64,
    )  # fmt: skip
    grant = RecordGrant(
        **key, **days, to_code=site.county, kinds=["findings"], reason="核查", granted_by_id=officer.id,
        granted_at=NOW, expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    session.add_all([delivery, grant])
    session.flush()
    return snapshot.id, item.id, case.id, delivery.id, grant.id


def of_a_phone(session: Session, owner: Person, digest: str) -> tuple[UUID, UUID, UUID]:
    """A phone, a parcel made on it, and a file that it is sending."""
    key = {"county": owner.county, "id": new_id()}
    phone = Phone(**key, person_id=owner.id, device_id="d", first_seen_at=NOW, seen_at=NOW)
    parcel = Parcel(
        **key, sha256=digest, size=len(BYTES), state=ParcelState.HELD, author_id=owner.id, device_id="d",
        made_at=NOW, carried_by_id=owner.id, received_at=NOW,
    )  # fmt: skip
    upload = Upload(county=owner.county, id=new_id(), sender_id=owner.id, sha256=digest, size=10_000_000,
                    started_at=NOW, expires_at=datetime(2099, 1, 1, tzinfo=UTC))  # fmt: skip
    session.add_all([phone, parcel, upload])
    session.flush()
    return phone.id, parcel.id, upload.id


def two_conflicts(session: Session, check: Check) -> tuple[UUID, UUID]:
    """One about the check's site, one about the check."""
    county, person_id, site_id = check.county, check.person_id, check.site_id
    edit = SiteEdit(county=county, id=new_id(), site_id=site_id, person_id=person_id, device_at=NOW,
                    received_at=NOW, content_sha256="0" * 64)  # fmt: skip
    session.add(edit)
    session.flush()
    of_site = SiteConflict(county=county, id=new_id(), site_id=site_id, edit_id=edit.id, field=SiteField.PHONE,
                           current="1", offered="2", raised_at=NOW)  # fmt: skip
    of_check = CheckConflict(county=county, id=new_id(), check_id=check.id, person_id=person_id, record=b"{}",
                             record_sha256="1" * 64, received_at=NOW)  # fmt: skip
    session.add_all([of_site, of_check])
    session.flush()
    return of_site.id, of_check.id


def asked(session: Session, check: Check) -> tuple[UUID, ...]:
    """A campaign with one self-check, and a special campaign."""
    campaign = SelfCheckCampaign(
        county=check.county, id=new_id(), title="邻县自查", checklist_code="zd-25", checklist_version=1,
        opens_on=NOW.date(), closes_on=NOW.date(), letter="x", contact="x", telephone="1", site_kinds=[],
        sent_by_id=check.person_id, sent_at=NOW,
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    own = SelfCheck(county=check.county, id=new_id(), campaign_id=campaign.id, site_id=check.site_id)
    session.add(own)
    session.flush()
    return campaign.id, own.id, *special(session, check)


def special(session: Session, check: Check) -> tuple[UUID, UUID, UUID]:
    day, officer_id = NOW.date(), check.person_id
    made = SpecialCampaign(county=check.county, id=new_id(), name="邻县会战", first_day=day, last_day=day,
                           goals={}, made_by_id=officer_id)  # fmt: skip
    session.add(made)
    session.flush()
    of_it = {"county": check.county, "campaign_id": made.id}
    line = CampaignItem(**of_it, position=1, item="邻县动员", responsible="邻县专班", first_day=day, last_day=day,
                        edited_by_id=officer_id, edited_at=NOW)  # fmt: skip
    dispatch = Dispatch(**of_it, day=day, content={}, held_at=NOW, held_by_id=officer_id)
    session.add_all([line, dispatch])
    session.flush()
    told = Instruction(county=check.county, dispatch_id=dispatch.id, text="邻县加快", person_id=officer_id,
                       due_on=day, given_at=NOW, given_by_id=officer_id)  # fmt: skip
    session.add(told)
    session.flush()
    return made.id, line.id, told.id


def answered(session: Session, check: Check) -> tuple[UUID, UUID, UUID, UUID, UUID]:
    """An order, a link to it, a report by that link, its proof and its form."""
    order_id = issued(session, check)
    key = {"county": check.county, "order_id": order_id}
    link = Invitation(**key, id=new_id(), token_hash=hashlib.sha256(order_id.bytes).hexdigest(), made_at=NOW,
                      made_by_id=check.person_id, expires_at=datetime(2099, 1, 1, tzinfo=UTC))  # fmt: skip
    session.add(link)
    session.flush()
    report = Response(**key, id=new_id(), submitted_at=NOW, name="邻县校长", telephone="1",
                      content_sha256="0" * 64, invitation_id=link.id)  # fmt: skip
    proof = Proof(**key, id=new_id(), form_id=report.id, site_id=check.site_id, sha256="0" * 64, size=1, name="x",
                  media_type="application/pdf", added_at=NOW, invitation_id=link.id)  # fmt: skip
    session.add_all([report, proof])
    session.flush()
    return order_id, link.id, report.id, proof.id, report.id


def issued(session: Session, check: Check) -> UUID:
    order = Order(
        county=check.county, id=new_id(), site_id=check.site_id, kind=OrderKind.RECTIFICATION,
        addressee="邻县机构", supervised_on=NOW.date(), organisation="教育局", contact="何静", telephone="1",
        drafted_by_id=check.person_id, state=OrderState.ISSUED, number=1, year=2026, number_text="邻1号",
        content=SAMPLE | {"items": []},
    )  # fmt: skip
    session.add(order)
    session.flush()
    return order.id


def waiting(session: Session, finding: Finding, person: Person) -> tuple[UUID, UUID, UUID]:
    """A request for an extension, a recusal and a legal review, each to be decided."""
    key, asked = {"county": finding.county}, {"asked_at": NOW, "asked_by_id": person.id}
    order_id = session.scalars(select(Order.id).where(Order.site_id == finding.site_id)).first()
    rows = (
        Approval(**key, **asked, id=new_id(), finding_id=finding.id, kind=ApprovalKind.SUSPENSION, reason="停业"),
        Recusal(**key, **asked, id=new_id(), site_id=finding.site_id, person_id=person.id, reason="亲属",
                origin=RecusalOrigin.PARTY),
        LegalReview(**key, **asked, id=new_id(), order_id=order_id, words_sha256="0" * 64),
    )  # fmt: skip
    session.add_all(rows)
    session.flush()
    return rows[0].id, rows[1].id, rows[2].id


def made_document(session: Session, person: Person, check: Check) -> tuple[UUID, UUID]:
    """A document, and a template of the county's own."""
    template = DocumentTemplate(
        county=person.county, kind="rectification", source=TemplateSource.COUNTY, version=1,
        state=TemplateState.READY, sha256="2" * 64, body=built_in("letter"), uploaded_by_id=person.id,
    )  # fmt: skip
    session.add(template)
    return remember(session, person, "rectification", check.id, NOW).id, template.id


def of_the_ledger(session: Session, person: Person) -> tuple[UUID, UUID]:
    """A view that is shared in the county, and a deed done to many items."""
    view = SavedView(county=person.county, person_id=person.id, name="逾期", question={}, is_shared=True)
    run = LedgerRun(county=person.county, person_id=person.id, deed=DeedKind.RECHECK, state=LedgerRunState.PLANNED)
    session.add_all([view, run])
    session.flush()
    return view.id, run.id


def escalated(session: Session, finding: Finding, person: Person) -> tuple[UUID, UUID, UUID]:
    """A step that waits, a penalty and a hand-over."""
    key = {"county": finding.county, "finding_id": finding.id}
    step = Step(**key, id=new_id(), kind=StepKind.INTERVIEW, origin=Origin.PERSON, due_on=NOW.date(),
                proposed_at=NOW, proposed_by_id=person.id)  # fmt: skip
    known = key | {"site_id": finding.site_id, "version": 1, "author_id": person.id, "at": NOW}
    fine, sent = new_id(), new_id()
    penalty = Penalty(**known, id=fine, root_id=fine, kind=PenaltyKind.SUSPENSION, state=PenaltyState.DECIDED,
                      body="邻县", decided_on=NOW.date(), reference="", basis="法")  # fmt: skip
    handover = Handover(**known, id=sent, root_id=sent, state=HandoverState.SENT, recipient="邻县公安",
                        matter="办班", papers=[], handed_on=NOW.date(), number_text="邻〔2026〕1号",
                        content=STEP_KINDS["handover"].sample)  # fmt: skip
    session.add_all([step, penalty, handover])
    session.flush()
    return step.id, fine, sent


def drafted_bulletin(session: Session, finding: Finding, person: Person) -> tuple[UUID, UUID]:
    """The draft of a bulletin, with a case."""
    key, day = {"county": finding.county}, NOW.date()
    bulletin = Bulletin(
        **key, id=new_id(), kind=BulletinKind.DAILY, first_day=day, last_day=day, title="邻县日报告", as_of=NOW,
        figures={}, drafted_by_id=person.id, drafted_at=NOW,
    )  # fmt: skip
    session.add(bulletin)
    session.flush()
    case = BulletinCase(
        **key, id=new_id(), bulletin_id=bulletin.id, finding_id=finding.id, position=1, text="邻县案例",
        chosen_by_id=person.id,
    )  # fmt: skip
    bulletin.figures = count_for(session, finding.county, period_of(bulletin), NOW)
    session.add(case)
    session.flush()
    return bulletin.id, case.id


def listed_as(session: Session, county: str) -> str:
    """The code of a checklist of the county, which is a draft."""
    draft = Checklist(county=county, code=f"{county}-own", version=1, title="邻县清单", state=ListState.DRAFT,
                      edited_at=NOW)  # fmt: skip
    session.add(draft)
    session.flush()
    return draft.code


def facts_and_term(session: Session, check: Check) -> tuple[UUID, UUID]:
    """Facts of the check, and a term of its county."""
    observation = Observation(
        county=check.county, id=new_id(), check_id=check.id, person_id=check.person_id, subject=Subject.LESSON,
        day=NOW.date(), about="", facts={"ends_at": "21:00"},
    )  # fmt: skip
    term = SchoolPeriod(county=check.county, id=new_id(), kind=PeriodKind.AUTUMN_TERM, first_day=NOW.date(),
                        last_day=NOW.date(), source="校历")  # fmt: skip
    session.add_all([observation, term])
    session.flush()
    return observation.id, term.id


def rules_with_ids(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if rule.arguments - WORDS - {"area"} or is_of_a_list(rule):
            for method in sorted(rule.methods - {"OPTIONS"}):
                yield rule, method


def is_of_a_list(rule: Rule) -> bool:
    return "code" in rule.arguments and "checklists" in rule.rule


def address(rule: Rule, rows: Rows) -> str:
    words = {"filename": "app.js", "name": "sites", "form": "csv", "level": "townships", "z": 9, "x": 1, "y": 1,
             "longest_px": 320, "each": "zh", "code": "lesson-end", "version": 1, "kind": "rectification",
             "which": "paper", "asked": "extension", "answer": "grant", "area": STRANGE,
             "county_code": COUNTY, "key": "day", "subject": "lesson", "outcome": "invalid", "turn": "key",
             "reply": "accept", "day": "2026-11-20", "part": "sweep", "receipt": "done"}  # fmt: skip
    if rule.endpoint in {"desk.new_rule_form", "desk.add_rule"}:
        words["name"] = "lesson_minutes.at_most"
    if is_of_a_list(rule):
        words["code"] = rows.code
    values = {name: words[name] if name in words else rows.named(rule, name) for name in rule.arguments}
    built = rule.build(values, append_unknown=False)
    assert built
    return built[1]


def test_no_address_finds_a_row_of_another_county(
    app: Flask, session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    strange = make_rows(session, STRANGE)
    scope(session, COUNTY)
    roles = (Role.DISPATCHER, Role.DIRECTOR, Role.LEGAL_REVIEWER, Role.SCHOOL_USER, Role.SUPERIOR)
    make_person(session, *roles, login="li")
    client = sign_in("li")
    found = {}
    for rule, method in rules_with_ids(app):
        if rule.endpoint in SENDING | SHELLS | SIGNS:
            continue
        status = client.open(address(rule, strange), method=method, headers=SAID).status_code
        if status != 404:
            found[f"{method} {rule}"] = status
    assert found == {}


def test_the_frame_of_the_phone_is_the_same_for_any_id(app: Flask, session: Session, sign_in) -> None:
    strange = make_rows(session, STRANGE)
    scope(session, COUNTY)
    make_person(session, Role.INSPECTOR, login="zhang")
    client = sign_in("zhang")
    for rule, method in rules_with_ids(app):
        if rule.endpoint in SHELLS and method == "GET":
            path = address(rule, strange)
            nobodys = path.replace(path.rsplit("/", 1)[1], str(new_id()))
            assert client.get(path).data == client.get(nobodys).data


def test_an_inspector_learns_nothing_of_another_county_from_any_answer(
    app: Flask, session: Session, sign_in
) -> None:
    """What exists there and what exists nowhere look the same, also where the role is refused."""
    strange = make_rows(session, STRANGE)
    nowhere = Rows(*(new_id() for _ in Rows._fields[2:]), f"{STRANGE}-none", "0" * 64)
    scope(session, COUNTY)
    make_person(session, Role.INSPECTOR, login="zhang")
    client = sign_in("zhang")
    for rule, method in rules_with_ids(app):
        if rule.endpoint in SENDING:
            continue
        there, absent = (
            client.open(address(rule, rows), method=method, headers=SAID) for rows in (strange, nowhere)
        )
        assert there.status_code == absent.status_code, f"{method} {rule}"
        if rule.endpoint not in SHELLS | SIGNS:
            assert there.status_code in {403, 404}, f"{method} {rule}"


def test_ids_of_another_county_in_a_body_or_a_question_are_not_found_either(session: Session, sign_in) -> None:
    strange = make_rows(session, STRANGE)
    elsewhere = make_person(session, Role.INSPECTOR, county=STRANGE, name="邻县人员")
    elsewhere_id = elsewhere.id
    scope(session, COUNTY)
    own = make_site(session)
    make_person(session, Role.DISPATCHER, login="li")
    client = sign_in("li")
    assert client.get("/hotspots", query_string={"run": strange.hotspot_run}).status_code == 404
    form = {"assignee_id": str(elsewhere_id), "kind": "routine", "due_on": "2099-01-01"}
    assert client.post(f"/sites/{own.id}/task", data=form).status_code in {404, 422}
    assert "邻县人员" not in client.get(f"/sites/{own.id}/task").text
    assert str(strange.site_id) not in client.get("/api/v1/sites/in-box?box=70,10,140,55").text
    assert str(strange.check_id) not in client.get("/api/v1/changes?since=2000-01-01T00:00:00Z").text


@pytest.mark.parametrize("role", list(Role))
def test_a_role_does_what_it_may_and_is_refused_the_rest(
    app: Flask, session: Session, sign_in, role: Role
) -> None:
    rows = make_rows(session, COUNTY)
    make_person(session, role, login="who", site_id=rows.site_id)
    app.secret_key = "test"
    client = sign_in("who")
    wrong = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.endpoint == "account.sign_out":
            continue
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            status = client.open(
                address(rule, rows), method=method, headers={"Accept": "application/json"}
            ).status_code
            if (status == 403) == is_allowed(rule.endpoint, role):
                wrong[f"{method} {rule}"] = status
    assert wrong == {}


def is_allowed(endpoint: str, role: Role) -> bool:
    if endpoint in OF_TIPS:  # those of the own township too, but it has none
        return role in VERBS["desk.open"] - {Role.LEGAL_REVIEWER}
    opened_by = OPENED_BY.get(endpoint, OPENED_BY.get(endpoint.split(".")[0]))
    assert opened_by is not None, f"say in this test what {endpoint} asks for"
    return all(not verb or role in VERBS[verb] for verb in (opened_by, ALSO.get(endpoint, "")))
