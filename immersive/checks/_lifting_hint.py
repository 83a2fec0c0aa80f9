"""What would make a lift acceptable: changes of its case that are scored again, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from immersive.findings import Text, text
from immersive.human.niosh_case import Niosh
from immersive.units import Quantity

_METHOD = Niosh()


def index_of(case: Mapping[str, Any]) -> float:
    """The lifting index of a case; infinite where the weight limit is zero."""
    value = _METHOD.solve(case)["LI"]
    return float("inf") if value is None else float(value)


def _cm(value: float) -> Quantity:
    return Quantity(value, "cm", 1.0, 0)


def _changes(case: Mapping[str, Any]) -> list[tuple[dict[str, Any], Text]]:
    """Single changes to the best value of one factor, with their words."""
    ends = [end for end in ("origin", "dest") if f"H_{end}" in case]
    if case.get("control_at_dest") is False:
        ends = ["origin"]
    where = {
        "origin": text("at the origin", "à l'origine"),
        "dest": text("at the destination", "à la destination"),
    }
    out: list[tuple[dict[str, Any], Text]] = []
    for end in ends:
        if case[f"H_{end}"] > 25.0:
            out.append(({f"H_{end}": 25.0}, text(
                "hands at {b} instead of {a} from the ankles {where}", "mains à {b} des chevilles au lieu de {a} {where}",
                a=_cm(case[f"H_{end}"]), b=_cm(25.0), where=where[end],
            )))  # fmt: skip
        if abs(case[f"V_{end}"] - 75.0) >= 1.0:
            moved: dict[str, Any] = {f"V_{end}": 75.0}
            if "V_dest" in case:
                other = "dest" if end == "origin" else "origin"
                moved["D"] = abs(75.0 - case[f"V_{other}"])
            out.append((moved, text(
                "hands at {b} instead of {a} above the floor {where}", "mains à {b} du sol au lieu de {a} {where}",
                a=_cm(case[f"V_{end}"]), b=_cm(75.0), where=where[end],
            )))  # fmt: skip
        if case[f"A_{end}"] >= 1.0:
            out.append(({f"A_{end}": 0.0}, text(
                "no turn instead of {a} {where}", "sans rotation au lieu de {a} {where}",
                a=Quantity(case[f"A_{end}"], "°", 1.0, 0), where=where[end],
            )))  # fmt: skip
    if case["F"] > 0.2:
        out.append(({"F": 0.5 * case["F"]}, text(
            "{b} instead of {a} lifts a minute", "{b} levages par minute au lieu de {a}",
            a=Quantity(case["F"], "", 1.0, 1), b=Quantity(0.5 * case["F"], "", 1.0, 1),
        )))  # fmt: skip
    if case["coupling"] != "good":
        out.append(({"coupling": "good"}, text("good handles", "de bonnes poignées")))
    return out


def lifting_hint(case: Mapping[str, Any], limit: float, /) -> Text:
    """The changes that bring the index down to the limit, the most effective first, and the load that would do.

    Args:
        case: Of one lift, in centimetres and kilograms.
        limit: Largest index that is accepted.
    """
    now = dict(case)
    start = index = index_of(now)
    taken: list[Text] = []
    while index > limit and len(taken) < 3:
        tried = [
            (index_of(now | change), k, change, words) for k, (change, words) in enumerate(_changes(now))
        ]
        tried = [item for item in tried if item[0] < index - 1e-9]
        if not tried:
            break
        index, _, change, words = min(tried, key=lambda item: (round(item[0], 9), item[1]))
        now |= change
        taken.append(words)
    allowed = limit * float(_METHOD.solve(case)["RWL"])
    load = (
        text("a load of at most {kg} would do as it is", "en l'état, une charge de {kg} au plus conviendrait",
             kg=Quantity(allowed, "kg", 1.0, 1))
        if allowed > 0.0
        else text("as it is no load would do", "en l'état, aucune charge ne conviendrait")
    )  # fmt: skip
    if not taken:
        return {lang: f"{said[:1].upper()}{said[1:]}." for lang, said in load.items()}
    return text(
        "With {changes} the index would be {index}{instead}; {load}.",
        "Avec {changes}, l'indice serait de {index}{instead} ; {load}.",
        changes=_joined(taken), index=_shown(index), load=load,
        instead=text(" instead of {s}", " au lieu de {s}", s=_shown(start)) if start < float("inf") else "",
    )  # fmt: skip


def _shown(index: float) -> Text:
    if index == float("inf"):
        return text("unbounded", "non borné")
    return {lang: Quantity(index, "", 1.0, 2).text(lang) for lang in ("en", "fr")}


def _joined(items: list[Text]) -> Text:
    if len(items) == 1:
        return items[0]
    return text(
        "{first} and {last}", "{first} et {last}",
        first={lang: ", ".join(item[lang] for item in items[:-1]) for lang in ("en", "fr")}, last=items[-1],
    )  # fmt: skip
