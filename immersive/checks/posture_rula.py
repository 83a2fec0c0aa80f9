"""RULA: how much each task loads arms, neck and trunk, in the posture each person needs for it.

What
    For each work point of each workstation: the RULA grand score (1 to 7) and action level (1 to 4) of the
    people the layout's population names and of a sample of it, left and right side; the worst, the median,
    and the share of women and men at each level; what drives the worst score, and a better place for the point.

Why
    A point that everybody reaches may still ask for a raised arm or a bent back at every cycle. RULA is the
    usual first screening for upper limb disorders; it asks for changes before anybody has worked there.

Method
    The manikin takes the posture of least discomfort that brings the hand to the point (see ``reach``). Its
    joint angles are read as an observer reads them (trunk as the line from hip to neck against the vertical,
    arm and neck against the trunk) and scored by McAtamney and Corlett's bands and tables A, B and C: the same
    code as ``immersive score rula``. Load, frequency, holding time, shock and arm support come from the work
    point. Both sides are scored, the idle one without load; the higher counts. The finding fails if a named
    person is above action level ``level`` (2: from level 3 on the method wants changes soon), or fewer than
    ``share`` of the population keep to it; it is indeterminate where the sample cannot tell that share. Its
    data hold the deciding person's angles, every band, adjustment and table cell, and what each body part
    contributes. The hint's better place is found by moving the point up to 300 mm, posing and scoring anew.

Limits
    One posture for each task: not the way there, nor the sequence of tasks. RULA was made for observers; where
    it has no figure ("abducted", "twisted", exactly 0°), the rule's thresholds decide, and a score at a band's
    end may be one off. Shares do not regard obstacles. Two-handed loads count whole for each hand.
    RULA says nothing of lifting heavy loads, nor of force in the fingers.

References
    McAtamney and Corlett 1993, Applied Ergonomics 24(2):91–99. Failing above action level 2 is usual
    practice (from memory), not part of the method.
"""

from __future__ import annotations

from dataclasses import dataclass

from immersive.checks._base import Check, Context
from immersive.checks._posture_scores import Posture, evaluate
from immersive.checks._posture_task import ObservedParams, threshold
from immersive.checks._tasks import applies
from immersive.findings import Citation, Confidence, Evaluation, text
from immersive.human.posture_scores import RULA
from immersive.human.rula import ACTIONS

CITATION = Citation(
    "RULA",
    "1993",
    "McAtamney and Corlett, Applied Ergonomics 24(2)",
    Confidence.TWO_SOURCES,
    text(
        "Bands and tables confirmed by two sources; failing above an action level is the rule's own demand.",
        "Classes et tables confirmées par deux sources ; l'échec au-delà d'un niveau d'action est l'exigence de la règle.",
    ),
)


@dataclass(frozen=True)
class Params(ObservedParams):
    """Parameters of a rule."""

    across: float = threshold("across", "A wrist this far beyond the midline works across it.")
    outside: float = threshold("outside", "A wrist this far outwards of its shoulder works out to the side.")


POSTURE = Posture(
    "posture_rula.score",
    RULA,
    "RULA",
    text("action level", "niveau d'action"),
    ACTIONS,
    {1: 1, 2: 2, 3: 3, 4: 3},
    CITATION,
)


def _evaluate(context: Context, params: Params) -> Evaluation:
    return evaluate(POSTURE, context, params)


CHECK = Check(
    code="posture_rula",
    name=text("Posture, RULA", "Posture, RULA"),
    params=Params,
    standards=(CITATION,),
    evaluate=_evaluate,
    applies=applies,
    doc=__doc__ or "",
)
