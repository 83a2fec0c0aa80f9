"""OWAS: the four-digit code of back, arms, legs and load of each task, in the posture each person needs for it.

What
    For each work point of each workstation: the OWAS code and action category (1 to 4) of the people the
    layout's population names and of a sample of it; the worst, the median, and the share of women and men in
    each category; what drives the worst category, and a better place for the point.

Why
    OWAS is coarse and robust: it finds bent and twisted backs, arms above the shoulder and bent knees, the
    postures of heavy and whole-body work.

Method
    The posture is the one of ``posture_rula``. The back is bent, twisted or bent sideways above 20°, a knee bent
    above 30°, an arm at shoulder level if elbow or wrist is as high as its shoulder; then the table of
    Karhu, Kansi and Kuorinka: the same code as ``immersive score owas``. The finding fails if a named person is
    above category ``level`` (2; from category 3 on the method wants measures as soon as possible), or fewer
    than ``share`` of the population keep to it.

Limits
    OWAS is observational and has no angles: back and knee figures are later computer practice (one source).
    The method proper weighs how often each posture occurs in a shift; here each task is judged by itself.
    Both legs bear the weight; walking is not examined.

References
    Karhu, Kansi and Kuorinka 1977, Applied Ergonomics 8(4):199–201; Louhevaara and Suurnäkki 1992. Failing
    above category 2 is set by this project, to be alike RULA.
"""

from __future__ import annotations

from dataclasses import dataclass

from immersive.checks._base import Check, Context
from immersive.checks._posture_scores import Posture, evaluate
from immersive.checks._posture_task import PostureParams
from immersive.checks._tasks import applies
from immersive.findings import Citation, Confidence, Evaluation, text
from immersive.human.owas import ACTIONS
from immersive.human.posture_scores import OWAS

CITATION = Citation(
    "OWAS",
    "1977",
    "Karhu, Kansi and Kuorinka, Applied Ergonomics 8(4)",
    Confidence.TWO_SOURCES,
    text(
        "Table confirmed by two sources but for two disputed cells; the angles are from one source.",
        "Table confirmée par deux sources sauf deux cases discutées ; les angles viennent d'une source.",
    ),
)


@dataclass(frozen=True)
class Params(PostureParams):
    """Parameters of a rule."""


POSTURE = Posture(
    "posture_owas.category",
    OWAS,
    "OWAS",
    text("action category", "catégorie d'action"),
    ACTIONS,
    {1: 1, 2: 2, 3: 3, 4: 3},
    CITATION,
)


def _evaluate(context: Context, params: Params) -> Evaluation:
    return evaluate(POSTURE, context, params)


CHECK = Check(
    code="posture_owas",
    name=text("Posture, OWAS", "Posture, OWAS"),
    params=Params,
    standards=(CITATION,),
    evaluate=_evaluate,
    applies=applies,
    doc=__doc__ or "",
)
