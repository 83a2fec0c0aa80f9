"""The words of all reports, in English and French. One place, so that no label is left untranslated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from immersive.errors import UsageError, choices
from immersive.findings import LANGUAGES, Acceptance, Confidence, Finding, Verdict
from immersive.scene.model import Role, Severity

if TYPE_CHECKING:
    from immersive.review.document import Counts

Words = Mapping[str, str]


def _w(en: str, fr: str) -> Words:
    return {"en": en, "fr": fr}


VERDICT: Final[Mapping[Verdict, Words]] = {
    Verdict.FAIL: _w("Fail", "Non conforme"),
    Verdict.INDETERMINATE: _w("Indeterminate", "Indéterminé"),
    Verdict.NOT_EVALUATED: _w("Not evaluated", "Non évalué"),
    Verdict.PASS: _w("Pass", "Conforme"),
}
VERDICT_COUNT: Final[Mapping[Verdict, tuple[Words, Words]]] = {
    Verdict.FAIL: (_w("fail", "non conforme"), _w("fail", "non conformes")),
    Verdict.INDETERMINATE: (_w("indeterminate", "indéterminé"), _w("indeterminate", "indéterminés")),
    Verdict.NOT_EVALUATED: (_w("not evaluated", "non évalué"), _w("not evaluated", "non évalués")),
    Verdict.PASS: (_w("pass", "conforme"), _w("pass", "conformes")),
}
"""What stands after a number of findings: one, several."""
VERDICT_SIGN: Final[Mapping[Verdict, str]] = {
    Verdict.FAIL: "✕",
    Verdict.INDETERMINATE: "≈",
    Verdict.NOT_EVALUATED: "?",
    Verdict.PASS: "✓",
}
ACCEPTED: Final = _w("Accepted", "Accepté")
ACCEPTED_COUNT: Final = (_w("accepted", "accepté"), _w("accepted", "acceptés"))
ACCEPTED_SIGN: Final = "○"
SEVERITY: Final[Mapping[Severity, Words]] = {
    Severity.ERROR: _w("Error", "Erreur"),
    Severity.WARNING: _w("Warning", "Avertissement"),
    Severity.INFO: _w("Information", "Information"),
}
SEVERITY_COUNT: Final[Mapping[Severity, tuple[Words, Words]]] = {
    Severity.ERROR: (_w("error", "erreur"), _w("errors", "erreurs")),
    Severity.WARNING: (_w("warning", "avertissement"), _w("warnings", "avertissements")),
    Severity.INFO: (_w("note", "information"), _w("notes", "informations")),
}
"""What stands after a number of notices: one, several."""
CONFIDENCE: Final[Mapping[Confidence, Words]] = {
    Confidence.TWO_SOURCES: _w("confirmed by two sources", "confirmé par deux sources"),
    Confidence.ONE_SOURCE: _w("one source", "une seule source"),
    Confidence.MEMORY: _w("from memory: verify it in the standard", "de mémoire : à vérifier dans la norme"),
    Confidence.PROJECT: _w("set by the layout", "fixé par le fichier de cellule"),
}
LAYOUT_CITATION: Final = _w("Demand of the layout", "Exigence du fichier de cellule")

ROLE: Final[Mapping[Role, Words]] = {
    Role.MACHINE: _w("Machine", "Machine"),
    Role.ROBOT: _w("Robot", "Robot"),
    Role.FENCE: _w("Fence", "Grille de protection"),
    Role.FURNITURE: _w("Furniture", "Mobilier"),
    Role.CONVEYOR: _w("Conveyor", "Convoyeur"),
    Role.WORKPIECE: _w("Workpiece", "Pièce à traiter"),
    Role.TOOL: _w("Tool", "Outil"),
    Role.CONTAINER: _w("Container", "Bac"),
    Role.VEHICLE: _w("Vehicle", "Véhicule"),
    Role.DOOR: _w("Door leaf", "Vantail"),
    Role.SAFEGUARD: _w("Safeguard", "Dispositif de protection"),
    Role.CABINET: _w("Cabinet", "Armoire"),
    Role.FLOOR: _w("Floor", "Sol"),
    Role.WALL: _w("Wall", "Mur"),
    Role.CEILING: _w("Ceiling", "Plafond"),
    Role.MARKING: _w("Floor marking", "Marquage au sol"),
    Role.SIGN: _w("Sign", "Panneau"),
    Role.OTHER: _w("Other", "Autre"),
}

EXAMINED: Final[Mapping[str, tuple[Words, Words]]] = {
    "files": (_w("file", "fichier"), _w("files", "fichiers")),
    "parts": (_w("part", "pièce"), _w("parts", "pièces")),
    "triangles": (_w("triangle", "triangle"), _w("triangles", "triangles")),
    "triangles_near": (_w("triangle near", "triangle proche"), _w("triangles near", "triangles proches")),
    "meshes": (_w("mesh", "maillage"), _w("meshes", "maillages")),
    "notices": (_w("reader’s notice", "remarque de lecture"), _w("readers’ notices", "remarques de lecture")),
    "pairs": (_w("pair", "paire"), _w("pairs", "paires")),
    "pairs_near": (_w("pair near", "paire proche"), _w("pairs near", "paires proches")),
    "pairs_of_one_unit": (
        _w("pair within one unit", "paire d’un même ensemble"),
        _w("pairs within one unit", "paires d’un même ensemble"),
    ),
    "pairs_measured": (_w("pair measured", "paire mesurée"), _w("pairs measured", "paires mesurées")),
    "pairs_expected": (
        _w("pair in expected contact", "paire en contact prévu"),
        _w("pairs in expected contact", "paires en contact prévu"),
    ),
    "groups": (_w("group", "groupe"), _w("groups", "groupes")),
    "points": (_w("point", "point"), _w("points", "points")),
    "work_points": (_w("work point", "point de travail"), _w("work points", "points de travail")),
    "workstations": (_w("workstation", "poste de travail"), _w("workstations", "postes de travail")),
    "walkways": (_w("walkway", "allée"), _w("walkways", "allées")),
    "parts_on_walkways": (
        _w("part on walkways", "pièce sur les allées"),
        _w("parts on walkways", "pièces sur les allées"),
    ),
    "doors": (_w("door", "porte"), _w("doors", "portes")),
    "obstacles": (_w("obstacle", "obstacle"), _w("obstacles", "obstacles")),
    "populations": (_w("population", "population"), _w("populations", "populations")),
    "displays": (_w("display", "écran"), _w("displays", "écrans")),
    "postures": (_w("posture", "posture"), _w("postures", "postures")),
    "lifts": (_w("lift", "levage"), _w("lifts", "levages")),
    "people": (_w("person", "personne"), _w("people", "personnes")),
    "samples": (_w("sample", "échantillon"), _w("samples", "échantillons")),
    "rules": (_w("rule", "règle"), _w("rules", "règles")),
    "routes": (_w("route", "parcours"), _w("routes", "parcours")),
    "exits": (_w("exit", "issue"), _w("exits", "issues")),
    "access_points": (_w("access point", "point d’accès"), _w("access points", "points d’accès")),
    "tools": (_w("tool", "outil"), _w("tools", "outils")),
    "safeguards": (
        _w("safeguard", "dispositif de protection"),
        _w("safeguards", "dispositifs de protection"),
    ),
    "hazard_zones": (_w("hazard zone", "zone dangereuse"), _w("hazard zones", "zones dangereuses")),
    "zones": (_w("hazard zone", "zone dangereuse"), _w("hazard zones", "zones dangereuses")),
    "ways": (_w("way of approach", "voie d’approche"), _w("ways of approach", "voies d’approche")),
    "structures": (_w("structure", "structure"), _w("structures", "structures")),
    "structure_parts": (
        _w("part of structures", "pièce de structure"),
        _w("parts of structures", "pièces de structure"),
    ),
    "openings": (_w("opening", "ouverture"), _w("openings", "ouvertures")),
    "doors_and_drawers": (
        _w("door or drawer", "porte ou tiroir"),
        _w("doors and drawers", "portes et tiroirs"),
    ),
    "mechanisms": (_w("mechanism", "mécanisme"), _w("mechanisms", "mécanismes")),
    "motions": (_w("motion", "mouvement"), _w("motions", "mouvements")),
    "moving_parts": (_w("moving part", "pièce mobile"), _w("moving parts", "pièces mobiles")),
    "parts_moving": (_w("moving part", "pièce mobile"), _w("moving parts", "pièces mobiles")),
    "poses": (_w("pose", "pose"), _w("poses", "poses")),
    "moments": (_w("moment", "instant"), _w("moments", "instants")),
    "places": (_w("closing place", "endroit qui se ferme"), _w("closing places", "endroits qui se ferment")),
}
"""Names of the counts of :attr:`Evaluation.examined`: one, several. Others print as their own key."""

UNIT_ORIGIN: Final[Mapping[str, Words]] = {
    "format": _w("fixed by the format", "fixée par le format"),
    "file": _w("stated in the file", "indiquée dans le fichier"),
    "layout": _w("set by the layout", "fixée par le fichier de cellule"),
    "command line": _w("given on the command line", "donnée en ligne de commande"),
    "": _w("not stated", "non indiquée"),
}


def language(lang: str) -> str:
    """The language itself, if the reports speak it.

    Raises:
        UsageError: They do not; the message lists the languages.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"unknown language {lang!r}; use {choices(LANGUAGES)}")
    return lang


