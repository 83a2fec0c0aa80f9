"""A guess of what a part is, from the words in its name (English, French, German) or from its shape.

Only a start for the person who edits the layout: every guess is written with its reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from immersive.scene.model import FloatArray, Part, Role

_WORDS: Final[tuple[tuple[Role, str], ...]] = (
    # Two words first, then what things are, then what they belong to ("robot fence" is a fence).
    (Role.SAFEGUARD, "light curtain, lightcurtain, barriere immaterielle, rideau immateriel, lichtvorhang, "
                     "lichtgitter, laser scanner, safety scanner, scrutateur, sicherheitsscanner, safety mat, "
                     "tapis sensible, schaltmatte, emergency stop, arret urgence, not halt, notaus, estop, e stop"),
    (Role.MARKING, "floor marking, marking, marquage, bodenmarkierung, markierung, agv path, floor tape"),
    (Role.FURNITURE, "tool stand, tool rack, porte outil, werkzeugstander"),
    (Role.MACHINE, "robot rail, robot pedestal, robot riser, linear axis, pedestal, riser, gantry, "
                   "portique, portal, positioner, positionneur, positionierer, track motion"),
    (Role.CABINET, "cabinet, control box, controller, switchgear, armoire, coffret, schaltschrank, schrank, "
                   "electrical enclosure"),
    (Role.DOOR, "door, gate, porte, portail, portillon, tur, tuer, schiebetur"),
    (Role.FENCE, "fence, fencing, guard, guarding, guardrail, clotures, cloture, grillage, grille, garde corps, "
                 "zaun, schutzzaun, gitter, gelander, railing, barrier, barriere, carter, safety panel, mesh panel"),
    (Role.SIGN, "sign, logo, panneau, pictogramme, schild, poster, label, etiquette"),
    (Role.VEHICLE, "agv, amr, forklift, chariot, transpalette, stapler, gabelstapler, pallet truck, tugger, "
                   "fts, vehicle, vehicule, fahrzeug"),
    (Role.CONTAINER, "pallet, palette, euro pallet, bin, bins, bac, bacs, tray, plateau, tote, crate, caisse, "
                     "carton, box pallet, kiste, behalter, kasten, klt, container, conteneur, magazine, magasin"),
    (Role.CONVEYOR, "conveyor, conveyer, convoyeur, belt, tapis, bande transporteuse, forderband, foerderband, "
                    "rollenbahn, roller table, transfer line, chaine transfert"),
    (Role.TOOL, "gripper, prehenseur, pince, greifer, end effector, effector, effecteur, tool changer, toolchanger, "
                "spindle, broche, spindel, screwdriver, visseuse, schrauber, torch, torche, brenner, sander, "
                "tool, outil, werkzeug, fixture, gabarit, vorrichtung, jig"),
    (Role.FURNITURE, "table, bench, workbench, desk, poste, etabli, tisch, werkbank, arbeitsplatz, rack, shelf, "
                     "shelving, etagere, rayonnage, regal, chair, chaise, stuhl, stool, tabouret, cupboard, locker, "
                     "trolley, desserte, stand"),
    (Role.ROBOT, "robot, roboter, wrist, forearm, upper arm, upperarm, shoulder, elbow, poignet, avant bras, "
                 "handgelenk,  cobot, manipulator, manipulateur, robotarm, scara, irb, kuka, fanuc, ur3, ur5, ur10, "
                 "ur3e, ur5e, ur10e, ur16e, ur20, iiwa, motoman, staubli, yaskawa, lrmate, crx"),
    (Role.WORKPIECE, "workpiece, work piece, piece a usiner, werkstuck, werkstueck, product, produit, produkt, payload"),
    (Role.CEILING, "ceiling, roof, plafond, toit, toiture, decke, dach"),
    (Role.WALL, "wall, mur, paroi, wand, column, colonne, pfeiler, saule, building, batiment"),
    (Role.FLOOR, "floor, sol, dalle, ground, boden, slab"),
    (Role.MACHINE, "machine, maschine, press, presse, lathe, tour numerique, drehmaschine, milling, fraiseuse, cnc, "
                   "fraise, station, welder, soudeuse, oven, four, ofen, washer, tester, banc d essai, prufstand"),
)  # fmt: skip
"""Role and the words that mean it, most telling first; accents and case do not matter."""

_GERMAN_HEADS: Final = {
    "zaun": Role.FENCE, "gitter": Role.FENCE, "gelander": Role.FENCE, "schrank": Role.CABINET, "tisch": Role.FURNITURE,
    "werkbank": Role.FURNITURE, "regal": Role.FURNITURE, "stuhl": Role.FURNITURE, "greifer": Role.TOOL,
    "wechsler": Role.TOOL, "spindel": Role.TOOL, "roboter": Role.ROBOT, "behalter": Role.CONTAINER,
    "palette": Role.CONTAINER, "fahrzeug": Role.VEHICLE, "forderer": Role.CONVEYOR, "band": Role.CONVEYOR,
    "vorhang": Role.SAFEGUARD, "maschine": Role.MACHINE, "presse": Role.MACHINE,
}  # fmt: skip
"""German writes compounds as one word whose end says what the thing is: Montagetisch."""

_LONGEST: Final = 3


class Guess(NamedTuple):
    """A role and why: the word found, or the shape."""

    role: Role
    reason: str


def plain(text: str) -> str:
    """Lower case without accents: ``"Clôture Nº 2"`` → ``"cloture no 2"``."""
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def words_of(name: str) -> list[str]:
    """The words of a CAD name: split at signs, digits and capitals: ``"RobotFence_02"`` → robot, fence."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    spaced = re.sub(r"(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])", " ", spaced)
    return re.findall(r"[a-z]+\d*[a-z]*|\d+", plain(spaced))


