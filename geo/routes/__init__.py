"""Routes of teams through stops: time windows, service times, skills, stops entered at once, even ends.

Solved by PyVRP's iterated local search (Wouda, Lan & Kool 2024), which knows neither skills nor stops that belong
together. A team that may not serve a stop finds no road to it. Stops that are linked get one moment of entry:
first any plan, then the moment at which its teams would reach them, then a search over moments around it.

Places are rows of a matrix of travel times: first where each team starts, then the stops. Times are whole seconds
from any origin that stops and teams share.
"""

from .plan import Plan, Visit, faults, timed
from .solving import find_plan
from .task import Stop, Task, Team, straight_line, with_team
from .why import Reason, why_left_out

__all__ = [
    "Plan",
    "Reason",
    "Stop",
    "Task",
    "Team",
    "Visit",
    "faults",
    "find_plan",
    "straight_line",
    "timed",
    "why_left_out",
    "with_team",
]
