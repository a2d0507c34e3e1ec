"""Annex 5 counted by hand: plain Python over all rows, knowing nothing of the SQL that the product counts with."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.closures import Closure
from inspections.casework.findings import Finding
from inspections.casework.orders import Order
from inspections.casework.steps import Step
from inspections.field.checks import Check
from inspections.registry.people import PersonRole
from inspections.registry.sites import Site
from inspections.reporting.model_cases import ModelCase

EAST = timezone(timedelta(hours=8))
COLUMNS = {"primary": {"primary"}, "junior": {"junior", "nine_year"}, "all": {"primary", "junior", "nine_year"}}


@dataclass
class Ledger:
    """Everything of one county, read once."""

    rows: dict[type, list[dict[str, Any]]]
    sites: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    inspectors: set[UUID] = field(default_factory=set)

    @classmethod
    def read(cls, session: Session, county: str) -> "Ledger":
        ledger = cls({})
        for model in (Site, Check, Finding, Closure, Order, Step, ModelCase, PersonRole):
            columns = [column for column in model.__table__.columns if column.key not in {"record", "location"}]
            found = session.execute(select(*columns).where(model.__table__.c.county == county))
            ledger.rows[model] = [dict(row._mapping) for row in found]
        ledger.sites = {row["id"]: row for row in ledger.rows[Site]}
        ledger.inspectors = {row["person_id"] for row in ledger.rows[PersonRole] if row["role"] == "inspector"}
        return ledger

    def count(
        self, first: date, last: date, as_of: datetime, township: UUID | None = None, zone: UUID | None = None
    ) -> dict[str, int]:
        return Count(self, first, last, as_of, township, zone).cells()


@dataclass
class Count:
    ledger: Ledger
    first: date
    last: date
    as_of: datetime
    township: UUID | None
    zone: UUID | None

    def cells(self) -> dict[str, int]:
        cells: dict[str, int] = {}
        visits = [row for row in self.ledger.rows[Check] if self._is_visit(row)]
        for column, wanted in {"all": None, "subject": True, "other": False}.items():
            cells[f"institutions.{column}"] = len(
                {
                    row["site_id"]
                    for row in visits
                    if self._by_inspector(row)
                    and self._site(row)["kind"] == "institution"
                    and wanted in (None, self._site(row)["category"] == "subject")
                }
            )
        for column, categories in COLUMNS.items():
            here = [row for row in visits if self._is_school(row["site_id"], categories)]
            went = {row["person_id"] for row in here} | {row["second_person_id"] for row in here}
            cells[f"inspectors.{column}"] = len(went & self.ledger.inspectors)
            cells[f"schools.{column}"] = len({row["site_id"] for row in here if self._by_inspector(row)})
            cells[f"notices.{column}"] = sum(
                self._is_school(row["site_id"], categories) for row in self._orders("rectification")
            )
            cells |= self._problems(column, categories)
        return cells | self._measures() | {"cases.all": self._cases()}

    def _problems(self, column: str, categories: set[str]) -> dict[str, int]:
        by_school: dict[UUID, list[bool]] = {}
        for row in self.ledger.rows[Finding]:
            at = row["confirmed_at"]
            if (
                at
                and self._known(at)
                and self._here(row["site_id"])
                and self._is_school(row["site_id"], categories)
            ):
                by_school.setdefault(row["site_id"], []).append(self._is_closed(row["id"]))
        every = [closed for school in by_school.values() for closed in school]
        return {
            f"troubled.{column}": len(by_school),
            f"mended.{column}": sum(all(school) for school in by_school.values()),
            f"problems.{column}": len(every),
            f"done.{column}": every.count(True),
            f"in_progress.{column}": every.count(False),
        }

    def _measures(self) -> dict[str, int]:
        orders = self._orders("supervision")
        others = {row["order_id"] for row in self.ledger.rows[Step] if not row["by_inspectorate"]}
        cells = {
            "supervision.all": len(orders),
            "supervision.own": sum(row["id"] not in others for row in orders),
        }
        findings = {row["id"]: row for row in self.ledger.rows[Finding]}
        for key, kind in (
            ("bulletins", "notice"),
            ("interviews", "interview"),
            ("accountability", "accountability"),
        ):
            done = [
                row
                for row in self.ledger.rows[Step]
                if row["kind"] == kind
                and row["state"] == "done"
                and self._known(row["decided_at"])
                and self._here(findings[row["finding_id"]]["site_id"])
            ]
            heads = [1 if kind == "notice" else row["headcount"] for row in done]
            cells[f"{key}.all"] = sum(heads)
            cells[f"{key}.own"] = sum(n for n, row in zip(heads, done, strict=True) if row["by_inspectorate"])
        return cells

    def _cases(self) -> int:
        return sum(
            self.first <= row["found_on"] <= self.last
            and row["recorded_at"] <= self.as_of
            and not (row["withdrawn_at"] and row["withdrawn_at"] <= self.as_of)
            and self._here(row["site_id"])
            for row in self.ledger.rows[ModelCase]
        )

    def _orders(self, kind: str) -> list[dict[str, Any]]:
        return [
            row
            for row in self.ledger.rows[Order]
            if row["kind"] == kind
            and row["issued_at"]
            and self._known(row["issued_at"])
            and not (row["withdrawn_at"] and row["withdrawn_at"] <= self.as_of)
            and self._here(row["site_id"])
        ]

    def _is_visit(self, row: dict[str, Any]) -> bool:
        return (
            row["kind"] != "self"
            and row["received_at"] <= self.as_of
            and self._known(row["device_finished_at"])
            and self._here(row["site_id"])
        )

    def _by_inspector(self, row: dict[str, Any]) -> bool:
        return bool({row["person_id"], row["second_person_id"]} & self.ledger.inspectors)

    def _is_closed(self, finding_id: UUID) -> bool:
        return any(
            row["finding_id"] == finding_id
            and row["closed_at"] <= self.as_of
            and (row["reopened_at"] is None or row["reopened_at"] > self.as_of)
            for row in self.ledger.rows[Closure]
        )

    def _known(self, at: datetime) -> bool:
        return self.first <= at.astimezone(EAST).date() <= self.last and at <= self.as_of

    def _site(self, row: dict[str, Any]) -> dict[str, Any]:
        return self.ledger.sites[row["site_id"]]

    def _here(self, site_id: UUID) -> bool:
        site = self.ledger.sites[site_id]
        return (self.township in (None, site["township_id"])) and (self.zone in (None, site["zone_id"]))

    def _is_school(self, site_id: UUID, categories: set[str]) -> bool:
        site = self.ledger.sites[site_id]
        return site["kind"] == "school" and site["category"] in categories


def end_of(day: date) -> datetime:
    """The last moment of a day in China, in UTC."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, 999_999, tzinfo=EAST).astimezone(UTC)
