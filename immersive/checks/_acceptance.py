"""Accepted findings: what an acceptance is bound to, and whether it still holds.

An ``[[accepted]]`` entry of the layout names a finding by its id and carries a fingerprint of what
was accepted. The fingerprint covers

- the *shapes*: ids and content of the parts the finding is about,
- the *poses*: how these parts stand to each other, to a micrometre, wherever the cell stands,
- the *demand*: limit and unit of the rule; where nothing was measured, the sentence itself,
- the *code and verdict*, and *by how much* the limit was missed.

If one of these changes, the acceptance is void and the finding counts again. A finding that gets
better while its parts stay as they are remains accepted; one that gets worse by more than its
uncertainty (or a thousandth of the limit) does not, whatever moved to make it worse.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from immersive.findings import LANGUAGES, Acceptance, Finding, PartMark, Text, Verdict, text
from immersive.scene.labels import shortener
from immersive.scene.model import FloatArray, Mesh, Notice, Part, Scene, Severity
from immersive.scene.station import Accepted, Station
from immersive.units import Quantity, number

_VERSION: Final = "1"
_GRAIN: Final = 1e-6
"""Poses are told apart to this, metres."""
_OFFSET: Final = 0.137
"""Share of the grain by which the rounding is shifted: round figures lie far from where it turns."""
_RELATIVE: Final = 1e-3
_NOTHING: Final = "-"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What was accepted. ``shapes``, ``poses`` and ``demand`` are digests of 8 hexadecimal digits.

    Attributes:
        shortfall: By how much the limit was missed, SI; None where nothing was measured.
    """

    shapes: str
    poses: str
    demand: str
    code: str
    verdict: str
    shortfall: float | None

    def __str__(self) -> str:
        missed = _NOTHING if self.shortfall is None else f"{self.shortfall:.9g}"
        return ":".join((_VERSION, self.shapes, self.poses, self.demand, self.code, self.verdict, missed))

    @property
    def check(self) -> str:
        return self.code.partition(".")[0]

    @classmethod
    def parse(cls, written: str) -> Fingerprint | None:
        """The fingerprint as a layout has it; None if it is none that this version writes."""
        words = written.split(":")
        if len(words) != 7 or words[0] != _VERSION:
            return None
        try:
            shortfall = None if words[6] == _NOTHING else float(words[6])
        except ValueError:
            return None
        _, shapes, poses, demand, code, verdict, _ = words
        return cls(shapes, poses, demand, code, verdict, shortfall)


def fingerprint(scene: Scene, finding: Finding) -> Fingerprint:
    """What an acceptance of this finding is bound to."""
    parts = _parts(scene, finding)
    contents = {id(mesh): _content(mesh) for mesh in {id(part.mesh): part.mesh for part in parts}.values()}
    return Fingerprint(
        _digest([[part.id, contents[id(part.mesh)]] for part in parts]),
        _digest(_relative_poses(parts)),
        _digest(
            [
                None if finding.limit is None else f"{finding.limit:.9g}",
                finding.limit_kind,
                finding.unit,
                # Nothing measured: only the words say what is wrong.
                shortener(scene)(finding.message)["en"] if finding.measured is None else "",
            ]
        ),
        finding.code,
        str(finding.verdict),
        finding.shortfall,
    )


def _digest(value: object) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=4).hexdigest()


def _content(mesh: Mesh) -> str:
    """Digest of the triangles alone: ``Mesh.key`` may tell meshes of two exports apart that are equal.

    Corners are told apart to a millionth of the mesh's size: the last bits of another machine void nothing.
    """
    digest = hashlib.blake2b(digest_size=8)
    if mesh.bounds is not None:
        size = float(np.linalg.norm(mesh.bounds[1] - mesh.bounds[0]))
        # A power of two that does not turn where the size is a round figure.
        grain = 2.0 ** math.floor(math.log2((1.0 + _OFFSET) * size)) * 2.0**-20 if size > 0.0 else 1.0
        digest.update(np.floor(mesh.vertices / grain + 0.5 + _OFFSET).astype("<i8").tobytes())
    digest.update(mesh.faces.astype("<i4").tobytes())
    return digest.hexdigest()


def _parts(scene: Scene, finding: Finding) -> list[Part]:
    """The parts a finding is about, by id: those it names, or its subjects and marks."""
    if finding.parts:
        ids = set(finding.parts)
    else:
        ids = {mark.part for mark in finding.marks if isinstance(mark, PartMark)}
        for subject in finding.subjects:
            if subject in scene.by_id:
                ids.add(subject)
                continue
            ids |= {part.id for part in scene if subject in part.groups or part.id.startswith(f"{subject}/")}
    return [scene.by_id[name] for name in sorted(ids) if name in scene.by_id]


def _relative_poses(parts: Sequence[Part]) -> list[list[int]]:
    """Where four points of each part lie, in micrometres, seen from the first part: free of where all stand."""
    if not parts:
        return []
    frame = np.linalg.inv(_rigid(parts[0].world_from_mesh))
    poses = []
    for part in parts:
        bounds = part.mesh.bounds
        low, high = (np.zeros(3), np.ones(3)) if bounds is None else bounds
        reach = float(np.linalg.norm(high - low)) / 2.0 or 1.0
        points = np.vstack([np.zeros(3), reach * np.eye(3)]) + (low + high) / 2.0
        matrix = frame @ part.world_from_mesh
        placed = points @ matrix[:3, :3].T + matrix[:3, 3]
        poses.append([int(x) for x in np.floor(placed / _GRAIN + 0.5 + _OFFSET).ravel()])
    return poses


