"""Who of the named people is in a working posture at all, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from immersive.findings import Text, Verdict, text
from immersive.human.people import People
from immersive.human.posing import Poses


def reached_by(poses: Poses, columns: Sequence[int], /) -> NDArray[np.bool_]:
    """(n,) who reaches all of these targets without cutting the cell."""
    blocked = getattr(poses, "blocked", None)
    reached = poses.reached if blocked is None else poses.reached & ~blocked
    return np.asarray(np.all(reached[:, list(columns)], axis=1))


def unreached_words(
    verdict: Verdict, message: Text, people: People, reached: NDArray[np.bool_], /
) -> tuple[Verdict, Text]:
    """A pass does not stand for people who cannot get there; they are named."""
    if reached.all():
        return verdict, message
    message = text(
        "{said} Not judged, as they do not reach it: {who}.",
        "{said} Non jugés, faute de l'atteindre : {who}.",
        said=message,
        who=", ".join(name for name, ok in zip(people.ids, reached, strict=True) if not ok),
    )
    return (Verdict.INDETERMINATE if verdict == Verdict.PASS else verdict), message
