"""Departments whose people inspect, alone or on a joint sweep."""

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class DepartmentKind(Choice):
    EDUCATION = "education", say("教育")
    MARKET = "market", say("市监")
    CIVIL_AFFAIRS = "civil_affairs", say("民政")
    POLICE = "police", say("公安")
    URBAN = "urban", say("城管")
    FIRE = "fire", say("消防")
    CULTURE = "culture", say("文旅体")
    TOWNSHIP = "township", say("镇街")
    DISCIPLINE = "discipline", say("纪检审计")
    SCHOOL = "school", say("学校或机构")


class Department(CountyRow, Recorded, Model):
    """A department of the county, or the office of a township, that cases are handed to."""

    __tablename__ = "departments"
    __table_args__ = (in_county("township_id", "areas"), UniqueConstraint("county", "name"))

    name: Mapped[str]
    kind: Mapped[DepartmentKind] = mapped_column(choice(DepartmentKind, "kind"))
    township_id: Mapped[UUID | None]
