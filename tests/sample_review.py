"""A cell and results made by hand: findings of every verdict, severity and kind of mark."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from immersive.checks._base import Check, Context, param
from immersive.checks._run import NotRun, Results, RuleResult
from immersive.findings import (
    BoxMark,
    Citation,
    ConeMark,
    Confidence,
    Evaluation,
    Finding,
    MeshMark,
    PartMark,
    PointMark,
    PolylineMark,
    RibbonMark,
    SegmentMark,
    Skipped,
    SphereMark,
    Verdict,
    text,
)
from immersive.geometry.frames import rotation_rpy, translation
from immersive.review.document import Review
from immersive.scene.model import Mesh, Notice, Part, Role, Scene, Severity, Source
from immersive.scene.station import (
    Door,
    HazardZone,
    Rule,
    Safeguard,
    Station,
    Walkway,
    WorkPoint,
    Workstation,
)
from immersive.units import mm
from tests.builders import BOX_FACES, box_vertices
from tests.sample_figures import SHARES, STANDING, figure_mark

BOX = Mesh(box_vertices((1.0, 1.0, 1.0)), BOX_FACES, name="box")

DOC = """Clearance: the smallest distance between parts.

What
    Measures the distance between every pair of parts of two selections.

Why
    A gap that is too small crushes fingers. ``touch`` tells contact from clash.

Method
    Exact on triangles.

    - broad phase over all boxes
    - narrow phase on triangles

Limits
    The motion of the robot is not swept.

References
    ISO 13854:2017, table 1.
