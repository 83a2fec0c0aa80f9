"""What a vision rule could not judge, and what it takes for granted."""

from __future__ import annotations

from typing import Final

from immersive.checks._base import Context
from immersive.checks._vision_targets import NEAR, View
from immersive.findings import Citation, Confidence, Finding, PointMark, Text, Verdict, text
from immersive.scene.model import Severity
from immersive.scene.station import Display, WorkPoint, Workstation
from immersive.units import mm

CITATION: Final = Citation("NUREG-0700", confidence=Confidence.ONE_SOURCE)


def unjudged(context: Context, station: Workstation, thing: Display | WorkPoint, reason: Text) -> Finding:
    """A finding for something that could not be judged."""
    return Finding(
        "vision.hidden",
        context.rule.id,
        (station.id, f"{station.id}/{thing.id}"),
        Verdict.NOT_EVALUATED,
        context.severity,
        text(
            "Whether {what} at {station} can be seen was not judged: {why}.",
            "La visibilité de {what} au poste {station} n'a pas été jugée : {why}.",
            what=thing.id,
            station=station.id,
            why=reason,
        ),
        citation=CITATION,
        marks=(PointMark(thing.position, text("{id}", "{id}", id=thing.id)),),
        key="unjudged",
    )


def nothing(context: Context) -> Finding:
    """A finding for a rule that had nothing to look at."""
    message = (
        text(
            "No workstation has a display or work point that has to be seen",
            "Aucun poste n'a d'écran, de signal ni de point de travail qui doive être vu",
        )
        if context.station.workstations
        else text(
            "The layout has no workstation to examine",
            "Le fichier de cellule ne contient aucun poste de travail",
        )
    )
    return Finding(
        "vision.hidden",
        context.rule.id,
        (),
        Verdict.NOT_EVALUATED,
        context.severity,
        message,
        citation=CITATION,
        key="nothing",
    )


def incomplete(context: Context) -> list[Finding]:
    """A finding if geometry is missing: it hides nothing."""
    files = sorted({n.file for n in context.scene.notices if n.severity == Severity.ERROR})
    if not files:
        return []
    message = text(
        "Incomplete: geometry of {files} could not be used, so nothing was found hidden by it",
        "Incomplet : la géométrie de {files} n'a pas pu être utilisée ; elle n'a donc rien masqué",
        files=", ".join(files[:5]) + (" …" if len(files) > 5 else ""),
    )
    return [
        Finding(
            "vision.incomplete",
            context.rule.id,
            (),
            Verdict.NOT_EVALUATED,
            context.severity,
            message,
            citation=CITATION,
            key="missing",
        )
    ]


def assumptions(view: View, min_share: float, depth: float, eye: float) -> tuple[Text, ...]:
    """What the method takes for granted."""
    made = [
        text(
            "Displays are looked at upright, work points in the posture that reaching them asks for; the own body, arms "
            "and hands and what is held hide nothing.",
            "Les dispositifs de signalisation sont regardés en posture droite, les points de travail dans la posture "
            "nécessaire pour les atteindre ; le corps, les bras, les mains et l'objet tenu ne masquent rien.",
        ),
        text(
            "The eyes' places are taken as known to within {u}.",
            "La position des yeux est supposée connue à {u} près.",
            u=mm(eye),
        ),
        text(
            "What lies within {depth} of a work point, or of a display without surface, does not hide it.",
            "Ce qui se trouve à moins de {depth} d'un point de travail, ou d'un dispositif sans surface, ne le masque "
            "pas.",
            depth=mm(depth),
        ),
        text(
            "A display for which the layout gives neither size nor parts is the flat face of the part within {near} of "
            "its position.",
            "Un dispositif dont le fichier de cellule ne donne ni dimensions ni pièces est la face plane de la pièce "
            "située à moins de {near} de sa position.",
            near=mm(NEAR),
        ),
        text(
            "Legibility, contrast, glare and lighting are not judged; viewing distance only where the rule limits it: no "
            "recommended distance is established.",
            "La lisibilité, le contraste, l'éblouissement et l'éclairage ne sont pas jugés ; la distance de vision "
            "seulement si la règle la limite : aucune distance recommandée n'est établie.",
        ),
        text(
            "A surface must be seen by at least {share} % (set by the layout or this project, not by a standard).",
            "Une surface doit être vue à {share} % au moins (fixé par le fichier de cellule ou ce projet, non par une "
            "norme).",
            share=round(100.0 * min_share, 1),
        ),
    ]
    if view.clear:
        made.append(
            text(
                "Looked through as if they were not there: {parts}.",
                "Considérés comme transparents : {parts}.",
                parts=", ".join(view.clear[:5]) + (" …" if len(view.clear) > 5 else ""),
            )
        )
    return tuple(made)
