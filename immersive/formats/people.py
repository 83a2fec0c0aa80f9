"""Files of measured people, read into the populations of a scene."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from immersive.errors import InputError
from immersive.findings import text
from immersive.formats._base import Folder
from immersive.human.measured import head_count, left_out_words, read_table
from immersive.scene.model import Notice, Scene, Severity, Source
from immersive.scene.station import MeasuredTable, Population

MAX_BYTES = 256 << 20
"""Largest file of people that is read."""


def read_people_file(
    folder: Folder, relative: str, /, *, shown: str = ""
) -> tuple[MeasuredTable, Source, tuple[Notice, ...]]:
    """A CSV file of people, as a source with its hash, and what has to be told of it.

    Args:
        folder: It may be read from.
        relative: Its path there.
        shown: Its name for messages and reports; ``relative`` if empty.

    Raises:
        InputError: It cannot be used; names file, line, column and what is allowed.
    """
    file = shown or relative
    data = folder.read(relative, limit=MAX_BYTES)
    digest, size = folder.digests[relative]
    table = read_table(data, file=file)
    source = Source(file, digest, size, "people", "", "file", up_axis="")
    who = head_count(table)
    told = [
        (
            Severity.INFO,
            "people-read",
            text("{who} measured one by one", "{who}, mesures individuelles", who=who),
        ),
        *((Severity.WARNING, "people-left-out", words) for words in left_out_words(table)),
        *((Severity.INFO, "people-table", words) for words in table.notes),
    ]
    women = int(table.female.sum())
    data_of = {"people-read": {"women": women, "men": len(table.ids) - women}}
    notices = tuple(
        Notice(code, level, file, words, data=data_of.get(code, {})) for level, code, words in told
    )
    return table, source, notices


def with_population(scene: Scene, path: str | os.PathLike[str], /) -> Scene:
    """The same scene for other people: every population is the measured people of one file.

    Allowances and the percentiles that bound a population stay; a layout without population gets one. Where there
    is no workstation nobody works, and a warning says that the people are not used.

    Args:
        scene: From :func:`immersive.load`.
        path: CSV file of people, see :func:`immersive.human.measured.read_table`.

    Raises:
        InputError: The file cannot be used.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(path, "is a folder, not a file" if file.is_dir() else "does not exist")
    # A link is followed once, here: the user named it.
    real = file.resolve()
    folder = Folder(real.parent)
    table, source, notices = read_people_file(folder, real.name)
    station = scene.station
    if station is None or not station.workstations:
        unused = Notice(
            "people-unused",
            Severity.WARNING,
            source.file,
            text(
                "The measured people are not used: the cell has no workstation",
                "Les personnes mesurées ne sont pas utilisées : la cellule n'a aucun poste de travail",
            ),
        )
        notices = (*notices, unused)
    if station is not None:
        old = station.populations or (Population("measured"),)
        new = tuple(
            replace(p, source=source.file, table=table, people="individuals", share_of_women=None)
            for p in old
        )
        station = replace(station, populations=new)
    sources = tuple(s for s in scene.sources if s.file != source.file)
    return replace(scene, sources=(*sources, source), notices=(*scene.notices, *notices), station=station)