"""


@dataclass(frozen=True)
class GapParams:
    """Parameters of the made-up check."""

    clearance: float = param(0.12, kind="length", doc="Least gap.")
    between: tuple[str, ...] = param(("role:robot",), doc="One side.")


def _never(context: Context, params: object) -> Evaluation:
    raise AssertionError("the sample's checks are not run")


def _check(code: str, en: str, fr: str, doc: str = DOC) -> Check:
    return Check(
        code, {"en": en, "fr": fr}, GapParams, (Citation("ISO 13854", "2017", "table 1"),), _never,
        lambda scene: True, doc,
    )  # fmt: skip


CLEARANCE = _check("clearance", "Clearance", "Distances libres")
REACH = _check("reach", "Reach", "Atteinte")
WALKWAY = _check("walkway", "Walkways", "Allées")


def box_part(
    name: str,
    size: tuple[float, float, float],
    at: tuple[float, float, float],
    role: Role,
    *,
    yaw: float = 0.0,
    source: str = "cell.glb",
) -> Part:
    """A box of a size standing with its centre at ``at``."""
    matrix = translation(at) @ rotation_rpy(0.0, 0.0, yaw) @ np.diag([*size, 1.0])
    return Part(name, name.rpartition("/")[2], tuple(name.split("/")), BOX, matrix, role=role, source=source)


def cell() -> Scene:
    """A robot behind a fence, a bench with bins, a cabinet, a ceiling, a walkway."""
    parts = [
        box_part("floor", (9.0, 7.0, 0.1), (0.0, 0.0, -0.05), Role.FLOOR),
        box_part("ceiling", (9.0, 7.0, 0.1), (0.0, 0.0, 3.5), Role.CEILING),
        box_part("overhead_rail", (6.0, 0.2, 0.2), (0.0, 1.5, 2.8), Role.OTHER),
        box_part("robot/base", (0.5, 0.5, 0.6), (0.0, 1.6, 0.3), Role.ROBOT),
        box_part("robot/arm", (1.1, 0.2, 0.2), (0.45, 1.6, 1.0), Role.ROBOT, yaw=0.35),
        box_part("bench/top", (1.8, 0.7, 0.04), (-1.6, -0.6, 0.93), Role.FURNITURE),
        box_part("bench/leg_left", (0.06, 0.6, 0.91), (-2.45, -0.6, 0.455), Role.FURNITURE),
        box_part("bench/leg_right", (0.06, 0.6, 0.91), (-0.75, -0.6, 0.455), Role.FURNITURE),
        box_part("cabinet", (0.8, 0.5, 2.0), (3.2, -1.0, 1.0), Role.CABINET),
        box_part("conveyor/belt", (3.4, 0.5, 0.1), (1.6, 0.2, 0.85), Role.CONVEYOR),
    ]
    parts += [
        box_part(
            f"bins/bin_{i}", (0.2, 0.3, 0.15), (-2.3 + 0.35 * i, -0.35, 1.05 + 0.1 * (i % 2)), Role.CONTAINER
        )
        for i in range(5)
    ]
    parts += [
        box_part(f"fence/panel_{i}", (1.0, 0.04, 2.0), (-1.5 + 1.02 * i, 2.6, 1.05), Role.FENCE)
        for i in range(4)
    ]
    parts += [
        box_part(f"fence/side_{i}", (0.04, 1.0, 2.0), (-2.0, 1.1 + 1.02 * i, 1.05), Role.FENCE)
        for i in range(2)
    ]
    points = (
        WorkPoint("bin_high", (-2.3, -0.35, 1.75), hand="left"),
        WorkPoint("fixture", (-1.6, -0.7, 1.0)),
    )
    station = Station(
        workstations=(
            Workstation("assembly", (-1.6, -1.3, 0.0), name="Manual assembly", work_points=points),
        ),
        walkways=(Walkway("aisle", ((-4.0, -2.4), (4.0, -2.4)), 1.2, name="Aisle"),),
        doors=(Door("fence_door", (2.6, 2.1, 0.0), 0.9, 2.0, heading=math.pi),),
        hazard_zones=(HazardZone("robot_zone", box=((-0.9, 0.7, 0.0), (1.5, 2.5, 2.0))),),
        safeguards=(Safeguard("curtain", "light_curtain", ((-1.9, 0.55, 0.3), (0.2, 0.55, 0.3)), 0.9),),
    )
    sources = (
        Source("cell.glb", "ab" * 32, 123456, "glb", "m", "format", "Y"),
        Source("bin.stl", "cd" * 32, 4321, "stl", "mm", "layout"),
    )
    notices = (
        Notice("open-surface", Severity.INFO, "bin.stl", {"en": "4 open edges", "fr": "4 arêtes libres"}),
        Notice(
            "unit-implausible", Severity.WARNING, "bin.stl",
            {"en": "1.2 km is large for a bin", "fr": "1,2 km, c’est grand pour un bac"}, subject="bins/bin_1",
        ),
    )  # fmt: skip
    return Scene("sample_cell", tuple(parts), sources, notices, station, title="Sample cell")


def gap(measured: float | None = 0.087, verdict: Verdict = Verdict.FAIL, **changes: object) -> Finding:
    """A clearance finding between the robot's arm and a fence panel."""
    values: dict[str, object] = {
        "code": "clearance.gap",
        "rule": "robot-fence",
        "subjects": ("fence/panel_2", "robot/arm"),
        "verdict": verdict,
        "severity": Severity.ERROR,
        "message": text(
            "robot/arm comes within {gap} of fence/panel_2",
            "robot/arm s’approche à {gap} de fence/panel_2",
            gap=mm(measured or 0.0),
        ),
        "measured": measured,
        "limit": 0.12,
        "limit_kind": "min",
        "unit": "m",
        "uncertainty": 0.001,
        "citation": Citation(
            "ISO 13854", "2017", "table 1", Confidence.MEMORY,
            {"en": "Arm between two surfaces", "fr": "Bras entre deux surfaces"},
        ),
        "marks": (
            SegmentMark((0.95, 1.87, 1.0), (0.95, 2.58, 1.0)),
            PartMark("robot/arm"),
            PartMark("fence/panel_2"),
        ),
        "data": {"pairs": 3, "nan": float("nan"), "normal": np.array([0.0, 1.0, 0.0])},
        "hint": text("Move the fence by {by}", "Déplacer la grille de {by}", by=mm(0.033)),
    }  # fmt: skip
    values.update(changes)
    return Finding(**values)  # type: ignore[arg-type]


