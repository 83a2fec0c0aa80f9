"""Results kept within a run: those of the same values, never another's, and no more than asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from immersive.human._kept import Kept
from immersive.human.links import links_of
from immersive.human.people import Allowances
from immersive.human.population import percentile_people
from immersive.human.posing import Stance, Target
from immersive.human.reach_ik import solve_reach
from immersive.human.volume import capsules_of


def test_makes_once_and_forgets_the_longest_unused() -> None:
    made: list[str] = []
    kept = Kept[str](2)

    def make(name: str) -> str:
        made.append(name)
        return name.upper()

    def ask(name: str) -> str:
        return kept.of(name, lambda: make(name))

    assert [ask(name) for name in "aabac"] == ["A", "A", "B", "A", "C"]
    assert made == ["a", "b", "c"]
    assert ask("a") == "A"
    assert made == ["a", "b", "c"]
    assert ask("b") == "B"
    assert made == ["a", "b", "c", "b"]


def test_volumes_are_of_the_people_asked_for() -> None:
    people = percentile_people(["F05", "M95"])
    links = links_of(people)
    shape = capsules_of(people, links)
    assert capsules_of(percentile_people(["F05", "M95"]), links.copy()) is shape
    thick = capsules_of(replace(people, allowances=Allowances(clothing=0.02)), links)
    np.testing.assert_allclose(thick.start_radius - shape.start_radius, 0.02, atol=1e-12)
    wide = {**people.dimensions, "waist breadth": people.dimensions["waist breadth"] + 0.1}
    wider = capsules_of(replace(people, dimensions=wide), links)
    assert np.abs(wider.ends - shape.ends).max() + np.abs(wider.end_radius - shape.end_radius).max() > 0.01
    short = capsules_of(people, 0.9 * links)
    assert np.abs(short.ends - shape.ends).max() > 0.01


def test_postures_do_not_depend_on_who_was_asked_before() -> None:
    people = percentile_people(["F05", "M95"])
    links = links_of(people)
    low, high = Target((0.1, 0.45, 0.4)), Target((0.2, 0.5, 1.3))
    here, there = Stance((0.0, 0.0, 0.0), np.pi / 2), Stance((0.0, 0.0, 0.1), np.pi / 2)
    first = solve_reach(people, links, here, [low])
    for stance, rows in ((there, links), (here, 0.95 * links)):
        other = solve_reach(people, rows, stance, [low])
        assert np.abs(other.angles - first.angles).max() > 1e-3
    both = solve_reach(people, links, here, [low, high])
    one = solve_reach(people.pick([1]), links[1:], here, [low])
    np.testing.assert_array_equal(both.angles[:, 0], first.angles[:, 0])
    np.testing.assert_array_equal(one.angles[0, 0], first.angles[1, 0])
    again = solve_reach(people, links, here, [low], threads=1)
    np.testing.assert_array_equal(again.angles, first.angles)
