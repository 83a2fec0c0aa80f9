"""What checks return: findings with their marks, and what was examined. Pure values.

A finding is one statement about named subjects: measured value, limit, unit, uncertainty,
verdict and the rule that demands it. Displays and reports know findings and marks only,
never a particular check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from immersive.geometry.tolerance import ARITHMETIC
from immersive.scene.model import Severity
from immersive.units import Quantity

LANGUAGES = ("en", "fr")

Point3 = tuple[float, float, float]
Text = Mapping[str, str]
"""One sentence in each of :data:`LANGUAGES`."""


def text(en: str, fr: str, /, **values: object) -> Text:
    """The same sentence in English and French, with ``{name}`` fields filled in.

    A :class:`~immersive.units.Quantity` is printed with its unit as the language wants it;
    a mapping with the languages as keys gives its own words; anything else is ``str``.
    """

    def fill(template: str, lang: str) -> str:
        shown: dict[str, str] = {}
        for key, value in values.items():
            if isinstance(value, Quantity):
                shown[key] = value.text(lang)
            elif isinstance(value, Mapping):
                shown[key] = str(value[lang])
            else:
                shown[key] = str(value)
        return template.format(**shown)

    return {"en": fill(en, "en"), "fr": fill(fr, "fr")}


class Verdict(StrEnum):
    """Outcome of one finding."""

    PASS = "pass"
    FAIL = "fail"
    INDETERMINATE = "indeterminate"
    """The limit lies within the stated uncertainty of the measured value."""
    NOT_EVALUATED = "not_evaluated"
    """The check could not be made; the reason is in the message."""


class Confidence(StrEnum):
    """How sure a figure taken from a standard or paper is."""

    TWO_SOURCES = "confirmed by two sources"
    ONE_SOURCE = "one source"
    MEMORY = "from memory"
    PROJECT = "set by the layout"
    """Not from a standard: the layout's own demand."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a demand or a figure comes from.

    Attributes:
        standard: ``"ISO 14122-2"``; for a demand of the layout itself, ``"layout"``.
        edition: ``"2016"`` or ``""``.
        clause: Clause, table or page, or ``""``.
        confidence: How sure the figure is.
        note: What a reader has to know about it (scope, sample), in each language; may be empty.
    """

    standard: str
    edition: str = ""
    clause: str = ""
    confidence: Confidence = Confidence.ONE_SOURCE
    note: Text = field(default_factory=dict)

    def label(self) -> str:
        """``"ISO 14122-2:2016, 4.2"``."""
        name = f"{self.standard}:{self.edition}" if self.edition else self.standard
        return f"{name}, {self.clause}" if self.clause else name


# Marks: what any display can draw, in world coordinates and metres. ----------------------


@dataclass(frozen=True, slots=True)
class PointMark:
    """A marked place."""

    position: Point3
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SegmentMark:
    """A dimension line between two points; ``label`` is its text (often the length)."""

    start: Point3
    end: Point3
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolylineMark:
    """A line through points; ``width`` in metres is 0 for a thin one."""

    points: tuple[Point3, ...]
    width: float = 0.0
    closed: bool = False
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoxMark:
    """An axis-aligned box."""

    lower: Point3
    upper: Point3
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SphereMark:
    """A sphere, for instance a reach."""

    center: Point3
    radius: float
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RibbonMark:
    """A strip along a path, with its measured width at each point (a walkway's free width).

    ``widths[i]`` and ``offsets[i]`` belong to ``points[i]``: the strip reaches from
    ``offset - width/2`` to ``offset + width/2`` to the left of the path.
    """

    points: tuple[Point3, ...]
    widths: tuple[float, ...]
    offsets: tuple[float, ...]
    ok: tuple[bool, ...]
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartMark:
    """Highlight a whole part."""

    part: str


@dataclass(frozen=True, slots=True)
class MeshMark:
    """A surface: a reach zone, a swept volume, a painted part.

    ``levels`` is empty, or gives each face a level: 0 neutral, 1 good, 2 medium, 3 bad.
    """

    vertices: tuple[Point3, ...]
    faces: tuple[tuple[int, int, int], ...]
    levels: tuple[int, ...] = ()
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConeMark:
    """A pyramid of sight: from ``apex`` along ``axis`` (unit), so wide left–right and up–down.

    ``right`` is a unit vector normal to the axis; half angles in radians.
    """

    apex: Point3
    axis: Point3
    right: Point3
    half_angle_across: float
    half_angle_up: float
    half_angle_down: float
    length: float
    label: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BodyCapsule:
    """One piece of a person's volume: a segment's name (``human.skeleton.SEGMENTS``), two ends with radii.

    ``level`` colours it: 0 neutral, 1 good, 2 medium, 3 bad.
    """

    segment: str
    start: Point3
    end: Point3
    start_radius: float
    end_radius: float
    level: int = 0


@dataclass(frozen=True, slots=True)
class BodyPosture:
    """Who stands how: what the smooth shape of a figure is made from.

    Attributes:
        female: Sex.
        dimensions: ISO 7250-1 name and metres, of the bare body, sorted by name.
        links: Link lengths in the order of ``human.skeleton.LINKS``, metres.
        angles: Joint angles in the order of ``human.skeleton.ANGLES``, radians.
        root: Hip centre x, y, z in the world and heading.
        clothing: Thickness all around, metres.
    """

    female: bool
    dimensions: tuple[tuple[str, float], ...]
    links: tuple[float, ...]
    angles: tuple[float, ...]
    root: tuple[float, float, float, float]
    clothing: float = 0.0


@dataclass(frozen=True, slots=True)
class FigureMark:
    """A person in a posture. ``heading`` (radians from +X) says which side a side view is taken from.

    With a ``body`` displays draw its smooth shape; the capsules are what checks measure against, and
    they carry the levels.
    """

    capsules: tuple[BodyCapsule, ...]
    heading: float
    label: Text = field(default_factory=dict)
    body: BodyPosture | None = None


Mark = (
    PointMark
    | SegmentMark
    | PolylineMark
    | BoxMark
    | SphereMark
    | RibbonMark
    | PartMark
    | MeshMark
    | ConeMark
    | FigureMark
)


@dataclass(frozen=True, slots=True)
class ShareChart:
    """Shares of a population as stacked bars.

    Attributes:
        title: What is shown.
        categories: Name and level of each (0 neutral, 1 good, 2 medium, 3 bad), in order.
        rows: Name of a group (women, men, all) and its share in each category; each row adds up to 1.
    """

    title: Text
    categories: tuple[tuple[Text, int], ...]
    rows: tuple[tuple[Text, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the layout says about a finding that someone has looked at.

    Attributes:
        reason: Why it is no fault.
        by: Who says so.
        date: When, as written; may be empty.
        void: Why it does not hold (any more), in each language; empty while it holds.
    """

    reason: str
    by: str
    date: str = ""
    void: Text = field(default_factory=dict)

    @property
    def state(self) -> str:
        """``"valid"`` or ``"void"``."""
        return "void" if self.void else "valid"


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of a check.

    Attributes:
        code: Stable dotted code, first word the check's: ``"clearance.gap"``.
        rule: Id of the layout's rule (or the check's default rule) that asked.
        subjects: Ids of the parts, stations, walkways … it is about, in a canonical order.
        verdict: See :class:`Verdict`.
        severity: How much a verdict other than pass matters.
        message: One sentence a reader understands without the program.
        measured: In ``unit``, SI; None where nothing was measured.
        limit: In ``unit``, SI; None where the rule has no figure.
        limit_kind: ``"min"`` (measured must be at least) or ``"max"``; ``""`` without limit.
        unit: ``"m"``, ``"rad"``, ``"kg"``, ``""`` …
        uncertainty: Half width of the interval the true value lies in, in ``unit``.
        citation: The demand's source.
        marks: What to draw.
        data: Intermediate values, JSON types only, SI units; keys say what they are.
        hint: What would help, computed and not guessed; or empty.
        key: Distinguishes several findings of one code, rule and subjects; must survive small moves.
        charts: Population shares to plot.
        parts: Ids of all parts it depends on, where subjects and marks do not name them: an acceptance
            is bound to these.
        accepted: The layout's acceptance of it, valid or void; put there by the run, not by checks.
    """

    code: str
    rule: str
    subjects: tuple[str, ...]
    verdict: Verdict
    severity: Severity
    message: Text
    measured: float | None = None
    limit: float | None = None
    limit_kind: str = ""
    unit: str = ""
    uncertainty: float = 0.0
    citation: Citation = Citation("layout", confidence=Confidence.PROJECT)
    marks: tuple[Mark, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    hint: Text = field(default_factory=dict)
    key: str = ""
    charts: tuple[ShareChart, ...] = ()
    parts: tuple[str, ...] = ()
    accepted: Acceptance | None = None

    @property
    def is_accepted(self) -> bool:
        """True if a valid acceptance takes it out of the count."""
        return self.accepted is not None and not self.accepted.void

    @property
    def is_open(self) -> bool:
        """True if it is not a pass and nobody has accepted it."""
        return self.verdict != Verdict.PASS and not self.is_accepted

    @property
    def check(self) -> str:
        return self.code.partition(".")[0]

    @property
    def id(self) -> str:
        """Stable identity across runs and small moves: what is stated about whom, never a measured value.

        The check rather than the whole code takes part, so that a gap that becomes a clash
        stays the same finding.
        """
        text_ = "\x1f".join([self.check, self.rule, *sorted(self.subjects), self.key])
        return hashlib.blake2b(text_.encode(), digest_size=6).hexdigest()

    @property
    def shortfall(self) -> float | None:
        """By how much the limit is missed (positive) or kept (negative), in ``unit``."""
        if self.measured is None or self.limit is None or not self.limit_kind:
            return None
        gap = self.limit - self.measured
        return gap if self.limit_kind == "min" else -gap


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something a check was asked about and did not examine."""

    subject: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that one run of one rule gives.

    Attributes:
        findings: Passes too, so that a reader sees what was found sound.
        examined: Counts, e.g. ``{"parts": 12, "pairs": 66}``. All zero means nothing was examined.
        skipped: What was left out and why.
        assumptions: What the method takes for granted or ignores, for the report.
        used: Entries of the layout, beside the rule, that it made use of (``"contacts:bolts"``): what no
            rule uses is told.
    """

    findings: tuple[Finding, ...] = ()
    examined: Mapping[str, int] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    assumptions: tuple[Text, ...] = ()
    used: frozenset[str] = frozenset()


def verdict_for(measured: float, limit: float, kind: str, uncertainty: float = 0.0) -> Verdict:
    """Compare a measured value with a limit, honest about uncertainty.

    ``kind`` is ``"min"`` or ``"max"``. With no uncertainty the limit itself passes. With
    uncertainty u, a value within ±u of the limit is indeterminate, a value exactly u on the
    good side passes. Float noise (``tolerance.ARITHMETIC``) never decides.
    """
    margin = measured - limit if kind == "min" else limit - measured
    if margin >= uncertainty - ARITHMETIC:
        return Verdict.PASS
    return Verdict.FAIL if margin < -uncertainty - ARITHMETIC or uncertainty == 0.0 else Verdict.INDETERMINATE