def whole(number: int, lang: str) -> str:
    """A whole number with its thousands apart: ``12,345`` or ``12 345``."""
    return f"{number:,}" if lang == "en" else f"{number:,}".replace(",", "\u202f")


def plural(number: int, one: Words, many: Words, lang: str) -> str:
    """``"1 finding"``, ``"0 findings"``; French has the singular for 0 too."""
    single = number == 1 or (lang == "fr" and number == 0)
    return f"{whole(number, lang)} {(one if single else many)[lang]}"


def examined_text(key: str, number: int, lang: str) -> str:
    """``"66 pairs"``: a count of what was examined; an unknown key prints as it is."""
    if key in EXAMINED:
        return plural(number, *EXAMINED[key], lang)
    return f"{whole(number, lang)} {key.replace('_', ' ')}"


def verdict_counts(counts: Counts, lang: str) -> str:
    """``"2 fail, 1 indeterminate, 1 accepted, 40 pass"``, without what is 0."""
    said = [
        plural(number, *VERDICT_COUNT[verdict], lang)
        for verdict, number in counts.by_verdict.items()
        if number
    ]
    if counts.accepted:
        said.insert(len(said) - bool(counts.passed), plural(counts.accepted, *ACCEPTED_COUNT, lang))
    return ", ".join(said)


def state_sign(finding: Finding) -> str:
    """The sign of the verdict, or that of an accepted finding."""
    return ACCEPTED_SIGN if finding.is_accepted else VERDICT_SIGN[finding.verdict]


def acceptance_text(accepted: Acceptance, lang: str) -> str:
    """``"accepted by A. Person, 2026-03-01: why"``; what is void says so first."""
    dated = f", {accepted.date}" if accepted.date else ""
    by = {"en": "accepted by", "fr": "accepté par"}[lang]
    said = f"{by} {accepted.by}{dated}{colon(lang)}{accepted.reason}"
    if not accepted.void:
        return said
    void = {"en": "acceptance void, it counts", "fr": "acceptation caduque, le constat compte"}[lang]
    return f"{void}{colon(lang)}{accepted.void[lang]} ({said})"


def colon(lang: str) -> str:
    """A colon and a space as the language sets them."""
    return "\u00a0: " if lang == "fr" else ": "
