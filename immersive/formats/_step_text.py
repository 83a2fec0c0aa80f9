"""What the text of a STEP file says about itself: is it whole, its length unit, its product structure.

The geometry kernel is silent about what it cannot read, so this is how a damaged file is told
from a sound one. Source: ISO 10303-21 (clear text encoding), and of the application protocols
only the entities for units (ISO 10303-41) and product structure (ISO 10303-44).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from immersive.errors import InputError
from immersive.units import LENGTH_UNITS

# Every pattern here is bounded or possessive: a hostile file must not make the search quadratic.
_QUIET = re.compile(rb"'[^']*(?:'|\Z)|/\*.*?(?:\*/|\Z)", re.DOTALL)
_SHAPE = re.compile(
    rb"\b(ADVANCED_FACE|FACE_SURFACE|MANIFOLD_SOLID_BREP|SHELL_BASED_SURFACE_MODEL|FACETED_BREP"
    rb"|TESSELLATED_\w+|TRIANGULATED_\w+|BREP_WITH_VOIDS|CSG_SOLID|EXTRUDED_AREA_SOLID)\s*\("
)
_PREFIXES = {
    b"EXA": 1e18, b"PETA": 1e15, b"TERA": 1e12, b"GIGA": 1e9, b"MEGA": 1e6, b"KILO": 1e3, b"HECTO": 1e2,
    b"DECA": 10.0, b"DECI": 0.1, b"CENTI": 0.01, b"MILLI": 1e-3, b"MICRO": 1e-6, b"NANO": 1e-9,
    b"PICO": 1e-12,
}  # fmt: skip


@dataclass(frozen=True)
class StepText:
    """One scanned file.

    Attributes:
        data: The file.
        bare: The same without strings and comments, so that what looks like syntax is syntax.
        defined: Entity numbers.
        undefined: Numbers that are referred to and not there.
    """

    data: bytes
    bare: bytes
    defined: frozenset[int]
    undefined: tuple[int, ...]
    ended: bool

    @cached_property
    def has_shape(self) -> bool:
        return _SHAPE.search(self.bare) is not None

    @cached_property
    def broken_kinds(self) -> dict[str, int]:
        """Kind of entity → how many of it refer to something that is not there."""
        missing = set(self.undefined)
        found: dict[str, int] = {}
        for record in self.bare.split(b";") if missing else ():
            numbers = {int(n) for n in re.findall(rb"#(\d{1,18})", record)}
            if numbers & missing:
                kind = re.search(rb"=\s*\(?\s*([A-Z_0-9]+)", record)
                name = kind[1].decode() if kind else "?"
                found[name] = found.get(name, 0) + 1
        return found

    @cached_property
    def external_files(self) -> tuple[str, ...]:
        """Names of other files that hold parts of this one."""
        pattern = rb"=\s*DOCUMENT_FILE\s*\(\s*'([^']{0,4096}+)'"
        return tuple(plain(match[1]) or "?" for match in re.finditer(pattern, self.data))

    def records(self, kind: str) -> dict[int, bytes]:
        """Entity number → text between the parentheses, for simple entities of one kind."""
        pattern = rb"#(\d{1,18})\s*=\s*" + kind.encode() + rb"\s*\(((?:'[^']{0,4096}+'|[^';]++){0,256}+);"
        return {int(m[1]): m[2] for m in re.finditer(pattern, self.data)}

    @cached_property
    def length_units(self) -> frozenset[float]:
        """Metres in one unit, for each unit that a shape's context uses."""
        found = set()
        for context in re.finditer(rb"GLOBAL_UNIT_ASSIGNED_CONTEXT\s*\(\s*\(([^)]{0,2000})\)", self.bare):
            for number in re.findall(rb"#(\d{1,18})", context[1]):
                metres = self._metres(int(number), 0)
                if metres is not None:
                    found.add(metres)
        return frozenset(found)

    @cached_property
    def _units(self) -> dict[int, bytes]:
        pattern = (
            rb"#(\d{1,18})\s*=\s*"
            rb"(\([^;]{0,1000}\bLENGTH_UNIT\s*\([^;]{0,1000}|LENGTH_MEASURE_WITH_UNIT\s*\([^;]{0,1000});"
        )
        return {int(match[1]): match[2] for match in re.finditer(pattern, self.bare)}

    def _metres(self, number: int, depth: int) -> float | None:
        text = self._units.get(number)
        if text is None or depth > 4:
            return None
        metric = re.search(rb"SI_UNIT\s*\(\s*(?:\.(\w+)\.|\$)\s*,\s*\.METRE\.\s*\)", text)
        if metric:
            return _PREFIXES.get(metric[1], 1.0) if metric[1] else 1.0
        based = re.search(rb"CONVERSION_BASED_UNIT\s*\([^#]*#(\d{1,18})", text)
        if based is None:
            return None
        measure = self._units.get(int(based[1]), b"")
        factor = re.search(rb"MEASURE\s*\(\s*([-+0-9.Ee]+)\s*\)\s*,\s*#(\d{1,18})", measure)
        base = self._metres(int(factor[2]), depth + 1) if factor else None
        try:
            return None if factor is None or base is None else float(factor[1]) * base
        except ValueError:
            return None

    @property
    def unit(self) -> str | None:
        """Short name of the file's length unit; None if it states none, several, or an uncommon one."""
        if len({round(metres, 12) for metres in self.length_units}) != 1:
            return None
        (metres,) = {round(metres, 12) for metres in self.length_units}
        close = [name for name, value in LENGTH_UNITS.items() if abs(metres / value - 1.0) < 1e-6]
        return close[0] if close else None

    @cached_property
    def structure(self) -> Structure:
        """Products and how they are used in one another."""
        products = {n: first_text(text) for n, text in self.records("PRODUCT").items()}
        formations = {
            n: reference(text)
            for kind in (
                "PRODUCT_DEFINITION_FORMATION",
                "PRODUCT_DEFINITION_FORMATION_WITH_SPECIFIED_SOURCE",
            )
            for n, text in self.records(kind).items()
        }
        definitions = {}
        for kind in ("PRODUCT_DEFINITION", "PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS"):
            for number, text in self.records(kind).items():
                product = formations.get(reference(text), -1)
                definitions[number] = products.get(product, "")
        usages = []
        labels: dict[str, str] = {}
        for text in self.records("NEXT_ASSEMBLY_USAGE_OCCURRENCE").values():
            ends = re.findall(rb"#(\d{1,18})", _QUIET.sub(b"", text))
            words = [w.decode("latin-1").strip() for w in re.findall(rb"'((?:[^']|'')*)'", text)]
            if len(ends) >= 2:
                usages.append((int(ends[0]), int(ends[1])))
                if words and not any(words[1:2]):
                    # An unnamed use gets its identifier as a name ("NAUO7"): the product says more.
                    labels[words[0]] = definitions.get(int(ends[1]), "")
        return Structure(definitions, tuple(usages), {k: v for k, v in labels.items() if v})


