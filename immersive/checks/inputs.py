"""Inputs: what was read, and whether it can be trusted.

What
    Turns everything the file readers had to tell into findings: files that are missing or
    broken, parts whose size does not fit their unit, coordinates that had to be dropped,
    poses or transforms that are suspect.

Why
    Every other figure is only as good as the geometry behind it. A fence that failed to load
    is a fence that nothing collides with: without this check its absence would read as a pass.

Method
    One finding per notice of severity error or warning, grouped by kind and file. Missing or
    unreadable geometry is *not evaluated* (it could not be examined by any check); a doubtful
    reading is *indeterminate*. Notices of severity info (open surfaces, textures not loaded)
    are listed in the review and are no findings. ``accept`` names kinds that the author of
    the layout has looked at and accepts; they are then passes that say so.

Limits
    Only what a reader can see is reported: a wrong but plausible unit, or a part that is
    missing from the CAD export, cannot be noticed.

References
    None: a demand of this program on its own input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from immersive.checks._base import Check, Context, param
from immersive.findings import Citation, Confidence, Evaluation, Finding, PartMark, Verdict, text
from immersive.scene.model import Notice, Scene, Severity
from immersive.units import number

NAME = {"en": "Inputs", "fr": "Données d'entrée"}
CITATION = Citation("layout", confidence=Confidence.PROJECT)
_LISTED = 20


@dataclass(frozen=True)
class Params:
    """Parameters of a rule."""

    accept: tuple[str, ...] = param((), doc="Kinds of notice (their codes) that are accepted as they are.")


def _applies(scene: Scene) -> bool:
    return True


def evaluate(context: Context, params: Params) -> Evaluation:
    """Findings from the scene's notices."""
    scene = context.scene
    grouped: dict[tuple[str, str, str], list[Notice]] = {}
    for notice in scene.notices:
        if notice.severity == Severity.INFO:
            continue
        # One finding per part, so that its identity survives when another part is mended.
        grouped.setdefault((notice.code, notice.file, notice.subject or ""), []).append(notice)
    findings = [
        _finding(context, code, file, subject, notices, accepted=code in params.accept)
        for (code, file, subject), notices in grouped.items()
    ]
    examined = {
        "files": len(scene.sources),
        "parts": len(scene.parts),
        "triangles": scene.triangles,
        "notices": len(scene.notices),
    }
    if not findings:
        findings.append(_sound(context, scene))
    return Evaluation(tuple(findings), examined)


def _finding(
    context: Context, code: str, file: str, subject: str, notices: list[Notice], *, accepted: bool
) -> Finding:
    first = notices[0]
    missing = any(notice.severity == Severity.ERROR for notice in notices)
    message: Mapping[str, str] = first.text
    if len(notices) > 1:
        message = text(
            "{first} ({count} more of this kind)",
            "{first} ({count} autres du même type)",
            first=first.text,
            count=len(notices) - 1,
        )
    if accepted:
        message = text(
            "Accepted by the layout: {what}", "Accepté par le fichier de cellule : {what}", what=message
        )
        verdict = Verdict.PASS
    else:
        verdict = Verdict.NOT_EVALUATED if missing else Verdict.INDETERMINATE
    part = context.scene.by_id.get(subject)
    return Finding(
        code=f"inputs.{code}",
        rule=context.rule.id,
        subjects=(subject,) if subject else (file,),
        verdict=verdict,
        severity=Severity.ERROR if missing else Severity.WARNING,
        message=message,
        citation=CITATION,
        marks=(PartMark(part.id),) if part is not None else (),
        data={
            "file": file,
            "places": [notice.place for notice in notices[:_LISTED] if notice.place],
            "details": [dict(notice.data) for notice in notices[:_LISTED] if notice.data],
            "count": len(notices),
        },
        key=code,
    )


def _sound(context: Context, scene: Scene) -> Finding:
    empty = not scene.parts
    message = (
        text("The cell holds no parts at all", "La cellule ne contient aucune pièce")
        if empty
        else text(
            "{files} files read completely: {parts} parts, {triangles} triangles",
            "{files} fichiers lus en entier : {parts} pièces, {triangles} triangles",
            files=number(len(scene.sources)),
            parts=number(len(scene.parts)),
            triangles=number(scene.triangles),
        )
    )
    return Finding(
        code="inputs.empty" if empty else "inputs.complete",
        rule=context.rule.id,
        subjects=(scene.name,),
        verdict=Verdict.NOT_EVALUATED if empty else Verdict.PASS,
        severity=Severity.ERROR,
        message=message,
        citation=CITATION,
    )


CHECK = Check("inputs", NAME, Params, (CITATION,), evaluate, _applies, __doc__ or "")
