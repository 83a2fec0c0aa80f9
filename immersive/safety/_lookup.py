"""What the look-ups share: the case being answered, the method that ``immersive score`` runs, the safer neighbour.

An answer never holds a guessed figure: what is not given is ``missing``, what no source establishes is
``not_established``, and what the standard forbids is told in ``reasons`` with ``ok`` false.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from immersive.human.case_fields import LABELS, CaseError, Input, Words, both, read_fields
from immersive.resources import resource

SNAP = 1e-6
"""Millimetres within which a value counts as the printed one: 1399.9999999 is rounding, not a lower fence."""

LONGEST = 1e5
"""Longest length a case may give, mm: a cell is not longer, and a slip of units is."""

VERIFY = {
    "from memory": both(
        "A figure used here is from memory: verify it in the standard before relying on it.",
        "Une valeur utilisée ici est citée de mémoire : la vérifier dans la norme avant de s'y fier.",
    ),
    "one source": both(
        "A figure used here has one source only: verify it in the standard before relying on it.",
        "Une valeur utilisée ici n'a qu'une source : la vérifier dans la norme avant de s'y fier.",
    ),
}
_ORDER = ("confirmed by two sources", "one source", "from memory")


@cache
def figures(name: str) -> Mapping[str, Any]:
    """A file of ``assets/standards``, by name without suffix."""
    data: Mapping[str, Any] = json.loads(resource(f"assets/standards/{name}.json").read_text("utf-8"))
    return data


def weakest(*confidences: str) -> str:
    """The least sure of several confidences: an answer is no surer than its weakest figure."""
    return max(confidences, key=_ORDER.index)


@dataclass(frozen=True, slots=True)
class Word(Input):
    """A choice that also takes numbers (``4`` for ``"4"``), other spellings, and ``-`` or blanks for ``_``."""

    synonyms: Mapping[str, str] = field(default_factory=dict)

    def read(self, value: Any) -> Any:
        """The word, in this method's spelling."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError
        word = str(value).strip().lower().replace("-", "_").replace(" ", "_")
        word = self.synonyms.get(word, word)
        if word not in self.options:
            raise ValueError
        return word


@dataclass
class Case:
    """One case on its way to an answer: what was given and used, and what the answer says so far."""

    where: str
    known: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    assumed: list[Words] = field(default_factory=list)
    reasons: list[Words] = field(default_factory=list)
    not_established: list[Words] = field(default_factory=list)
    confidences: list[str] = field(default_factory=list)

    def get(self, name: str, default: Any = None) -> Any:
        """A value that is used if it is given."""
        self.used.add(name)
        return self.known.get(name, default)

    def need(self, name: str) -> Any:
        """A value the answer depends on; None, and noted as missing, where it is not given."""
        value = self.get(name)
        if value is None and name not in self.missing:
            self.missing.append(name)
        return value

    def needs(self, *names: str) -> bool:
        """Whether all of these are given; those that are not are noted as missing."""
        values = [self.need(name) for name in names]  # all of them, so that every lacking one is named
        return None not in values

    def has(self, *names: str) -> bool:
        """Whether all of these are given."""
        return all(name in self.known for name in names)

    def error(self, place: str, message: str) -> CaseError:
        """To be raised: the case is impossible."""
        return CaseError(self.where, message, place=place)

    def say(self, **values: Any) -> None:
        """Put results."""
        self.result |= values

    def refuse(self, reason: Words) -> None:
        """Not admissible."""
        self.result["ok"] = False
        self.reasons.append(reason)

    def unknown(self, reason: Words) -> None:
        """No figure is established."""
        self.not_established.append(reason)

    def cite(self, standard: str, edition: str, clause: str, *confidences: str) -> None:
        """Name the rule behind the answer."""
        self.confidences.extend(confidences)
        self.result["cited"] = {"standard": standard, "edition": edition, "clause": clause}


