"""REBA: how much each task loads the whole body, in the posture each person needs for it.

What
    For each work point of each workstation: the REBA score (1 to 15) and action level (0 to 4) of the people
    the layout's population names and of a sample of it, left and right side; the worst, the median, and the
    share of women and men at each level; what drives the worst score, and a better place for the point.

Why
    REBA sees what RULA does not: bent knees, the load in kilograms, and how well it can be held.

Method
    As for ``posture_rula``, scored by Hignett and McAtamney's bands and tables A, B and C: the same code as
    ``immersive score reba``. Load, coupling, frequency, holding time, shock and arm support come from the work
    point; an unsaid coupling of a load is ``coupling``. Sitting, the legs score 1 and the knees add nothing.
    The finding fails if a named person is above action level ``level`` (2; from level 3 on the method wants
    action soon), or fewer than ``share`` of the population keep to it.

Limits
    As for ``posture_rula``. Level 2 already reads "action necessary": a pass is not a clean bill, and the
    message says the level's words. Balance on one leg and rapid changes of posture are taken as absent.

References
    Hignett and McAtamney 2000, Applied Ergonomics 31(2):201–205. Failing above action level 2 is set by this
    project, to be alike RULA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from immersive.checks._base import Check, Context, param
from immersive.checks._posture_scores import Posture, evaluate
from immersive.checks._posture_task import ObservedParams, threshold
from immersive.checks._tasks import applies
from immersive.findings import Citation, Confidence, Evaluation, text
from immersive.human.posture_scores import REBA
from immersive.human.reba import LEVELS

CITATION = Citation(
    "REBA",
    "2000",
    "Hignett and McAtamney, Applied Ergonomics 31(2)",
    Confidence.TWO_SOURCES,
    text(
        "Bands and tables confirmed by two sources; failing above an action level is the rule's own demand.",
        "Classes et tables confirmées par deux sources ; l'échec au-delà d'un niveau d'action est l'exigence de la règle.",
    ),
)


@dataclass(frozen=True)
class Params(ObservedParams):
    """Parameters of a rule."""

    rotated: float = threshold("rotated", "An upper arm counts as rotated beyond this.")
    coupling: Literal["good", "fair", "poor", "unacceptable"] = param(
        "fair", doc="How well a load can be held where the work point does not say."
    )


POSTURE = Posture(
    "posture_reba.score",
    REBA,
    "REBA",
    text("action level", "niveau d'action"),
    {
        level: text("{risk} risk, {action}", "risque {risk}, {action}", risk=risk, action=action)
        if level
        else text("negligible risk, no action necessary", "risque négligeable, aucune action nécessaire")
        for level, (risk, action) in LEVELS.items()
    },
    {0: 1, 1: 1, 2: 2, 3: 3, 4: 3},
    CITATION,
)


def _evaluate(context: Context, params: Params) -> Evaluation:
    return evaluate(POSTURE, context, params, params.coupling)


CHECK = Check(
    code="posture_reba",
    name=text("Posture, REBA", "Posture, REBA"),
    params=Params,
    standards=(CITATION,),
    evaluate=_evaluate,
    applies=applies,
    doc=__doc__ or "",
)
