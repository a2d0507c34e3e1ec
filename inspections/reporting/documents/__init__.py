"""Official documents in Word: kinds, their templates, and what was made of them. `kinds` says how to add one."""

from . import kinds_bulletins, kinds_orders, kinds_steps  # noqa: F401 - kinds register themselves
