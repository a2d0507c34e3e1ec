"""Where people were on duty in a sweep is forgotten a week after its end."""

from datetime import UTC, datetime

from ..jobs import Work, job
from .positions import forget_positions


@job("forget positions of sweeps", every="53 19 * * *")
def forget_positions_now(work: Work) -> None:
    forget_positions(work.session, work.county, datetime.now(UTC))
