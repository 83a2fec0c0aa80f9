"""What ISO 11226 and EN 1005-4 have in common as checks, and what differs: values for :mod:`._zone_checks`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._base import param
from immersive.checks._tasks import HumanParams
from immersive.findings import Citation, Text
from immersive.human.posing import Poses
from immersive.human.posture_angles import PostureAngles
from immersive.human.posture_zones import ZoneMethod
from immersive.human.zone_cases import Fields, Reading
from immersive.scene.station import WorkPoint

Ranks = NDArray[np.int64]


def _angle(name: str, doc: str) -> Any:
    return param(math.radians(getattr(Reading(), name)), kind="angle", doc=doc, minimum=0.0)


@dataclass(frozen=True)
class ZoneParams(HumanParams):
    """Parameters of both checks."""

    share: float = param(
        0.9, doc="Share of the population that must pass, 0 to 1; 0: told, not demanded.", minimum=0.0
    )
    neutral: float = _angle("neutral", "A backward angle up to this counts as upright.")


@dataclass(frozen=True)
class Task:
    """What a work point asks of the posture.

    Attributes:
        point: From the layout.
        times: Fields of the case on holding and frequency.
        assumed: What the layout does not say.
        certain: Whether the worst result holds as it is; else it is conditional on the task being one.
    """

    point: WorkPoint
    times: Mapping[str, float]
    assumed: tuple[Text, ...] = ()
    certain: bool = True


@dataclass(frozen=True)
class Measure:
    """The figure behind a result: what was measured against which limit."""

    measured: float | None = None
    limit: float | None = None
    kind: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Standard:
    """What differs between the standards.

    Attributes:
        code: Of the findings.
        method: The audited method.
        title: Short name in sentences.
        task_of: ``(point, params)`` → the task, or why it is not one for this standard.
        fields: ``(angles, hand, posture, point, reading)`` → case fields, of the angles' shape.
        ranks: ``(fields, task)`` → (k,) index into the method's order.
        good: Results that pass.
        open: Results that are indeterminate.
        levels: Result → 1 good, 2 medium, 3 bad.
        parts: Body part → its name and the segments it colours.
        measure: ``(case, result, part, task)`` → the figure.
        why: ``(case, result, part, task)`` → the sentence behind the part's rating.
        relief: ``task`` → the same task at a milder pace and its words, or None.
        assumptions: Of the check.
        citation: Of the findings.
    """

    code: str
    method: Callable[[], ZoneMethod]
    title: Text
    task_of: Callable[[WorkPoint, Any], Task | Text]
    fields: Callable[[PostureAngles, NDArray[np.int8], str, WorkPoint, Reading], Fields]
    ranks: Callable[[Fields, Task], Ranks]
    good: tuple[str, ...]
    open: tuple[str, ...]
    levels: Mapping[str, int]
    parts: Mapping[str, tuple[Text, tuple[str, ...]]]
    measure: Callable[[Mapping[str, Any], Mapping[str, Any], str, Task], Measure]
    why: Callable[[Mapping[str, Any], Mapping[str, Any], str, Task], Text]
    relief: Callable[[Task], tuple[Task, Text] | None]
    assumptions: tuple[Text, ...]
    citation: Citation


@dataclass(frozen=True)
class Rated:
    """Some people at one work point.

    Attributes:
        poses: (k, m) of the workstation.
        angles: (k,) at this point.
        fields, ranks: (k,) what the standard reads, and its result.
        reached: (k,) who gets there.
    """

    poses: Poses
    angles: PostureAngles
    fields: Fields
    ranks: Ranks
    reached: NDArray[np.bool_]


def split_side(key: str) -> tuple[str, str]:
    """``"upper_arm_left"`` → ``("upper_arm", "left")``."""
    for side in ("left", "right"):
        if key.endswith(f"_{side}"):
            return key.removesuffix(f"_{side}"), side
    return key, ""
