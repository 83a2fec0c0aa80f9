"""Material libraries of OBJ files: names and diffuse colours. Optional: a part without colour is fine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from immersive.errors import InputError
from immersive.formats._base import Folder
from immersive.formats._meshes import notice
from immersive.scene.model import Notice, Severity

Color = tuple[float, float, float, float]

MAX_BYTES: Final = 16 << 20
"""A library of names and colours is far smaller."""


def read_libraries(
    folder: Folder, relative: str, statements: Iterable[str]
) -> tuple[dict[str, Color], tuple[str, ...], list[Notice]]:
    """The materials of all ``mtllib`` statements of a file.

    Returns:
        Material name → colour, the files read, and notices about those that were not.
    """
    materials: dict[str, Color] = {}
    references: list[str] = []
    notices: list[Notice] = []
    missing: list[str] = []
    for statement in dict.fromkeys(statements):
        for name in _file_names(folder, relative, statement):
            try:
                located = folder.locate(name, base=relative)
                if not folder.exists(located):
                    missing.append(name)
                    continue
                data = folder.read(located, wanted_by=relative, limit=MAX_BYTES)
            except InputError as error:
                notices.append(
                    notice(
                        "reference-refused",
                        Severity.WARNING,
                        relative,
                        "Material library {name} was not read: {why}.",
                        "Bibliothèque de matériaux {name} non lue : {why}.",
                        name=repr(name),
                        why=error.defect,
                        data={"file": name},
                    )
                )
                continue
            references.append(located)
            materials |= _parse(data)
    if missing:
        notices.append(
            notice(
                "colors-missing",
                Severity.INFO,
                relative,
                "Material library {names} is absent; parts keep no colour.",
                "Bibliothèque de matériaux {names} absente ; les pièces restent sans couleur.",
                names=", ".join(map(repr, missing[:5])),
                data={"files": missing[:20]},
            )
        )
    return materials, tuple(dict.fromkeys(references)), notices


def _file_names(folder: Folder, relative: str, statement: str) -> list[str]:
    """One name that holds blanks, or several names: the specification allows several."""
    words = statement.split()
    if len(words) > 1:
        try:
            if folder.exists(folder.locate(statement, base=relative)):
                return [statement]
        except InputError:
            pass
    return words


def _parse(data: bytes) -> dict[str, Color]:
    found: dict[str, Color] = {}
    name: str | None = None
    red = green = blue = 0.8
    alpha = 1.0

    def keep() -> None:
        if name is not None:
            found[name] = (red, green, blue, alpha)

    for line in data.decode("utf-8-sig", "replace").splitlines():
        word, _, rest = line.strip().partition(" ")
        word = word.lower()
        try:
            if word == "newmtl":
                keep()
                name, (red, green, blue, alpha) = rest.strip(), (0.8, 0.8, 0.8, 1.0)
            elif word == "kd":
                red, green, blue = (_fraction(value) for value in rest.split()[:3])
            elif word == "d":
                alpha = _fraction(rest.split()[-1])
            elif word == "tr":
                alpha = 1.0 - _fraction(rest.split()[-1])
        except (ValueError, IndexError):
            continue  # "Kd spectral …" and the like: the colour stays as it was
    keep()
    return found


def _fraction(word: str) -> float:
    value = float(word)
    if value != value:
        raise ValueError(word)
    return min(max(value, 0.0), 1.0)
