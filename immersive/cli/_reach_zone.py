"""``immersive reach-zone``: the volume that a person reaches from a workstation, as a mesh."""

from __future__ import annotations

import argparse

from immersive.cli._common import as_json, check_writable, read_options, rounded, write_text
from immersive.errors import UsageError, choices, suggestion


def run(arguments: argparse.Namespace) -> int:
    """Write the zone as STL; say how large it is."""
    check_writable(arguments.output, arguments.json)
    if arguments.output == "-":
        raise UsageError("the mesh is binary: name a file, not standard output")
    import numpy as np

    from immersive.formats.load import load

    scene = load(arguments.layout, options=read_options(arguments), root=arguments.root)
    stations = {} if scene.station is None else {s.id: s for s in scene.station.workstations}
    if not stations:
        raise UsageError(f"{arguments.layout} has no workstation")
    if arguments.station not in stations:
        raise UsageError(
            f"unknown workstation {arguments.station!r}{suggestion(arguments.station, stations)}; "
            f"the layout has {choices(stations)}"
        )
    from immersive.human.links import links_of
    from immersive.human.people import Allowances
    from immersive.human.percentiles import percentile_people
    from immersive.human.posing import stance_of
    from immersive.human.reach_zone import reach_zone, write_stl
    from immersive.scene.station import Population

    assert scene.station is not None
    population = next(iter(scene.station.populations), Population("default"))
    allowances = Allowances(population.shoe_height, population.clothing, population.slump)
    people = percentile_people([arguments.person or population.smallest], allowances=allowances)
    stance = stance_of(stations[arguments.station])
    if stance.posture == "sitting" and stance.seat_height is None:
        raise UsageError(f"workstation {arguments.station!r} is seated and its seat_height is not given")
    vertices, faces = reach_zone(
        people, links_of(people), stance, kind=arguments.kind, hand=arguments.hand, grasp=arguments.grasp,
        spacing=arguments.spacing_mm / 1000.0,
    )  # fmt: skip
    if not len(faces):
        raise UsageError("nothing is within reach: is the stance possible?")
    write_stl(arguments.output, vertices, faces)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    volume = float(abs((a * np.cross(b, c)).sum()) / 6.0)
    lower, upper = vertices.min(axis=0), vertices.max(axis=0)
    told = {
        "schema": "immersive.reach-zone/1",
        "workstation": arguments.station,
        "person": people.ids[0],
        "people_how": dict(people.how),
        "kind": arguments.kind,
        "hand": arguments.hand,
        "grasp": arguments.grasp,
        "unit": "m",
        "triangles": len(faces),
        "volume": volume,
        "bounds": [lower.tolist(), upper.tolist()],
        "obstacles": "not regarded",
    }
    if arguments.json:
        write_text(arguments.json, as_json(rounded(told, 5)))
    if arguments.json != "-":
        if arguments.lang == "fr":
            print(
                f"{arguments.output} : zone d'atteinte {_KINDS_FR[arguments.kind]} de {people.ids[0]} au poste "
                f"{arguments.station}, {f'{volume:.3f}'.replace('.', ',')} m³, {len(faces)} triangles, en mètres ; "
                "sans tenir compte des obstacles"
            )
        else:
            print(
                f"{arguments.output}: {arguments.kind} reach of {people.ids[0]} at {arguments.station}, "
                f"{volume:.3f} m³, {len(faces)} triangles, in metres; obstacles are not regarded"
            )
    return 0


_KINDS_FR = {"maximal": "maximale", "comfortable": "confortable"}