@dataclass(frozen=True)
class Structure:
    """The product structure.

    Attributes:
        definitions: Entity number of a product definition → the product's name.
        usages: (parent definition, child definition), one for each use.
        labels: Identifier of an unnamed use → name of the product used.
    """

    definitions: dict[int, str]
    usages: tuple[tuple[int, int], ...]
    labels: dict[str, str] = field(default_factory=dict)

    def leaves(self, limit: int = 1_000_000) -> dict[str, int] | None:
        """Name of each product without components → how often it is placed; None if that has no end."""
        children: dict[int, list[int]] = {}
        for parent, child in self.usages:
            children.setdefault(parent, []).append(child)
        below = {child for _, child in self.usages}
        found: dict[str, int] = {}
        # Kahn's order: a definition is expanded when every use of it has been counted.
        waiting = dict.fromkeys(self.definitions, 0)
        for _, child in self.usages:
            waiting[child] = waiting.get(child, 0) + 1
        times = {number: 1 for number in self.definitions if number not in below}
        ready = list(times)
        while ready:
            number = ready.pop()
            if number not in children:
                name = self.definitions.get(number, "") or f"#{number}"
                found[name] = found.get(name, 0) + times[number]
            for child in children.get(number, ()):
                times[child] = times.get(child, 0) + times[number]
                waiting[child] -= 1
                if waiting[child] == 0:
                    ready.append(child)
        if any(waiting.values()) or sum(found.values()) > limit:
            return None
        return found


def scan(file: str, data: bytes) -> StepText:
    """Look through a STEP file.

    Raises:
        InputError: No STEP file, or cut off: the message says after which entity.
    """
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*(?:/\*.*?\*/\s*)*ISO-10303-21\s*;", data[:4096], re.DOTALL):
        raise InputError(file, "is not a STEP file: it does not begin with ISO-10303-21;")
    bare = _QUIET.sub(b"''", data)
    start = re.search(rb"\bDATA\s*(\([^;]{0,1000}\))?\s*;", bare)
    defined = frozenset(int(n) for n in set(re.findall(rb"#(\d{1,18})\s*=", bare)))
    referred = {int(n) for n in set(re.findall(rb"#(\d{1,18})", bare))}
    undefined = tuple(sorted(referred - defined))
    if start is None:
        raise InputError(file, "has no DATA section: it is cut off in its header, or holds no part")
    if re.search(rb"\bENDSEC\s*;", bare[start.end() :]) is None:
        last = re.findall(rb"#(\d{1,18})\s*=", bare[-65536:])
        where = f"after entity #{int(last[-1])}" if last else None
        missing = f"; {len(undefined):,} entities that it refers to are not there" if undefined else ""
        raise InputError(
            file,
            f"is cut off in its DATA section: ENDSEC and END-ISO-10303-21 are missing{missing}",
            place=where,
            hint="copy or export the file again",
        )
    ended = re.search(rb"END-ISO-10303-21\s*;", bare[start.end() :]) is not None
    return StepText(data, bare, defined, undefined, ended)


def reference(text: bytes) -> int:
    """The first entity number in the text of a record, or -1."""
    match = re.search(rb"#(\d{1,18})", _QUIET.sub(b"", text))
    return int(match[1]) if match else -1


def first_text(text: bytes) -> str:
    """The name in a PRODUCT record: its second text, or its first where that is blank."""
    words = [plain(word) for word in re.findall(rb"'((?:[^']|'')*)'", text)]
    return next((word for word in (*words[1:2], *words[:1]) if word), "")


def plain(text: bytes) -> str:
    r"""A STEP string as text: doubled quotes, ``\X2\…\X0\`` and ``\X\hh`` undone (ISO 10303-21, 6.4.3)."""

    def wide(match: re.Match[str]) -> str:
        try:
            return bytes.fromhex(match[1]).decode("utf-16-be", "replace")
        except ValueError:
            return match[0]

    found = text.decode("utf-8", "replace").replace("''", "'")
    found = re.sub(r"\\X2\\([0-9A-Fa-f]+)\\X0\\", wide, found)
    found = re.sub(r"\\X\\([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), found)
    return found.replace("\\\\", "\\").strip()
