"""What a clearance rule is about, and every reason why something is left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from immersive.checks._base import Context
from immersive.errors import ImmersiveError, suggestion
from immersive.findings import Citation, Confidence, Finding, Text, Verdict, text
from immersive.geometry.tolerance import COORDINATE_LIMIT
from immersive.scene.model import Part, Role, Scene, Severity
from immersive.scene.queries import select, unmatched
from immersive.units import metres, number


def citation(context: Context) -> Citation:
    """The rule's own source."""
    return Citation(context.rule.standard or "layout", confidence=Confidence.PROJECT)


def chosen_parts(context: Context, selectors: Iterable[str]) -> tuple[tuple[Part, ...], list[Finding]]:
    """The parts of a list of selectors, and a finding for each selector that finds nothing."""
    scene = context.scene
    good: list[str] = []
    complaints = []
    for selector in selectors:
        try:
            missing = bool(unmatched(scene, [selector]))
            hint = _words_like(scene, selector) if missing else ""
        except ImmersiveError as error:
            missing, hint = True, f" ({error.message})"
        if not missing:
            good.append(selector)
            continue
        complaints.append(
            not_evaluated(
                context,
                f"selector:{selector}",
                text(
                    "The selector {selector} matches no part{hint}: nothing was compared for it",
                    "Le sélecteur {selector} ne désigne aucune pièce{hint} : rien n'a été comparé pour lui",
                    selector=repr(selector),
                    hint={
                        "en": hint,
                        "fr": hint.replace("did you mean", "vouliez-vous dire").replace("?", " ?"),
                    },
                ),
            )
        )
    positive = [word for word in good if not word.startswith("!")]
    asked_positive = any(not word.startswith("!") for word in selectors)
    # A list whose only positive selectors are misspelt means nothing, not everything.
    return (select(scene, good) if positive or (good and not asked_positive) else ()), complaints


def _words_like(scene: Scene, selector: str) -> str:
    """``", did you mean 'x'?"`` for a selector that matches no part, or an empty string."""
    word = selector.removeprefix("!")
    kind, colon, value = word.partition(":")
    groups = {group for part in scene for group in part.groups}
    ids = {part.id for part in scene} | {part.path[0] for part in scene if part.path}
    roles = {str(part.role) for part in scene}
    if colon and kind in ("group", "part", "role"):
        allowed = groups if kind == "group" else ids if kind == "part" else roles
        return suggestion(value, sorted(allowed))
    return suggestion(word, sorted({*groups, *ids, *roles, *(part.name for part in scene)}))


def _is_far(part: Part) -> bool:
    return part.bounds is not None and bool(np.abs(part.bounds).max() > COORDINATE_LIMIT)


def unusable(part: Part) -> Text | None:
    """Why a part cannot be measured, or None."""
    if part.triangles == 0:
        return text("it has no triangles", "elle n'a aucun triangle")
    if _is_far(part):
        return text(
            "it lies farther than {limit} from the origin",
            "elle se trouve à plus de {limit} de l'origine",
            limit=metres(COORDINATE_LIMIT, 0),
        )
    return None


def far_parts(context: Context, parts: Sequence[Part]) -> list[Finding]:
    """A finding if parts lie too far away for distances to mean anything."""
    far = [part.id for part in parts if _is_far(part)]
    if not far:
        return []
    return [
        not_evaluated(
            context,
            "far",
            text(
                "{parts}: farther than {limit} from the origin, where distances cannot be trusted; not compared",
                "{parts} : à plus de {limit} de l'origine, où les distances ne sont pas fiables ; non comparé",
                parts=", ".join(far[:5]) + (" …" if len(far) > 5 else ""),
                limit=metres(COORDINATE_LIMIT, 0),
            ),
        )
    ]


def not_evaluated(context: Context, key: str, message: Text) -> Finding:
    """A finding that says what was not looked at."""
    return Finding(
        code="clearance.incomplete",
        rule=context.rule.id,
        subjects=(),
        verdict=Verdict.NOT_EVALUATED,
        severity=context.severity,
        message=message,
        citation=citation(context),
        key=key,
    )


def incomplete(context: Context) -> list[Finding]:
    """A finding if geometry that was asked for is missing: it cannot collide with anything."""
    errors = [notice for notice in context.scene.notices if notice.severity == Severity.ERROR]
    if not errors:
        return []
    files = sorted({notice.file for notice in errors})
    return [
        not_evaluated(
            context,
            "missing",
            text(
                "Incomplete: geometry of {files} could not be used, so nothing was compared with it",
                "Incomplet : la géométrie de {files} n'a pas pu être utilisée ; rien n'y a été comparé",
                files=", ".join(files[:5]) + (" …" if len(files) > 5 else ""),
            ),
        )
    ]


def nothing(context: Context, same_unit: int) -> Finding:
    """A finding for a rule that had nothing to compare."""
    message = (
        text(
            "Nothing was compared: all {n} pairs of parts belong to one group, hierarchy entry or robot",
            "Rien n'a été comparé : les {n} paires de pièces appartiennent toutes à un même groupe, élément ou robot",
            n=number(same_unit),
        )
        if same_unit
        else text(
            "Nothing was compared: the rule selects no pair of parts",
            "Rien n'a été comparé : la règle ne désigne aucune paire de pièces",
        )
    )
    return not_evaluated(context, "nothing", message)


def assumptions(parts: Sequence[Part], same_unit: int) -> tuple[Text, ...]:
    """What the method takes for granted here."""
    made = [text("Parts stand still in the pose given", "Les pièces sont immobiles dans la pose donnée")]
    if same_unit:
        made.append(
            text(
                "{n} pairs of parts of one group, hierarchy entry or robot were not compared",
                "{n} paires de pièces d'un même groupe, élément de la hiérarchie ou robot n'ont pas été comparées",
                n=number(same_unit),
            )
        )
    if any(part.role == Role.ROBOT and not part.groups for part in parts):
        made.append(
            text(
                "Robot parts without a group are taken as one robot",
                "Les pièces de robot sans groupe sont considérées comme un seul robot",
            )
        )
    return tuple(made)