@dataclass(frozen=True)
class Lookup:
    """A look-up method of ``immersive score``: reads the case, lets ``answer`` fill in the result.

    Attributes:
        name, title, inputs, notes, source, confidence: As of every scoring method.
        answer: Fills a :class:`Case`.
        aliases: Other names of inputs.
    """

    name: str
    title: Words
    inputs: tuple[Input, ...]
    answer: Callable[[Case], None]
    source: str
    confidence: str
    notes: tuple[Words, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    def solve(self, case: Mapping[str, Any], *, where: str = "case") -> dict[str, Any]:
        """The answer to one case.

        Returns:
            What was given; the results; ``cited`` (standard, edition, clause), ``reasons`` (why not
            admissible), ``not_established``, ``missing``, ``assumed``, ``unused``, ``notes``,
            ``source``, ``confidence`` (of the weakest figure used).

        Raises:
            CaseError: Unknown or impossible field, or a contradiction.
        """
        renamed: dict[str, Any] = {}
        for key, value in case.items():
            name = self.aliases.get(key, key)
            if renamed.get(name) is not None and value is not None:
                raise CaseError(where, f"given twice, {key!r} is another name of it", place=name)
            if value is not None or name not in renamed:
                renamed[name] = value
        known = read_fields(renamed, self.inputs, method=self.name, where=where)
        ask = Case(where, known)
        self.answer(ask)
        result: dict[str, Any] = {key: case[key] for key in LABELS[:-1] if key in case}
        # A table's or edition's number comes back as a number, whichever way it was written.
        result |= {"method": self.name} | {
            key: int(value) if isinstance(value, str) and value.isdecimal() else value
            for key, value in (known | ask.result).items()
        }
        sure = weakest(*ask.confidences) if ask.confidences else self.confidence
        result["reasons"] = ask.reasons
        result["not_established"] = ask.not_established
        result["missing"] = ask.missing
        result["assumed"] = ask.assumed
        result["unused"] = [
            both(f"{name}: not used, it decides nothing here", f"{name} : non utilisé, ne décide rien ici")
            for name in known
            if name not in ask.used
        ]
        verify = [VERIFY[sure]] if sure in VERIFY and ask.confidences else []
        return result | {"notes": [*verify, *self.notes], "source": self.source, "confidence": sure}


@dataclass(frozen=True, slots=True)
class Cell:
    """The cell taken from a table of reaching over.

    Attributes:
        c: Horizontal distance, mm.
        a: Printed height of the hazard zone (row) that was taken, mm.
        b: Printed height of the upper edge (column) that was taken, mm; None where none matters.
        a_rows: The printed rows beside the hazard's height: one, or two with the height between them.
        why: Both languages.
    """

    c: float
    a: float
    b: float | None
    a_rows: tuple[float, ...]
    why: Words


def rows_beside(a: float, rows: Sequence[float]) -> tuple[int, ...]:
    """Indices of the printed rows (downwards) at or around ``a``; beyond an end, the end row."""
    for index, row in enumerate(rows):
        if abs(a - row) <= SNAP:
            return (index,)
        if a > row:
            return (index,) if index == 0 else (index - 1, index)
    return (len(rows) - 1,)


def safer_cell(table: Mapping[str, Any], a: float, b: float) -> Cell | None:
    """The cell of a reaching-over table for a hazard at height ``a`` behind an edge at height ``b``, mm.

    Never interpolated: of the columns the next lower edge, of the rows beside ``a`` the one with the
    larger distance. Above the last row or column that row or column holds. None where ``b`` is below
    the first column, which the table does not admit.
    """
    columns = [index for index, edge in enumerate(table["b"]) if edge <= b + SNAP]
    if not columns:
        return None
    column = columns[-1]
    beside = rows_beside(a, table["a"])
    row = max(beside, key=lambda index: table["c"][index][column])
    edge, height, c = table["b"][column], table["a"][row], table["c"][row][column]
    en, fr = [], []
    if abs(edge - b) > SNAP:
        en.append(f"b = {b:g} is not a column: the next lower one, {edge}, is the safer")
        fr.append(f"b = {b:g} n'est pas une colonne : la colonne inférieure, {edge}, est la plus sûre")
    if len(beside) == 2:
        pair = [table["a"][index] for index in beside]
        other = table["c"][beside[0] if row == beside[1] else beside[1]][column]
        en.append(
            f"a = {a:g} lies between rows {pair[0]} and {pair[1]}: row {height} asks {c}, the other {other}"
        )
        fr.append(
            f"a = {a:g} est entre les lignes {pair[0]} et {pair[1]} : la ligne {height} exige {c}, l'autre {other}"
        )
    elif abs(height - a) > SNAP:
        en.append(f"a = {a:g} is above the table: its last row, {height}, holds")
        fr.append(f"a = {a:g} dépasse le tableau : sa dernière ligne, {height}, vaut")
    if not en:
        en.append(f"row a = {height} and column b = {edge} are printed")
        fr.append(f"la ligne a = {height} et la colonne b = {edge} sont imprimées")
    return Cell(float(c), float(height), float(edge), tuple(float(table["a"][i]) for i in beside),
                both("; ".join(en), " ; ".join(fr)))  # fmt: skip
