"""Official documents in Word: kinds, their templates, and what was made of them. `kinds` says how to add one."""

from . import (  # noqa: F401 - kinds register themselves
    kinds_backtests,
    kinds_bulletins,
    kinds_campaigns,
    kinds_orders,
    kinds_outcomes,
    kinds_service,
    kinds_steps,
    kinds_sweeps,
    kinds_warnings,
)
