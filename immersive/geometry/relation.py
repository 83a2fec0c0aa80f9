"""Apart, touching, intersecting or contained: what the gap and the penetration of two bodies mean.

Contact is told from clash by the penetration, not by the gap, which is zero in both: if no
translation longer than ``touch`` is provably needed to part two bodies whose surfaces meet, they
touch. Bodies whose surfaces do not meet are apart unless one lies inside the other's material.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from immersive.geometry.bodies import Body
from immersive.geometry.containment import INSIDE, UNDECIDED, enclosed_shells
from immersive.geometry.penetration import Penetration, penetration

APART = "apart"
TOUCHING = "touching"
INTERSECTING = "intersecting"
CONTAINED = "contained"


@dataclass(frozen=True, eq=False, slots=True)
class Relation:
    """How two bodies stand to each other.

    Attributes:
        kind: ``"apart"``, ``"touching"``, ``"intersecting"`` or ``"contained"``.
        inner: ``"a"`` or ``"b"``, the one inside the other, when contained; else ``""``.
        penetration: When intersecting or contained; and when touching, with what was found.
        undecided: True if one of them may lie inside the other, which is open and has no inside.
    """

    kind: str
    inner: str = ""
    penetration: Penetration | None = None
    undecided: bool = False


def relate(a: Body, b: Body, gap: float, /, *, touch: float, boxes_overlap: bool = True) -> Relation:
    """Tell how two bodies stand to each other.

    Args:
        a, b: The bodies.
        gap: Exact distance of their surfaces, metres.
        touch: Gap up to which surfaces touch, and penetration up to which they do no more.
        boxes_overlap: False if their world boxes are known to be apart.
    """
    if gap > touch and not boxes_overlap:
        return Relation(APART)
    if gap <= touch:
        found = penetration(a, b, floor=touch)
        if found.depth > touch:
            return Relation(INTERSECTING, penetration=found)
        undecided = any(_enclosed(inner, outer)[1] for inner, outer in ((a, b), (b, a)))
        return Relation(TOUCHING, penetration=found, undecided=undecided)
    undecided = False
    for name, inner, outer in (("a", a, b), ("b", b, a)):
        inside, unknown, every = _enclosed(inner, outer)
        if inside:
            kind = CONTAINED if every else INTERSECTING
            return Relation(kind, name if every else "", penetration(a, b, floor=touch))
        undecided = undecided or unknown
    return Relation(APART, undecided=undecided)


def _enclosed(inner: Body, outer: Body) -> tuple[bool, bool, bool]:
    """(some piece inside, some piece perhaps inside, all pieces inside)"""
    where = enclosed_shells(inner, outer)
    inside = where == INSIDE
    return bool(inside.any()), bool((where == UNDECIDED).any()), bool(np.all(inside) and len(inside) > 0)
