"""The measured people that a layout's populations name: each file read once."""

from __future__ import annotations

from dataclasses import dataclass, field

from immersive.errors import InputError
from immersive.formats.layout.files import Files
from immersive.formats.layout.normalise import Mistake
from immersive.formats.layout.read import LayoutFile
from immersive.scene.model import Notice, Source
from immersive.scene.station import MeasuredTable


@dataclass
class Populations:
    """What was read.

    Attributes:
        tables: Index of the population → its people.
        sources, notices: Of the files, each once.
        mistakes: Files that cannot be used.
    """

    tables: dict[int, MeasuredTable] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def read_populations(found: LayoutFile, files: Files) -> Populations:
    """Read the file of every population whose source is one. People without figures are nobody: a file that is
    absent or wrong is a mistake of the layout, unlike a missing shape.
    """
    out = Populations()
    seen: dict[str, MeasuredTable] = {}
    for i, population in enumerate(found.layout.populations):
        if population.source == "ansur2":
            continue
        from immersive.formats.people import read_people_file

        try:
            located = files.locate(population.source)
            if located.shown not in seen:
                table, source, notices = read_people_file(
                    located.folder, located.relative, shown=located.shown
                )
                seen[located.shown] = table
                out.sources.append(source)
                out.notices += notices
            out.tables[i] = seen[located.shown]
        except InputError as error:
            out.mistakes.append(found.mistake(("populations", i, "source"), str(error).replace("\n ", ";")))
    return out
