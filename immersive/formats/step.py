"""Reads STEP (ISO 10303-21) through the OCCT kernel of the optional package cascadio.

The kernel works in a child process under limits of time and memory and hands back GLB, which our
own glTF reader reads. Its GLB is in metres and not turned: axes are the file's own. What the
kernel keeps silent about (files cut off, references to nothing, parts without shape) is found in
the file's text, see :mod:`immersive.formats._step_text`.

The kernel takes its linear deflection in millimetres whatever unit the file has (verified on
cylinders in files of mm, inch and metre), and mostly keeps it. What a mesh really keeps is
measured where its surfaces are elementary and stated in ``Mesh.deflection``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from immersive.errors import (
    ImmersiveError,
    InputError,
    LimitError,
    MissingExtraError,
    UnsupportedError,
)
from immersive.findings import text
from immersive.formats import _step_deviation, _step_worker, gltf
from immersive.formats._base import Folder, Format, Instance, Model, ReadOptions
from immersive.formats._gltf_accessors import Accessors
from immersive.formats._gltf_json import Item
from immersive.formats._step_text import StepText, scan
from immersive.geometry.frames import scaling
from immersive.scene.model import FloatArray, IntArray, Mesh, Notice, Severity
from immersive.units import LENGTH_UNITS

SECONDS_LEAST: Final = 60.0
SECONDS_PER_MEGABYTE: Final = 30.0
"""Time limit for the kernel: real files take 0.4 to 1 s a megabyte, fine deflections ten times that."""

MEMORY_LEAST: Final = 4 << 30
MEMORY_PER_BYTE: Final = 512
"""Memory limit for the kernel: real files take about 100 bytes for each byte of text."""

_UNNAMED = re.compile(r"(NAUO\d+|=>\[[\d:]*\])?")
_FIRST = 8
_HEADER_BYTES: Final = 16_384
_FOREIGN_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'(IFC[^']*)'", re.IGNORECASE)
"""IFC uses the same text envelope as STEP (ISO 10303-21) with quite other entities."""


class _NoShapeError(InputError):
    """The kernel ran through and made nothing."""


def read(folder: Folder, relative: str, options: ReadOptions) -> Model:
    """Read one STEP file.

    Args:
        folder: Where the file is; nothing else is read, whatever the file refers to.
        relative: The file.
        options: ``deflection`` and ``angular_deflection`` of the tessellation.

    Returns:
        Parts with their names, colours and assembly path, in the file's own unit, Z up. Meshes
        are in metres and shared between equal parts; ``Mesh.deflection`` is in metres.

    Raises:
        MissingExtraError: cascadio is not installed.
        InputError: No STEP file, cut off, or the kernel cannot make a shape of it.
        UnsupportedError: A building model (IFC).
        LimitError: The kernel took more time or memory than a sound file of this size needs.
    """
    data = folder.read(relative)
    schema = _FOREIGN_SCHEMA.search(data[:_HEADER_BYTES])
    if schema is not None:
        raise UnsupportedError(
            relative,
            f"is a building model ({schema.group(1).decode()}) in a STEP envelope; IFC is not read",
            hint="export the building as glTF, STEP or COLLADA",
        )
    file = scan(relative, data)
    notices = _text_notices(relative, file)
    if not file.defined:
        return Model((), unit="mm", unit_origin="format", up_axis="Z", notices=(_empty(relative), *notices))
    if importlib.util.find_spec("cascadio") is None:
        raise MissingExtraError("cascadio", "step", f"reading the STEP file {relative}")
    try:
        converted = _convert(relative, data, options)
    except _NoShapeError:
        if file.has_shape:
            raise
        return Model(
            (),
            unit=file.unit or "mm",
            unit_origin="file" if file.unit else "format",
            up_axis="Z",
            notices=(_empty(relative), *notices),
        )

    labels = file.structure.labels

    def rename(name: str) -> str:
        return labels.get(name, "") if _UNNAMED.fullmatch(name) else name

    def deviation(primitive: Item, positions: FloatArray, faces: IntArray, accessors: Accessors) -> float:
        return max(options.deflection, _step_deviation.measured(primitive, positions, faces, accessors))

    try:
        model = gltf.read_bytes(
            folder,
            relative,
            converted,
            identity=hashlib.sha256(converted).hexdigest(),
            deviation=deviation,
            rename=rename,
        )
    except InputError as error:
        raise InputError(relative, f"the geometry kernel gave damaged data: {error.defect}") from error
    unit = file.unit
    # Without a (single) unit the kernel takes millimetres for the numbers.
    in_unit = scaling(1.0 / LENGTH_UNITS[unit or "mm"])
    states_several = len(file.length_units) > 1 or (unit is None and bool(file.length_units))
    if states_several:
        unit, in_unit = "m", np.eye(4)
    instances = tuple(_in_unit(instance, in_unit) for instance in model.instances)
    kept = tuple(notice for notice in model.notices if notice.code not in ("renamed", "unknown-extension"))
    return Model(
        instances,
        unit=unit,
        unit_origin="file" if unit else "",
        up_axis="Z",
        notices=(
            *notices,
            *_result_notices(relative, file, instances),
            *_coarse(relative, instances, options),
            *kept,
        ),
    )


def _in_unit(instance: Instance, in_unit: FloatArray) -> Instance:
    matrix = in_unit @ instance.file_from_mesh
    matrix.flags.writeable = False
    return replace(instance, file_from_mesh=matrix)


def _convert(relative: str, data: bytes, options: ReadOptions) -> bytes:
    """GLB from STEP, made by a child process."""
    seconds = SECONDS_LEAST + SECONDS_PER_MEGABYTE * len(data) / 1e6
    memory = MEMORY_LEAST + MEMORY_PER_BYTE * len(data)
    with tempfile.TemporaryDirectory(prefix="immersive-step-", ignore_cleanup_errors=True) as scratch:
        source, target, log = (Path(scratch) / name for name in ("in.step", "out.glb", "log"))
        # The kernel opens other files that a DOCUMENT_FILE names; an entity it does not know it leaves alone.
        source.write_bytes(re.sub(rb"=(\s*)DOCUMENT_FILE\b", rb"=\1DOCUMENT_FILX", data))
        command = [
            sys.executable or "python",
            "-P",
            str(Path(_step_worker.__file__).resolve()),
            str(source),
            str(target),
            repr(options.deflection * 1000.0),
            repr(options.angular_deflection),
            str(memory),
        ]
        try:
            with log.open("wb") as sink:
                done = subprocess.run(
                    command,
                    cwd=scratch,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    timeout=seconds,
                    check=False,
                    env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                )
        except subprocess.TimeoutExpired:
            raise LimitError(
                relative,
                f"the geometry kernel had not finished after {seconds:.0f} s",
                hint="a coarser deflection needs less time",
            ) from None
        except OSError as error:
            raise ImmersiveError(f"the STEP converter cannot be started: {error}") from error
        if done.returncode == 0 and target.is_file():
            return target.read_bytes()
        if done.returncode == _step_worker.NO_PACKAGE:
            raise MissingExtraError("cascadio", "step", f"reading the STEP file {relative}")
        told = log.read_bytes()[-4000:].decode("utf-8", "replace")
    if done.returncode == _step_worker.NO_MEMORY or "bad_alloc" in told or "MemoryError" in told:
        raise LimitError(relative, f"the geometry kernel needed more than {memory >> 30} GiB")
    if done.returncode == _step_worker.NO_SHAPE:
        raise _NoShapeError(relative, "the geometry kernel found no shape in it that it can read")
    how = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    raise InputError(
        relative,
        f"the geometry kernel broke down on it ({how}{': ' + lines[-1][:200] if lines else ''})",
        hint="open it in a CAD program and export it again",
    )


def _empty(relative: str) -> Notice:
    return Notice(
        "step-empty",
        Severity.WARNING,
        relative,
        text("The STEP file holds no shape.", "Le fichier STEP ne contient aucune forme."),
    )


def _text_notices(relative: str, file: StepText) -> tuple[Notice, ...]:
    found = []
    if not file.ended:
        found.append(
            Notice(
                "step-not-ended",
                Severity.WARNING,
                relative,
                text(
                    "END-ISO-10303-21 is missing at the end of the file, though its data are complete.",
                    "END-ISO-10303-21 manque à la fin du fichier, mais ses données sont complètes.",
                ),
            )
        )
    if file.undefined:
        kinds = sorted(file.broken_kinds.items(), key=lambda item: (-item[1], item[0]))
        found.append(
            Notice(
                "step-dangling",
                Severity.ERROR,
                relative,
                text(
                    "{count} entities are referred to but not in the file (first: {first}); shapes that need "
                    "them are missing or incomplete. Concerned are {kinds}.",
                    "{count} entités sont référencées mais absentes du fichier (les premières : {first}) ; les "
                    "formes qui en dépendent manquent ou sont incomplètes. Sont touchées {kinds}.",
                    count=len(file.undefined),
                    first=", ".join(f"#{number}" for number in file.undefined[:_FIRST]),
                    kinds=", ".join(f"{count} {kind}" for kind, count in kinds[:_FIRST]),
                ),
                place=f"#{file.undefined[0]}",
                data={"count": len(file.undefined), "kinds": dict(kinds)},
            )
        )
    if file.external_files:
        names = file.external_files
        found.append(
            Notice(
                "step-external",
                Severity.ERROR,
                relative,
                text(
                    "Parts of this assembly lie in {count} other files, which were not read: {names}",
                    "Des pièces de cet assemblage sont dans {count} autres fichiers, qui n’ont pas été lus : {names}",
                    count=len(names),
                    names=", ".join(names[:_FIRST]),
                ),
                data={"count": len(names)},
            )
        )
    return tuple(found)


def _result_notices(relative: str, file: StepText, instances: tuple[Instance, ...]) -> tuple[Notice, ...]:
    """Compare what the product structure announces with what came out."""
    found = []
    if len({round(metres, 12) for metres in file.length_units}) > 1:
        shown = ", ".join(f"{metres:g} m" for metres in sorted(file.length_units))
        found.append(
            Notice(
                "step-several-units",
                Severity.INFO,
                relative,
                text(
                    "The file uses several length units ({shown}); all of it was converted to metres.",
                    "Le fichier emploie plusieurs unités de longueur ({shown}) ; tout a été converti en mètres.",
                    shown=shown,
                ),
            )
        )
    announced = file.structure.leaves()
    if announced is None:
        found.append(
            Notice(
                "step-structure",
                Severity.WARNING,
                relative,
                text(
                    "The product structure contains itself or has no end; the number of parts cannot be verified.",
                    "La structure de produit se contient elle-même ou est sans fin ; le nombre de pièces est "
                    "invérifiable.",
                ),
            )
        )
        return tuple(found)
    total = sum(announced.values())
    if len(instances) < total:
        there = Counter(instance.mesh.name for instance in instances)
        lost = {name: count - there[name] for name, count in announced.items() if there[name] < count}
        named = ", ".join(f"{count} × {name}" for name, count in sorted(lost.items())[:_FIRST])
        found.append(
            Notice(
                "step-parts-missing",
                Severity.ERROR if file.undefined else Severity.WARNING,
                relative,
                text(
                    "The file places {total} parts, but only {count} have a shape. Without one: {named}",
                    "Le fichier place {total} pièces, mais {count} seulement ont une forme. Sans forme : {named}",
                    total=total,
                    count=len(instances),
                    named=named or "?",
                ),
                data={"announced": total, "found": len(instances), "missing": lost},
            )
        )
    return tuple(found)


def _coarse(relative: str, instances: tuple[Instance, ...], options: ReadOptions) -> tuple[Notice, ...]:
    """Say where the kernel did not keep the deflection that was asked for."""
    meshes: dict[int, Mesh] = {id(instance.mesh): instance.mesh for instance in instances}
    over = [mesh for mesh in meshes.values() if mesh.deflection > options.deflection * 1.000001]
    if not over:
        return ()
    worst = max(over, key=lambda mesh: mesh.deflection)
    return (
        Notice(
            "step-deflection",
            Severity.INFO,
            relative,
            text(
                "{count} shapes deviate further from the true surface than the {asked} mm asked for: up to "
                "{worst} mm ({name}). This is counted as their uncertainty.",
                "{count} formes s’écartent de la surface exacte de plus des {asked} mm demandés : jusqu’à "
                "{worst} mm ({name}). C’est compté dans leur incertitude.",
                count=len(over),
                asked=f"{options.deflection * 1000.0:g}",
                worst=f"{worst.deflection * 1000.0:.3g}",
                name=worst.name or "?",
            ),
            data={"count": len(over), "worst_m": worst.deflection},
        ),
    )


def _sniff(head: bytes) -> bool:
    return re.match(rb"(?:\xef\xbb\xbf)?\s*(?:/\*.*?\*/\s*)*ISO-10303-21\s*;", head, re.DOTALL) is not None


FORMATS: Final = (
    Format(
        "step",
        "STEP (ISO 10303-21)",
        (".step", ".stp", ".p21"),
        _sniff,
        read,
        version=2,
        options_used=("deflection", "angular_deflection"),
    ),
)
