"""Words on pictures of people: body regions, levels, views; English and French."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from immersive.report._words import Words, colon

LEVEL: Final[dict[int, Words]] = {
    1: {"en": "favourable", "fr": "favorable"},
    2: {"en": "to be watched", "fr": "à surveiller"},
    3: {"en": "unfavourable", "fr": "défavorable"},
}

_REGION: Final[dict[str, Words]] = {
    "head": {"en": "head", "fr": "tête"},
    "neck": {"en": "neck", "fr": "cou"},
    "trunk": {"en": "trunk", "fr": "tronc"},
    "clavicle": {"en": "shoulder", "fr": "épaule"},
    "upper_arm": {"en": "upper arm", "fr": "bras"},
    "forearm": {"en": "forearm", "fr": "avant-bras"},
    "hand": {"en": "hand", "fr": "main"},
    "thigh": {"en": "thigh", "fr": "cuisse"},
    "shank": {"en": "lower leg", "fr": "jambe"},
    "foot": {"en": "foot", "fr": "pied"},
}
_PLURAL: Final[dict[str, Words]] = {
    "clavicle": {"en": "shoulders", "fr": "épaules"},
    "upper_arm": {"en": "upper arms", "fr": "bras"},
    "forearm": {"en": "forearms", "fr": "avant-bras"},
    "hand": {"en": "hands", "fr": "mains"},
    "thigh": {"en": "thighs", "fr": "cuisses"},
    "shank": {"en": "lower legs", "fr": "jambes"},
    "foot": {"en": "feet", "fr": "pieds"},
}
_FEMININE: Final = frozenset({"clavicle", "hand", "thigh", "shank"})

SIDE_VIEW: Final[dict[str, Words]] = {
    "right": {"en": "Seen from the right", "fr": "Vue de droite"},
    "left": {"en": "Seen from the left", "fr": "Vue de gauche"},
}
ABOVE: Final[Words] = {"en": "Seen from above", "fr": "Vue de dessus"}


def regions(segments: Iterable[str], lang: str) -> str:
    """Segments as words: ``neck, trunk, right upper arm``; a pair of sides is said once."""
    sides: dict[str, set[str]] = {}
    for segment in segments:
        side, _, rest = segment.partition("_")
        if rest in _PLURAL:
            sides.setdefault(rest, set()).add(side)
        else:
            sides.setdefault("trunk" if segment in ("pelvis", "lumbar", "thorax") else segment, set())
    return ", ".join(_region(name, sides[name], lang) for name in _REGION if name in sides)


def _region(name: str, sides: set[str], lang: str) -> str:
    if len(sides) == 2:
        return _PLURAL[name][lang]
    word = _REGION[name][lang]
    if not sides:
        return word
    side = next(iter(sides))
    if lang == "en":
        return f"{side} {word}"
    adjective = {"right": "droit", "left": "gauche"}[side]
    return f"{word} {adjective}{'e' if side == 'right' and name in _FEMININE else ''}"


def level_line(level: int, segments: Iterable[str], lang: str) -> str:
    """``unfavourable: neck, trunk``."""
    return f"{LEVEL[level][lang]}{colon(lang)}{regions(segments, lang)}"
