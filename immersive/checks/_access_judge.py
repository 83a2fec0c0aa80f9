"""Puts together the findings of one access point."""

from __future__ import annotations

import numpy as np

from immersive.checks import _access_told as told
from immersive.checks import _access_tool_told as tool_told
from immersive.checks._access_case import Case
from immersive.checks._access_stand import Stands, choose, first_choice, stands
from immersive.checks._access_tool import put_on, stroke_of, swing_of
from immersive.checks._access_way import Way, best_bent, best_way, entry_line
from immersive.findings import Finding
from immersive.human.access_limbs import Limb, body_lying, body_upright, limb_of

_SOURCES = 12
"""Shoulders that the limb's outer end may see."""
_WORTH = 0.001
"""Metres of room that taking a part away must leave to be advised."""
_LEANS_IN = 1.2
"""Metres from a place within which somebody's shoulders are whose head gets there."""
_HELPS = 3
"""Parts in the way that are tried to be taken away for a hint."""


def reaching(case: Case) -> list[Finding]:
    """Opening and depth."""
    clothing, allowance = case.population.clothing, case.params.allowance
    if case.point.limb == "body":
        return [_body(case)]
    limb = limb_of(
        case.point.limb, case.sizes, allowance=allowance, clothing=clothing, gloves=case.point.gloves
    )
    if limb.upper_arm is None:
        # A head comes with its shoulders, from where people stand: the inside of a housing is not outside.
        way = best_way(case, limb, _prefer(case), sources=_sources(case, stands(case, _LEANS_IN)))
        return _both(case, limb, way, None)
    found = stands(case, limb.reach or 0.0)
    sources = _sources(case, found)
    way = best_way(case, limb, _prefer(case, found), sources=sources)
    if not (way.proven and way.room >= 0.0) and case.point.limb != "two_arms":
        way = best_bent(case, limb, way, sources)
    return _both(case, limb, way, found)


def tools(case: Case) -> list[Finding]:
    """Swing and stroke of the tool, if there is one."""
    if case.point.tool == "none" or case.axis is None:
        return []
    if case.point.tool == "screwdriver":
        return [tool_told.stroke(case, stroke_of(case), driver=True)]
    swing = swing_of(case)
    made = [tool_told.swing(case, swing)]
    if case.point.stroke > 0.0:
        made.append(tool_told.stroke(case, put_on(case, swing), driver=False))
    return made


def _both(case: Case, limb: Limb, way: Way, found: Stands | None) -> list[Finding]:
    made = [told.opening(case, way, _helps(case, limb, way, found))]
    chosen = None
    if found is not None:
        side = way.shoulder
        reach = limb.reach or 0.0
        chosen = choose(
            found, case, way.line.direction if side is None else side / np.sqrt(side @ side), reach
        )
        if chosen is None:
            chosen = choose(found, case, way.line.direction, reach)
    empty = Stands(np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3)), (), 0.0)
    made.append(told.depth(case, way, found or empty, chosen))
    return made


def _body(case: Case) -> Finding:
    """Lying or upright, whichever has more room."""
    clothing, allowance = case.population.clothing, case.params.allowance
    lying = body_lying(case.sizes, allowance=allowance, clothing=clothing)
    sources = _sources(case)
    ways = [best_way(case, lying, _prefer(case), sources=sources)]
    above = float(case.position[2]) - case.floor
    if 0.0 <= above <= case.sizes.stature:
        entry = entry_line(case)
        far = entry[1] if entry is not None else case.sizes.stature
        upright = body_upright(case.sizes, above_floor=above, way=far, allowance=allowance, clothing=clothing)
        ways.append(best_way(case, upright, _prefer(case), sources=np.empty((0, 3))))
    # Upright rather than lying, where both are possible.
    ways.sort(key=lambda one: (one.proven and one.room >= 0.0, one.limb.kind == "body_upright", one.room))
    best = ways[-1] if ways[-1].proven else max(ways, key=lambda one: one.room)
    return told.opening(case, best, _helps(case, best.limb, best, None))


def _helps(case: Case, limb: Limb, way: Way, found: Stands | None) -> tuple[str, float, float] | None:
    """The part without which the limb would get there, the free size then and the limb's size there."""
    if way.room >= 0.0 and way.proven:
        return None
    for body in dict.fromkeys(way.bodies[:_HELPS]):
        other = best_way(
            case, limb, way.line.direction, sources=_sources(case, found), skip=case.without(body)
        )
        if other.proven and other.room >= case.uncertainty + _WORTH:
            return case.id_of(body), other.free, other.need
    return None


def _prefer(case: Case, found: Stands | None = None) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(3,) unit vector: where the limb would come from if all were free."""
    entry = entry_line(case)
    if entry is not None:
        return entry[0]
    first = None if found is None else first_choice(found, case)
    if first is not None:
        return first
    return np.array([0.0, 0.0, 1.0]) if case.axis is None else case.axis


def _sources(case: Case, found: Stands | None = None) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(n, 3) where a limb may come from: the entry, or some shoulders all around; none: from anywhere."""
    if case.point.entry is not None:
        return np.asarray(case.point.entry, np.float64)[None]
    if found is None or not len(found):
        return np.empty((0, 3))
    gap = found.shoulders - case.position
    gap = gap / np.maximum(found.away(case.position), 1e-9)[:, None]
    kept = [0]
    for _ in range(_SOURCES - 1):
        # The one farthest in direction from those there are.
        far = (gap @ gap[kept].T).max(axis=1)
        if float(far.min()) > 0.95:
            break
        kept.append(int(far.argmin()))
    return found.shoulders[kept]
