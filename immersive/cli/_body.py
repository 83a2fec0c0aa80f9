"""``immersive body``: the body dimensions of percentile persons, as the manikin has them."""

from __future__ import annotations

import argparse
from typing import Any

from immersive.cli._common import as_json, check_writable, rounded, write_text


def run(arguments: argparse.Namespace) -> int:
    """Print or write the dimensions of one or more persons."""
    from immersive.human.anthropometry import dimension_names
    from immersive.human.percentiles import percentile_people

    check_writable(arguments.json)
    people = percentile_people(arguments.words, dimensions=arguments.dimensions)
    names = dimension_names()
    if arguments.json:
        document: dict[str, Any] = {
            "schema": "immersive.body/1",
            "how": dict(people.how),
            "source": people.source,
            "people": [
                {
                    "id": word,
                    "sex": "female" if people.female[i] else "male",
                    "dimensions": {name: float(people[name][i]) for name in names},
                }
                for i, word in enumerate(people.ids)
            ],
        }
        write_text(arguments.json, as_json(rounded(document, 5)))
        return 0
    lang: str = arguments.lang
    width = max(map(len, names)) + 4
    mark = "," if lang == "fr" else "."
    print(" " * width + "".join(f"{word:>9}" for word in people.ids))
    for name in names:
        mass = name == "body mass"
        cells = (f"{value:.1f}" if mass else f"{1000.0 * value:.0f}" for value in people[name])
        unit = "kg" if mass else "mm"
        print(f"{name:{width - 3}}{unit} " + "".join(f"{cell.replace('.', mark):>9}" for cell in cells))
    bare = {
        "en": "bare and erect, without shoes or clothing",
        "fr": "corps nu et droit, sans chaussures ni vêtements",
    }
    print(f"\n{people.how[lang]}\n{people.source}\n{bare[lang]}")
    return 0
