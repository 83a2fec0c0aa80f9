"""The minimax hop against a plain Kruskal over all pairs, with many equal distances."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from immersive.geometry.bottleneck import Bottleneck, minimax_hop
from immersive.geometry.plan_distance import plan_distance


def _search(polygons: list[np.ndarray], *, reach: float, label: np.ndarray | None = None) -> Bottleneck:
    start = np.concatenate([[0], np.cumsum([len(p) for p in polygons])])
    group = np.full(len(polygons), -1)
    group[:2] = 0, 1
    return minimax_hop(
        np.concatenate(polygons), start, np.zeros(len(polygons), int), group, inner=np.array([0.0, 9.0]),
        reach=reach, label=label,
    )  # fmt: skip


def _kruskal(polygons: list[np.ndarray], reach: float) -> float:
    n = len(polygons)
    hops = sorted(
        (plan_distance(polygons[a], polygons[b])[0], a, b) for a, b in itertools.combinations(range(n), 2)
    )
    set_of = list(range(n))
    for hop, a, b in hops:
        if hop > reach:
            break
        old, new = set_of[a], set_of[b]
        set_of = [new if s == old else s for s in set_of]
        if set_of[0] == set_of[1]:
            return hop
    return np.inf


@pytest.mark.parametrize("spacing", [1.0, 0.0], ids=["lattice", "random"])
def test_agrees_with_kruskal(spacing: float) -> None:
    rng = np.random.default_rng(5)
    seen = set()
    for _ in range(40):
        walls = [np.array([[0.0, 0.0], [12.0, 0.0]]), np.array([[0.0, 8.0], [12.0, 8.0]])]
        others = []
        for _ in range(rng.integers(0, 18)):
            at = rng.integers(1, 11), rng.integers(1, 7)
            shape = rng.uniform(-0.5, 0.5, (rng.integers(1, 3), 2))
            others.append(np.array(at, float) + (0.0 if spacing else shape))
            others[-1] = others[-1].reshape(-1, 2)
        polygons = [*walls, *others]
        expected = _kruskal(polygons, 8.0)
        found = _search(polygons, reach=8.0 + 1e-9)
        assert found.hop == pytest.approx(expected, abs=1e-12)
        # Welding what shares a corner changes nothing.
        label = np.array([-1, -2, *np.zeros(len(others), int)])
        assert _search([*polygons, *others], reach=8.0 + 1e-9, label=np.append(label, label[2:])).hop == (
            pytest.approx(expected, abs=1e-12)
        )
        # The chain goes from wall to wall, and no hop of it is longer than the critical one.
        assert (found.chain[0], found.chain[-1]) == (0, 1)
        hops = [plan_distance(polygons[a], polygons[b])[0] for a, b in found.chain.reshape(-1, 2)]
        assert max(hops) == pytest.approx(expected, abs=1e-12)
        assert np.linalg.norm(found.points[0] - found.points[1]) == pytest.approx(expected, abs=1e-12)
        seen.add(round(expected, 3))
    assert len(seen) > 4


def test_nothing_within_reach() -> None:
    walls = [np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([[0.0, 5.0], [9.0, 5.0]])]
    found = _search(walls, reach=4.0)
    assert found.hop == np.inf
    assert len(found.chain) == 0
    assert _search(walls, reach=5.0 + 1e-9).hop == 5.0
