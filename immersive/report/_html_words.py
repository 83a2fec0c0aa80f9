"""Labels of the HTML report in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from immersive.review.document import Outcome

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "report": ("Review of a production cell", "Revue d’une cellule de production"),
    "skip": ("Skip to the findings", "Aller aux constats"),
    "cell": ("Cell", "Cellule"),
    "size": ("Size X × Y × Z", "Dimensions X × Y × Z"),
    "program": ("Program", "Logiciel"),
    "date": ("Date", "Date"),
    "no date": ("not stamped", "non datée"),
    "fingerprint": ("Fingerprint of the review", "Empreinte de la revue"),
    "content": ("Content", "Contenu"),
    "summary": ("Summary", "Synthèse"),
    "plan": ("Floor plan", "Plan d’implantation"),
    "plan text": (
        "Each flag carries the number of a finding below, 1 being the worst; thick lines show what was measured.",
        "Chaque repère porte le numéro d’un constat ci-dessous, 1 étant le plus grave ; les traits épais montrent "
        "ce qui a été mesuré.",
    ),
    "findings": ("Findings", "Constats"),
    "no findings": ("There is no finding that is not a pass.", "Aucun constat autre que conforme."),
    "no rules": ("No rule was run.", "Aucune règle n’a été exécutée."),
    "accepted": ("Accepted findings", "Constats acceptés"),
    "accepted text": (
        "These are no passes. The layout accepts them with a name and a reason, so they do not count; each counts "
        "again as soon as its parts change, move relative to each other, or it gets worse.",
        "Ces constats ne sont pas conformes. Le fichier de cellule les accepte, avec un nom et une raison ; ils ne "
        "comptent donc pas. Chacun compte de nouveau dès que ses pièces changent, bougent l’une par rapport à "
        "l’autre, ou qu’il s’aggrave.",
    ),
    "acceptance": ("Acceptance", "Acceptation"),
    "by": ("Accepted by", "Accepté par"),
    "why accepted": ("Reason given", "Raison donnée"),
    "examined": ("What was examined", "Ce qui a été examiné"),
    "not examined": ("What was not examined, and why", "Ce qui n’a pas été examiné, et pourquoi"),
    "all examined": (
        "Everything that was asked for was examined.",
        "Tout ce qui était demandé a été examiné.",
    ),
    "inputs": ("Inputs", "Données d’entrée"),
    "no inputs": ("No file was read.", "Aucun fichier n’a été lu."),
    "notices": ("What reading the files had to tell", "Remarques à la lecture des fichiers"),
    "no notices": ("Nothing to tell.", "Aucune remarque."),
    "assumptions": ("Assumptions", "Hypothèses"),
    "method": ("Method", "Méthode"),
    "method lang": ("", "Ces pages de méthode sont rédigées en anglais."),
    "scope": ("Scope of this report", "Portée de ce rapport"),
    "disclaimer": (
        "This report is a screening aid. It compares the geometry of the files named under Inputs with the "
        "demands named under each finding, and nothing else. It is no risk assessment, no certificate of "
        "conformity and no approval, and replaces neither the standards nor the judgement of a competent "
        "person. A figure marked “from memory” must be verified in the standard before it is relied on.",
        "Ce rapport est une aide au dépistage. Il compare la géométrie des fichiers cités dans les données "
        "d’entrée aux exigences citées avec chaque constat, et rien d’autre. Il n’est ni une appréciation du "
        "risque, ni une attestation de conformité, ni une réception, et ne remplace ni les normes ni le jugement "
        "d’une personne compétente. Toute valeur signalée « de mémoire » doit être vérifiée dans la norme avant "
        "usage.",
    ),
    "rule": ("Rule", "Règle"),
    "check": ("Check", "Contrôle"),
    "severity": ("Severity", "Gravité"),
    "verdict": ("Verdict", "Verdict"),
    "total": ("Total", "Total"),
    "measured": ("Measured", "Mesuré"),
    "limit": ("Limit", "Limite"),
    "missed": ("Short by", "Manque"),
    "exceeded": ("Exceeded by", "Dépassement"),
    "kept": ("Margin", "Marge"),
    "within": ("Distance from the limit", "Écart à la limite"),
    "uncertainty": ("Uncertainty", "Incertitude"),
    "no uncertainty": ("none stated", "non indiquée"),
    "source": ("Source of the limit", "Source de la limite"),
    "confidence": ("Confidence", "Fiabilité"),
    "subjects": ("About", "Objet"),
    "id": ("Identity", "Identifiant"),
    "hint": ("What would help", "Piste"),
    "values": ("Intermediate values (SI units)", "Valeurs intermédiaires (unités SI)"),
    "more values": ("… {0} more in the JSON document", "… {0} de plus dans le document JSON"),
    "picture": ("Picture of finding", "Vue du constat"),
    "demand": ("Demand", "Exigence"),
    "passes": ("findings that pass", "constats conformes"),
    "pass one": ("finding that passes", "constat conforme"),
    "message": ("Statement", "Énoncé"),
    "nothing": ("examined nothing", "n’a rien examiné"),
    "rule nothing": (
        "This rule examined nothing: it says nothing about the cell.",
        "Cette règle n’a rien examiné : elle ne dit rien de la cellule.",
    ),
    "subject": ("Subject", "Objet"),
    "reason": ("Reason", "Raison"),
    "check not run": ("check not run", "contrôle non exécuté"),
    "file": ("File", "Fichier"),
    "format": ("Format", "Format"),
    "unit": ("Length unit", "Unité de longueur"),
    "axis": ("Up axis", "Axe vertical"),
    "bytes": ("Size (bytes)", "Taille (octets)"),
    "place": ("Place", "Emplacement"),
    "filter": ("Show", "Afficher"),
    "search": ("Search", "Rechercher"),
    "search hint": ("part, rule, text …", "pièce, règle, texte …"),
    "shown": ("findings shown", "constats affichés"),
    "to plan": ("to the plan", "vers le plan"),
    "pictures": (
        "Pictures are drawn for the {0} findings that matter most.",
        "Les vues sont tracées pour les {0} constats les plus importants.",
    ),
    "at least": ("at least", "au moins"),
    "at most": ("at most", "au plus"),
    "true": ("yes", "oui"),
    "false": ("no", "non"),
    "none": ("none", "aucun"),
    "parameters": ("Parameters", "Paramètres"),
    "references": ("Sources of the figures", "Sources des valeurs"),
}

OUTCOME: Final[Mapping[Outcome, tuple[tuple[str, str], tuple[str, str]]]] = {
    Outcome.FAIL: (
        ("The cell does not meet its demands", "La cellule ne satisfait pas à ses exigences"),
        (
            "At least one demand fails. The findings below say where, by how much and against which rule.",
            "Au moins une exigence n’est pas satisfaite. Les constats ci-dessous disent où, de combien et selon "
            "quelle règle.",
        ),
    ),
    Outcome.OPEN: (
        ("Not decided", "Non tranché"),
        (
            "Nothing fails, but something that matters could not be decided or was not examined. "
            "This is not a pass.",
            "Rien n’est non conforme, mais un point important n’a pas pu être tranché ou n’a pas été examiné. "
            "Ce n’est pas une conformité.",
        ),
    ),
    Outcome.PASS: (
        ("Nothing fails", "Aucune non-conformité"),
        (
            "All rules were examined and no demand of severity error or warning fails. This holds for what is "
            "listed under “What was examined”, and for nothing else.",
            "Toutes les règles ont été examinées et aucune exigence de gravité erreur ou avertissement n’est en "
            "défaut. Cela vaut pour ce qui figure sous « Ce qui a été examiné », et pour rien d’autre.",
        ),
    ),
    Outcome.NOTHING_EXAMINED: (
        ("Nothing was examined", "Rien n’a été examiné"),
        (
            "No rule looked at anything: this report says nothing about the cell. It is not a pass.",
            "Aucune règle n’a rien examiné : ce rapport ne dit rien de la cellule. Ce n’est pas une conformité.",
        ),
    ),
}


def word(key: str, lang: str) -> str:
    """A label in the language."""
    return WORDS[key][lang == "fr"]
