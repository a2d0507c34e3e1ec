"""Proof of work (ALTCHA, protocol 2): the phone of who reports works a second or two while they write.

It raises what a flood costs and stops nobody: a tip without it waits in another lane. A challenge is made for one
form of one county, so a solution is worth nothing for another and none has to be remembered.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from altcha import Payload, create_challenge, verify_solution
from flask import current_app

ALGORITHM = "PBKDF2/SHA-256"
COST = 2_000  # rounds of one attempt, half a millisecond of a desk's processor
ATTEMPTS = range(400, 800)  # so that luck makes one phone wait twice as long as another at most
LIFETIME = timedelta(hours=6)
LONGEST = 4_000  # characters of an answer


def challenge_for(county: str, form_id: UUID, now: datetime) -> dict[str, Any]:
    made = create_challenge(
        ALGORITHM,
        COST,
        counter=secrets.choice(ATTEMPTS),
        expires_at=now + LIFETIME,
        data={"county": county, "form": str(form_id)},
        hmac_secret=_secret(),
    )
    return made.to_dict()


def is_proven(county: str, form_id: UUID, answer: str) -> bool:
    """Whether the work was done for this form. Never raises for what the answer holds."""
    if not answer or len(answer) > LONGEST or not answer.isascii():
        return False
    try:
        payload = Payload.from_base64(answer)
        parameters = payload.challenge.parameters
        is_ours = parameters.data == {"county": county, "form": str(form_id)}
        return is_ours and verify_solution(payload, _secret()).verified
    except Exception:  # parsers of hostile input raise what they like
        return False


def _secret() -> str:
    return f"altcha {current_app.config['SECRET_KEY']}"