def _table() -> dict[str, tuple[int, Role]]:
    found: dict[str, tuple[int, Role]] = {}
    for rank, (role, listed) in enumerate(_WORDS):
        for phrase in listed.split(","):
            found.setdefault(" ".join(phrase.split()), (rank, role))
    return found


_PHRASES: Final = _table()


def guess_from_name(name: str, *, besides: frozenset[Role] = frozenset()) -> Guess | None:
    """The role that a name tells, or None; roles in ``besides`` are not considered."""
    words = words_of(name)
    best: tuple[int, Role, str] | None = None
    for size in range(_LONGEST, 0, -1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            hit = _lookup(phrase)
            if hit is not None and hit[1] not in besides and (best is None or hit[0] < best[0]):
                best = (*hit, phrase)
    return None if best is None else Guess(best[1], f"the word {best[2]!r}")


def _lookup(phrase: str) -> tuple[int, Role] | None:
    stem = phrase.rstrip("0123456789")
    for form in (phrase, stem, stem.removesuffix("s"), stem.removesuffix("es"), stem.removesuffix("en")):
        if len(form) > 2 and form in _PHRASES:
            return _PHRASES[form]
    for head, role in _GERMAN_HEADS.items():
        if len(stem) >= len(head) + 3 and stem.endswith(head):
            return len(_WORDS), role
    return None


def guess_from_path(path: Sequence[str], *, besides: frozenset[Role] = frozenset()) -> Guess | None:
    """The role told by the nearest name on the way from the part up to the root."""
    for name in reversed(path):
        guess = guess_from_name(name, besides=besides)
        if guess is not None:
            return guess
    return None


_FLAT: Final = frozenset({Role.FLOOR, Role.MARKING})
PAINT: Final = 0.01
"""Metres of height below which a line on the floor may be paint or tape."""
_PAINTED: Final = (
    frozenset({"tape", "path", "marking", "line", "stripe", "lane"})
    | {"marquage", "bande", "ligne", "trace"}
    | {"markierung", "linie", "streifen", "band", "klebeband", "bodenlinie"}
)


def _flat(part: Part) -> bool:
    """Whether the part can be a floor at all: "floor robot" is the one that stands on it."""
    if part.bounds is None:
        return True
    x, y, z = (part.bounds[1] - part.bounds[0]).tolist()
    return bool(z <= 0.3 * min(x, y) or z <= 0.01)


def guess_painted(part: Part, bottom: float) -> Guess | None:
    """Lines on the floor: as thin as paint, low, and named so.

    Args:
        part: With triangles.
        bottom: Height of the lowest point of the cell, metres.
    """
    if part.bounds is None or part.bounds[1][2] - part.bounds[0][2] >= PAINT:
        return None
    if min(abs(part.bounds[0][2]), abs(part.bounds[0][2] - bottom)) > 5.0 * PAINT:
        return None
    for name in (part.name, part.mesh.name):
        for word in words_of(name):
            if word.rstrip("0123456789") in _PAINTED:
                return Guess(Role.MARKING, f"the word {word!r} of something flat on the floor")
    return None


def guess_from_shape(part: Part, whole: FloatArray) -> Guess | None:
    """Floors and walls by their boxes: nothing else has a shape of its own.

    Args:
        part: With triangles.
        whole: (2, 3) box of the cell in metres.
    """
    if part.bounds is None:
        return None
    size = part.bounds[1] - part.bounds[0]
    all_size = whole[1] - whole[0]
    area, all_area = float(size[0] * size[1]), float(all_size[0] * all_size[1])
    if area >= 4.0 and area >= 0.5 * all_area and size[2] <= 0.05 * min(size[0], size[1]):
        if part.bounds[1][2] <= whole[0][2] + 0.1 * max(float(all_size[2]), 1.0):
            return Guess(Role.FLOOR, "its shape: a wide flat plate at the bottom")
        return None
    thin, long = float(size[:2].min()), float(size[:2].max())
    if size[2] >= 2.4 and thin <= 0.4 and long >= 0.5 * float(all_size[:2].max()) and long >= 3.0:
        return Guess(Role.WALL, "its shape: long, high and thin")
    return None


def guess_roles(parts: Iterable[Part], *, skip: int = 0) -> dict[str, Guess]:
    """Part id → guess, for the parts whose file does not say their role.

    Args:
        parts: All parts of the cell.
        skip: Names at the beginning of every path that say nothing (the assembly's own).
    """
    listed = list(parts)
    boxes = [part.bounds for part in listed if part.bounds is not None]
    whole = (
        np.stack([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)])
        if boxes
        else None
    )
    found: dict[str, Guess] = {}
    for part in listed:
        if part.role is not Role.OTHER:
            continue
        names = part.path[skip:] or part.path[-1:]
        guess = guess_painted(part, float("inf") if whole is None else float(whole[0][2]))
        if guess is None:
            guess = guess_from_path(names, besides=frozenset() if _flat(part) else _FLAT)
        if guess is None and part.mesh.name not in part.path:
            guess = guess_from_name(part.mesh.name)
        if guess is None and whole is not None:
            guess = guess_from_shape(part, whole)
        if guess is not None:
            found[part.id] = guess
    return found