def findings() -> list[tuple[Check, list[Finding]]]:
    """Findings by check: every verdict, severity and mark."""
    clearance = [
        gap(),
        gap(
            -0.012, subjects=("bench/top", "bins/bin_1"), code="clearance.clash", severity=Severity.WARNING,
            message=text("bins/bin_1 sinks {by} into bench/top", "bins/bin_1 pénètre de {by} dans bench/top",
                         by=mm(0.012)),
            limit=0.0, marks=(SegmentMark((-1.95, -0.35, 0.95), (-1.95, -0.35, 1.075)),),
            citation=Citation("layout", confidence=Confidence.PROJECT), hint={},
        ),
        gap(
            0.1205, Verdict.INDETERMINATE, subjects=("conveyor/belt", "robot/base"), hint={},
            message=text("the gap is at the limit", "la distance est à la limite"),
            marks=(SegmentMark((0.0, 1.35, 0.55), (0.0, 0.45, 0.85)), BoxMark((-0.4, 0.4, 0.0), (0.4, 1.4, 0.9))),
        ),
        gap(0.45, Verdict.PASS, subjects=("cabinet", "conveyor/belt"), hint={}, marks=(), severity=Severity.WARNING),
        gap(0.3, Verdict.PASS, subjects=("cabinet", "robot/base"), hint={}, marks=(), key="other"),
    ]  # fmt: skip
    shoulder = (-1.75, -1.3, 1.26)
    reach = [
        Finding(
            "reach.too_far", "reach-all", ("assembly/bin_high", "assembly"), Verdict.FAIL, Severity.ERROR,
            text("F05 misses bin_high by {by}", "F05 n’atteint pas bin_high : il manque {by}", by=mm(0.31)),
            0.93, 0.62, "max", "m", 0.0, Citation("ISO 14738", "2002", "A.3"),
            (SphereMark(shoulder, 0.62, text("reach of F05", "atteinte F05")), PointMark((-2.3, -0.35, 1.75)),
             SegmentMark(shoulder, (-2.3, -0.35, 1.75)),
             figure_mark(STANDING, (-1.6, -1.3), math.pi / 2, levels={"neck": 2, "right_upper_arm": 3, "left_forearm": 1})),
            charts=(SHARES,),
        ),
        Finding(
            "reach.no_hand", "reach-all", ("assembly/fixture", "assembly"), Verdict.NOT_EVALUATED, Severity.WARNING,
            text("no population is given", "aucune population n’est donnée"),
            marks=(
                PolylineMark(((-1.6, -0.7, 1.0), (-1.4, -0.7, 1.0), (-1.4, -0.5, 1.0)), closed=True),
                ConeMark((-1.6, -1.2, 1.5), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), 0.5, 0.4, 0.6, 0.8),
                MeshMark(((-1.9, -0.8, 0.95), (-1.3, -0.8, 0.95), (-1.6, -0.4, 0.95)), ((0, 1, 2),), (1,)),
            ),
        ),
    ]  # fmt: skip
    xs = [-4.0 + i for i in range(9)]
    widths = [1.2, 1.2, 1.2, 1.2, 1.2, 0.9, 0.62, 0.9, 1.2]
    walkway = [
        Finding(
            "walkway.width", "aisles", ("aisle",), Verdict.FAIL, Severity.INFO,
            text("the aisle narrows to {w}", "l’allée se rétrécit à {w}", w=mm(0.62)),
            0.62, 0.8, "min", "m", 0.0, Citation("ISO 14122-2", "2016", "4.2", Confidence.TWO_SOURCES),
            (RibbonMark(tuple((x, -2.4, 0.0) for x in xs), tuple(widths),
                        tuple(-(1.2 - w) / 2 for w in widths), tuple(w >= 0.8 for w in widths)),
             SegmentMark((2.0, -3.0, 0.0), (2.0, -2.38, 0.0))),
        ),
    ]  # fmt: skip
    return [(CLEARANCE, clearance), (REACH, reach), (WALKWAY, walkway)]


def review(scene: Scene | None = None) -> Review:
    """The whole sample."""
    scene = cell() if scene is None else scene
    ids = {"clearance": "robot-fence", "reach": "reach-all", "walkway": "aisles"}
    examined = {
        "clearance": {"parts": 20, "pairs": 190},
        "reach": {"work_points": 2},
        "walkway": {"walkways": 1},
    }
    skipped = (Skipped("ceiling", text("it cannot be reached", "il est hors d’atteinte")),)
    assumptions = (text("The robot stands still.", "Le robot est à l’arrêt."),)
    rules = tuple(
        RuleResult(
            Rule(ids[check.code], check.code, severity="error"), check, GapParams(),
            Evaluation(tuple(found), examined[check.code], skipped if check.code == "clearance" else (), assumptions),
        )
        for check, found in findings()
    )  # fmt: skip
    safety = _check("safety", "Safety distances", "Distances de sécurité")
    reason = text(
        "the layout has nothing for it to examine", "le fichier de cellule ne contient rien à examiner"
    )
    return Review(scene, Results(rules, (NotRun(safety, reason),)))


def review_of(scene: Scene, *groups: tuple[Check, Evaluation], severity: str = "error") -> Review:
    """A review of made-up evaluations, one rule each, called ``rule-<check>``."""
    rules = []
    for check, evaluation in groups:
        rule = Rule(f"rule-{check.code}", check.code, severity=severity)
        found = tuple(replace(finding, rule=rule.id) for finding in evaluation.findings)
        rules.append(RuleResult(rule, check, GapParams(), replace(evaluation, findings=found)))
    return Review(scene, Results(tuple(rules)))
