"""All commands and their options, on argparse alone so that ``--help`` is quick."""

from __future__ import annotations

import argparse

from immersive import __version__

_EPILOG = """exit codes: 0 clean, 1 findings, 2 the program could not do its job

examples:
  immersive check layouts/assembly_cell.toml --report review.html
  immersive import robot_cell.step -o cell/cell.toml && immersive check cell/cell.toml
  immersive info gripper.stl --unit mm
"""


def _json_option(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--json", metavar="FILE", help="write JSON to FILE, or to standard output alone with -")


def _reading_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--unit", metavar="UNIT", help="length unit of files that state none: m, cm, mm, in, ft …"
    )
    sub.add_argument(
        "--up", metavar="AXIS", choices=["Z", "Y", "z", "y"], help="up axis of files that state none"
    )
    sub.add_argument(
        "--root",
        metavar="DIR",
        help="folder that a CAD file's references may lie in (default: the file's own folder or ROS package); layouts have none",
    )
    sub.add_argument("--no-cache", action="store_true", help="parse every file anew")


def parser() -> argparse.ArgumentParser:
    """The program's argument parser; each command names the module that runs it."""
    top = argparse.ArgumentParser(
        prog="immersive",
        description="Stand inside a production cell before it exists, and check it against published methods.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("-V", "--version", action="version", version=f"immersive {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, text: str, module: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.set_defaults(module=module)
        return sub

    sub = command("check", "examine a cell and report what fails, by how much, against which rule", "_check")
    sub.add_argument(
        "layout", metavar="LAYOUT", help="layout file (.toml), or an assembly to check with default rules"
    )
    sub.add_argument(
        "--only", metavar="CODE", action="append", default=[], help="run this check alone (repeatable)"
    )
    _json_option(sub)
    sub.add_argument(
        "--population",
        metavar="FILE.csv",
        help="examine it for the measured people of this table (raw ANSUR II survey, or sex, stature_mm and other "
        "ISO 7250-1 names) in place of the layout's populations",
    )
    sub.add_argument("--report", metavar="FILE.html", help="write a self-contained HTML report")
    sub.add_argument("--junit", metavar="FILE", help="write JUnit XML for CI")
    sub.add_argument("--csv", metavar="FILE", help="write one line per finding")
    sub.add_argument(
        "--lang", choices=["en", "fr"], default="en", help="language of texts and report (default: en)"
    )
    sub.add_argument(
        "--fail-on",
        choices=["error", "warning"],
        default="warning",
        help="least severity that gives exit code 1 (default: warning)",
    )
    sub.add_argument("--stamp", action="store_true", help="put date and time into JSON and report")
    sub.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    _reading_options(sub)

    sub = command("info", "describe a CAD file or a layout: units, parts, triangles, box, defects", "_info")
    sub.add_argument("file", metavar="FILE")
    sub.add_argument("--parts", action="store_true", help="list every part")
    _json_option(sub)
    _reading_options(sub)

    sub = command("distance", "minimum distance between two files, with witness points", "_distance")
    sub.add_argument("a", metavar="A")
    sub.add_argument("b", metavar="B")
    _json_option(sub)
    _reading_options(sub)

    sub = command(
        "import", "make a layout from a CAD assembly (GLB, STEP, URDF, placement.json …)", "_import"
    )
    sub.add_argument("source", metavar="SOURCE")
    sub.add_argument("-o", "--output", metavar="LAYOUT.toml", required=True)
    sub.add_argument("--force", action="store_true", help="replace an existing layout")
    _reading_options(sub)

    sub = command(
        "accept", "say in a layout that findings are no faults, until their parts change", "_accept"
    )
    sub.add_argument("layout", metavar="LAYOUT")
    sub.add_argument(
        "findings", metavar="FINDING_ID", nargs="*", help="id of a finding, as printed by check (12 signs)"
    )
    sub.add_argument("--reason", metavar="TEXT", help="why it is no fault")
    sub.add_argument("--by", metavar="NAME", help="who says so")
    sub.add_argument("--date", metavar="YYYY-MM-DD", help="when (default: today)")
    sub.add_argument(
        "--list", action="store_true", help="list what the layout accepts, and whether it still holds"
    )
    sub.add_argument(
        "--remove",
        metavar="FINDING_ID",
        action="append",
        default=[],
        help="take an acceptance out (repeatable)",
    )
    sub.add_argument("--lang", choices=["en", "fr"], default="en")
    _reading_options(sub)

    sub = command("diff", "compare two JSON reviews: new, persisting and resolved findings", "_diff")
    sub.add_argument("old", metavar="OLD.json")
    sub.add_argument("new", metavar="NEW.json")
    sub.add_argument("--lang", choices=["en", "fr"], default="en")
    _json_option(sub)

    sub = command("score", "work cases of a posture or lifting method: rula, reba, owas, niosh …", "_score")
    sub.add_argument(
        "method",
        metavar="METHOD",
        help="rula, reba, owas, niosh, iso11226, en1005-4, iso13857, iso13855, iso13854, walkway",
    )
    sub.add_argument(
        "file", metavar="FILE.json|-", nargs="?", help="one case or a list of cases; - for standard input"
    )
    sub.add_argument("--fields", action="store_true", help="print what a case may hold, and what is allowed")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the JSON list to FILE")

    sub = command("body", "print the body dimensions of percentile persons (ANSUR II)", "_body")
    sub.add_argument(
        "words", metavar="PERSON", nargs="+", help="sex and percentile of stature: F05, F50, M97.5 …"
    )
    sub.add_argument(
        "--dimensions",
        choices=["conditional", "proportional"],
        default="conditional",
        help="the others: mean of persons of that stature (default), or the sex's means scaled with stature",
    )
    sub.add_argument("--lang", choices=["en", "fr"], default="en")
    _json_option(sub)

    sub = command(
        "reach-zone", "write what a person reaches from a workstation as a mesh (STL, metres)", "_reach_zone"
    )
    sub.add_argument("layout", metavar="LAYOUT")
    sub.add_argument("station", metavar="WORKSTATION", help="id of a workstation of the layout")
    sub.add_argument("-o", "--output", metavar="FILE.stl", required=True, help="the mesh to write")
    sub.add_argument(
        "--person",
        metavar="PERSON",
        help="sex and percentile of stature, like F05; the population's smallest if absent",
    )
    sub.add_argument("--kind", choices=["comfortable", "maximal"], default="maximal")
    sub.add_argument("--hand", choices=["left", "right", "either", "both"], default="either")
    sub.add_argument("--grasp", choices=["grip", "press", "pinch"], default="grip")
    sub.add_argument(
        "--spacing-mm",
        metavar="MM",
        type=float,
        default=80.0,
        help="of the lattice that is searched (default 80)",
    )
    sub.add_argument("--lang", choices=["en", "fr"], default="en")
    _json_option(sub)
    _reading_options(sub)

    sub = command("explain", "print what a check does, why, how, its limits and its sources", "_explain")
    sub.add_argument("code", metavar="CODE", nargs="?", help="a check, e.g. clearance; without it, the list")
    sub.add_argument("--lang", choices=["en", "fr"], default="en")

    sub = command("schema", "print the JSON Schema of the layout file, for editors", "_schema")
    sub.add_argument("-o", "--output", metavar="FILE", help="write it to FILE")

    sub = command("doctor", "say what works on this machine, and what is missing for the rest", "_doctor")
    _json_option(sub)
    return top