def _rigid(matrix: FloatArray) -> FloatArray:
    """The rotation and translation in an affine matrix, without its stretch: nearest rotation, (4, 4)."""
    left, _, right = np.linalg.svd(matrix[:3, :3])
    turn = left @ right
    made = np.eye(4)
    made[:3, :3] = turn if np.linalg.det(turn) > 0.0 else -turn
    made[:3, 3] = matrix[:3, 3]
    return made


def judged(scene: Scene, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, those that the layout accepts with the acceptance and whether it holds."""
    entries = _entries(scene)
    if not entries:
        return tuple(findings)
    return tuple(
        replace(finding, accepted=_acceptance(scene, finding, entries[finding.id]))
        if finding.id in entries and finding.verdict != Verdict.PASS
        else finding
        for finding in findings
    )


def _entries(scene: Scene) -> dict[str, list[Accepted]]:
    found: dict[str, list[Accepted]] = {}
    for entry in (scene.station or Station()).accepted:
        found.setdefault(entry.finding, []).append(entry)
    return found


def _acceptance(scene: Scene, finding: Finding, entries: Sequence[Accepted]) -> Acceptance:
    """The entry that holds; else the last one with why it does not."""
    now = fingerprint(scene, finding)
    made = [Acceptance(e.reason, e.by, e.date, _void(e.parts, now, finding)) for e in entries]
    return next((one for one in made if not one.void), made[-1])


def _void(written: str, now: Fingerprint, finding: Finding) -> Text:
    """Why an acceptance does not hold, or an empty text."""
    if not written:
        return text(
            "the entry has no fingerprint of the parts, so nothing says that they are unchanged; "
            "'immersive accept' writes it",
            "l’entrée n’a pas d’empreinte des pièces, rien ne dit donc qu’elles sont inchangées ; "
            "« immersive accept » l’écrit",
        )
    then = Fingerprint.parse(written)
    if then is None:
        return text(
            "its fingerprint is none that this version reads",
            "son empreinte n’est pas lisible par cette version",
        )
    if then.shapes != now.shapes:
        return text(
            "the parts concerned have changed", "les pièces concernées ont changé"
        )  # other parts, or parts of another shape
    if then.poses != now.poses:
        return text(
            "the parts concerned have moved relative to each other",
            "les pièces concernées ont bougé l’une par rapport à l’autre",
        )
    if then.code != now.code or then.verdict != now.verdict:
        return text(
            "what was accepted is {then}, what is found is {now}",
            "ce qui a été accepté est {then}, ce qui est constaté est {now}",
            then=f"{then.code} ({then.verdict})",
            now=f"{now.code} ({now.verdict})",
        )
    if then.demand != now.demand:
        if finding.measured is None:
            return text("the finding says something else", "le constat dit autre chose")
        return text("the demand of the rule has changed", "l’exigence de la règle a changé")
    if then.shortfall is None or now.shortfall is None:
        return {}
    worse = now.shortfall - then.shortfall
    slack = max(_GRAIN, finding.uncertainty, _RELATIVE * abs(finding.limit or 0.0))
    if worse <= slack:
        return {}
    return text(
        "it has become worse by {worse}",
        "le dépassement s’est aggravé de {worse}",
        worse=_amount(worse, finding),
    )


def _amount(value: float, finding: Finding) -> Text:
    from immersive.units import degrees, mm

    made: Quantity
    if finding.unit == "m":
        made = mm(value, 1 if value < 0.1 else 0)
    elif finding.unit == "rad":
        made = degrees(value)
    else:
        made = number(value, 2)
        return {lang: f"{made.text(lang)} {finding.unit}".rstrip() for lang in LANGUAGES}
    return {lang: made.text(lang) for lang in LANGUAGES}


def stale(scene: Scene, findings: Iterable[Finding], ran: set[str], *, all_ran: bool) -> tuple[Notice, ...]:
    """A notice for each acceptance that no finding needs, as far as the checks that ran can tell.

    Args:
        scene: With the layout's acceptances.
        findings: Of the run.
        ran: Codes of the checks that ran.
        all_ran: True if no check was left out on request.
    """
    known = {finding.id: finding for finding in findings}
    notices = []
    for entry in (scene.station or Station()).accepted:
        then = Fingerprint.parse(entry.parts)
        if not (all_ran or (then is not None and then.check in ran)):
            continue
        found = known.get(entry.finding)
        if found is not None and found.verdict != Verdict.PASS:
            continue
        what = " / ".join(entry.subjects) or (then.code if then is not None else "?")
        values = {"id": entry.finding, "what": what, "by": entry.by}
        if found is not None:
            said = text(
                "Finding {id} ({what}), accepted by {by}, passes now: the entry is no longer needed",
                "Le constat {id} ({what}), accepté par {by}, est maintenant conforme : l’entrée est devenue inutile",
                **values,
            )
        else:
            said = text(
                "Finding {id} ({what}), accepted by {by}, no longer exists: the entry accepts nothing",
                "Le constat {id} ({what}), accepté par {by}, n’existe plus : l’entrée n’accepte plus rien",
                **values,
            )
        place = (
            entry.origin.key if entry.origin.line is None else f"line {entry.origin.line}, {entry.origin.key}"
        )
        notices.append(
            Notice(
                "acceptance-stale",
                Severity.WARNING,
                entry.origin.file,
                said,
                place=place or None,
                data={"finding": entry.finding},
            )
        )
    return tuple(notices)
