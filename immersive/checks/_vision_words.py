"""Sentences on lines of sight, in English and French."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from immersive.findings import Citation, Confidence, Text, text
from immersive.human.shares import percent
from immersive.human.vision import Zone, ZoneMethod
from immersive.units import degrees, mm

ZONES: Mapping[str, Text] = {
    "preferred": text("the preferred zone", "la zone préférentielle"),
    "acceptable": text("the acceptable zone", "la zone acceptable"),
    "head_rotation": text("the zone with head rotation", "la zone avec rotation de la tête"),
    "not_monitored": text(
        "the zone of displays that are not monitored often",
        "la zone des dispositifs de signalisation rarement surveillés",
    ),
    "recommended": text("the recommended zone", "la zone recommandée"),
    "A": text("zone A (recommended)", "la zone A (recommandée)"),
    "B": text("zone B (acceptable)", "la zone B (acceptable)"),
    "optimum": text("the optimum for the eyes", "la zone optimale pour les yeux"),
    "eye_rotation": text("what the eyes alone reach", "ce que les yeux seuls atteignent"),
    "head_and_eye": text(
        "what head and eyes reach without the trunk", "ce que la tête et les yeux atteignent sans le tronc"
    ),
}
"""What a zone is called in a sentence."""

NO_ZONE = text("outside all zones", "hors de toutes les zones")

_DETAILS: Mapping[str, Text] = {
    "nureg_0700": text(
        "For displays that are monitored often, from straight ahead of the trunk and the horizontal: to the side up "
        "to 15° (preferred), 35° (acceptable) or 60° (with head rotation), 35° up, 25° down; as printed in "
        "revision 2. A display that is not monitored often: up to 75° above the horizontal. A boundary belongs to "
        "the better zone.",
        "Pour les dispositifs fréquemment surveillés, à partir de l'avant du tronc et de l'horizontale : latéralement "
        "jusqu'à 15° (préférentiel), 35° (acceptable) ou 60° (avec rotation de la tête), 35° vers le haut, 25° vers "
        "le bas ; selon la révision 2. Un dispositif rarement surveillé : jusqu'à 75° au-dessus de l'horizontale. La "
        "borne appartient à la meilleure zone.",
    ),
    "iso_9241_5": text(
        "For screens of office work, as quoted by a secondary author: from the horizontal down to 60° below it. A "
        "boundary is inside.",
        "Pour les écrans de travail de bureau, d'après un auteur secondaire : de l'horizontale à 60° au-dessous. La "
        "borne est incluse.",
    ),
    "en_894_2": text(
        "Taken as cones about the normal line of sight (10° below the horizontal standing, 15° sitting): 15° zone A, "
        "30° zone B, beyond zone C. The exact bounds of the standard are not established here.",
        "Prises comme des cônes autour de la ligne de regard normale (10° sous l'horizontale debout, 15° assis) : 15° "
        "zone A, 30° zone B, au-delà zone C. Les limites exactes de la norme ne sont pas établies ici.",
    ),
    "mil_std_1472": text(
        "Rotation of the eyes in the head as it is held: 35° to the side, 40° up, 20° down; of head and eyes from the "
        "trunk 95° to the side; no vertical limit of both together is established.",
        "Rotation des yeux dans la tête telle qu'elle est tenue : 35° latéralement, 40° vers le haut, 20° vers le "
        "bas ; tête et yeux à partir du tronc : 95° latéralement ; aucune limite verticale des deux n'est établie.",
    ),
}


def citation_of(method: ZoneMethod, /) -> Citation:
    """Where a method's zones come from."""
    return Citation(
        method.standard, method.edition, method.clause, Confidence(method.confidence), _DETAILS[method.name]
    )


def zone_words(zone: Zone | None, /) -> Text:
    """``the acceptable zone``."""
    return NO_ZONE if zone is None else ZONES.get(zone.name, text("{n}", "{n}", n=zone.name))


def direction_words(elevation: float, lateral: float, /) -> Text:
    """``18° below the horizontal, 4° to the left``; radians."""
    up = (
        text("horizontally", "à l'horizontale")
        if abs(elevation) < math.radians(0.5)
        else text("{a} above the horizontal", "{a} au-dessus de l'horizontale", a=degrees(elevation))
        if elevation > 0.0
        else text("{a} below the horizontal", "{a} au-dessous de l'horizontale", a=degrees(-elevation))
    )
    side = (
        text("straight ahead", "droit devant")
        if abs(lateral) < math.radians(0.5)
        else text("{a} to the left", "{a} à gauche", a=degrees(lateral))
        if lateral > 0.0
        else text("{a} to the right", "{a} à droite", a=degrees(-lateral))
    )
    return text("{up}, {side}", "{up}, {side}", up=up, side=side)


def hidden_words(lost: Sequence[tuple[str, float]], /) -> Text:
    """``hidden by shelf (30 %), bin (5 %)``; empty where nothing is."""
    if not lost:
        return text("", "")
    said = {
        lang: ", ".join(f"{name} ({percent(share, lang)})" for name, share in lost) for lang in ("en", "fr")
    }
    return text("hidden by {what}", "masqué par {what}", what=said)


def share_seen(value: float, /) -> Text:
    """``80 %``."""
    return {lang: percent(value, lang) for lang in ("en", "fr")}


def moved_words(higher: float, left: float, /) -> Text:
    """``150 mm lower and 80 mm to the right``; metres."""
    parts = []
    if higher:
        parts.append(
            text("{d} higher", "{d} plus haut", d=mm(higher))
            if higher > 0.0
            else text("{d} lower", "{d} plus bas", d=mm(-higher))
        )
    if left:
        parts.append(
            text("{d} to the left", "{d} à gauche", d=mm(left))
            if left > 0.0
            else text("{d} to the right", "{d} à droite", d=mm(-left))
        )
    if len(parts) == 2:
        return text("{a} and {b}", "{a} et {b}", a=parts[0], b=parts[1])
    return parts[0]
