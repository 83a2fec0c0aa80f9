"""What the walkway check says where it could not measure, and what it left out."""

from __future__ import annotations

from immersive.checks._base import Context
from immersive.checks._walkway_demand import Demand
from immersive.checks._walkway_measure import Rise, Surround
from immersive.findings import Citation, Finding, PolylineMark, Skipped, Text, Verdict, text
from immersive.geometry.strip import StripError
from immersive.scene.station import Walkway
from immersive.units import mm


def _unmeasured(
    context: Context, walkway: Walkway | None, message: Text, key: str, citation: Citation
) -> Finding:
    return Finding(
        code=f"walkway.{key}",
        rule=context.rule.id,
        subjects=(walkway.id,) if walkway else (),
        verdict=Verdict.NOT_EVALUATED,
        severity=context.severity,
        message=message,
        citation=citation,
        key=key,
        marks=(centre_line(walkway),) if walkway and len(walkway.path) > 1 else (),
    )


def centre_line(walkway: Walkway) -> PolylineMark:
    """The walkway's path on its floor."""
    return PolylineMark(tuple((x, y, walkway.floor) for x, y in walkway.path), width=walkway.width)


def nothing_to_examine(context: Context) -> Finding:
    """The rule asks for walkways and the layout has none."""
    message = text("The layout has no walkway to examine", "Le fichier de cellule ne contient aucune allée")
    return _unmeasured(context, None, message, "width", Citation("layout"))


def no_parts(context: Context, walkway: Walkway, demand: Demand) -> Finding:
    """A walkway in an empty scene is not free but unexamined."""
    message = text(
        "Walkway {id} was not examined: the scene has no parts",
        "L'allée {id} n'a pas été examinée : la scène ne contient aucune pièce",
        id=walkway.id,
    )
    return _unmeasured(context, walkway, message, "width", demand.width_source)


def no_strip(context: Context, walkway: Walkway, demand: Demand, error: StripError) -> Finding:
    """The path cannot carry a strip."""
    reasons = {
        "short": ("its path needs two different points", "son tracé doit avoir deux points distincts"),
        "sharp": (
            "its path turns back on itself at point {n}",
            "son tracé revient sur lui-même au point {n}",
        ),
        "tight": (
            "its path bends tighter than half its width at leg {n}",
            "son tracé tourne plus court que la moitié de sa largeur au tronçon {n}",
        ),
    }
    en, fr = reasons[error.kind]
    message = text(
        "Walkway {id} was not examined: " + en,
        "L'allée {id} n'a pas été examinée : " + fr,
        id=walkway.id,
        n=error.index + 1,
    )
    return _unmeasured(context, walkway, message, "width", demand.width_source)


def surround_text(walkway: Walkway, surround: Surround) -> Text:
    """Why a part around the walkway was not counted as an obstacle."""
    words = {
        "room": (
            "as a building part it is taken for the room",
            "pris pour le local lui-même (élément de bâtiment)",
        ),
        "inside_out": (
            "its surface is closed but faces inwards: a room, or a solid turned inside out",
            "sa surface est fermée mais tournée vers l'intérieur : un local, ou un solide retourné",
        ),
        "open": (
            "its surface is open, so whether it is solid there cannot be told; only the surface counted",
            "sa surface est ouverte : impossible de dire si elle y est pleine ; seule la surface compte",
        ),
    }
    en, fr = words[surround.kind]
    return text("surrounds walkway {id}: " + en, "entoure l'allée {id} : " + fr, id=walkway.id)


def unproven_text(walkway: Walkway) -> Text:
    """A flap that tilts: no bound on what it sweeps is proven."""
    return text(
        "tilts beside walkway {id}: looked at in 33 positions, between them nothing is proven",
        "bascule près de l'allée {id} : vu dans 33 positions, rien n'est établi entre elles",
        id=walkway.id,
    )


def paint(walkway: Walkway, rise: Rise) -> Skipped:
    """A marking is paint or tape: a thickness in the model is no step."""
    return Skipped(
        rise.part.id,
        text(
            "has the role marking and is taken for paint on walkway {id}, though it is {height} thick in the model",
            "a le rôle marquage : pris pour de la peinture sur l'allée {id}, bien qu'épais de {height} dans le modèle",
            id=walkway.id,
            height=mm(rise.height),
        ),
    )
