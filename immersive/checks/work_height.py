"""Working height: whether the hands work at the height that suits the people's elbows.

What
    For each work point where work goes on: how high the hands are above or below the elbows of the
    people the cell is for, against the zone for precise, light or heavy work; the share of the
    population whose zone holds this height; and the fixed height that would suit most of them.

Why
    Work that is too high raises shoulders and upper arms, work that is too low bends the back and the
    neck, at every cycle and for the whole shift.

Method
    The work point is the height of the hands. The elbow of a person is at the elbow height of ANSUR II
    plus shoes, or at seat height plus sitting elbow height less slump, upper arms hanging. The zone
    lies 50 to 100 mm above the elbow for precision work, 50 to 100 mm below it for light work, and
    100 to 250 mm below it for heavy work, standing. A station that adjusts (``adjust_up``,
    ``adjust_down``) suits a person if some height in its range does.
    The share of the population in its zone is held against ``share``. Where no fixed height reaches
    that share, one that loses less than ``compromise`` against the best is indeterminate: acceptable
    if nobody can be given an adjustable place. The best height is searched over all heights.
    ``method = "fixed"`` holds the height against the ranges for fixed standing places instead.

Limits
    Judged are points that both hands work at, precision and heavy work, points that are held, and those
    that ``work_points`` names; a point to press or to pick from is not a working height. For sitting
    no figure is established: give the zone with ``above_elbow_from`` and ``above_elbow_to``. Vision,
    the size of the object and arm support ask for other heights. Kneeling is not judged.

References
    Pheasant and Haslegrave 2006 (as quoted by a public prevention page) and a university's laboratory
    guideline: differences to the elbow, confirmed by two sources; others differ (light work up to elbow
    height, heavy work down to 400 mm below). NIOSH Publication 97-117 (1997): fixed heights, one source.
    Gordon et al. 2014, NATICK/TR-15/007 (ANSUR II).
"""

from __future__ import annotations

from immersive.checks._base import Check, Context
from immersive.checks._tasks import StationTasks, applies, rule_error, subjects, tasks_of, unexamined
from immersive.checks._work_height_findings import ELBOW, FIXED, Params, elbow_finding, fixed_finding
from immersive.errors import choices, suggestion
from immersive.findings import Citation, Evaluation, Finding, PointMark, Skipped, Text, Verdict, text
from immersive.scene.station import WorkPoint

NAME = {"en": "Working height", "fr": "Hauteur de travail"}

ASSUMPTIONS: tuple[Text, ...] = (
    text(
        "The work point is the height of the hands, and upper arms hang: the height of the bench is lower by the object's.",
        "Le point de travail est la hauteur des mains, bras le long du corps : le plan de travail est plus bas de la hauteur de l'objet.",
    ),
    text(
        "Whether work is precise, light or heavy is what the layout says of the work point (light where it says nothing).",
        "La nature du travail (précision, léger, force) est celle que le fichier de cellule donne au point de travail (léger à défaut).",
    ),
)


def evaluate(context: Context, params: Params) -> Evaluation:
    """One finding for each work point where work goes on."""
    own = _own_zone(context, params)
    tasks = tasks_of(context, params)
    known = {f"{s.station.id}/{p.id}" for s in tasks.stations for p in s.points}
    known |= {f"{s.id}/{p.id}" for s, _ in tasks.not_posed for p in s.work_points}
    for name in params.work_points:
        if name not in known:
            raise rule_error(
                context,
                "work_points",
                f"unknown work point {name!r}{suggestion(name, known)}; use {choices(sorted(known))}",
            )
    findings = unexamined(context, tasks, "work_height.elbow", citation=ELBOW, unit="%")
    skipped = list(tasks.skipped)
    judged = 0
    for station in tasks.stations:
        for point in station.points:
            name = f"{station.station.id}/{point.id}"
            if params.work_points and name not in params.work_points:
                continue
            if not params.work_points and not _works_here(point):
                skipped.append(Skipped(name, NO_WORK))
                continue
            finding = _judge(context, params, station, point, own)
            findings.append(finding)
            judged += finding.verdict != Verdict.NOT_EVALUATED
    if not findings:
        findings.append(
            Finding(
                "work_height.elbow", context.rule.id, (), Verdict.NOT_EVALUATED, context.severity,
                text(
                    "No work point is one where work goes on; name those to judge in work_points",
                    "Aucun point de travail n'est un lieu de travail suivi ; nommer ceux à juger dans work_points",
                ),
                citation=ELBOW,
            )
        )  # fmt: skip
    examined = {"workstations": len(tasks.stations), "work_points": judged}
    return Evaluation(tuple(findings), examined, tuple(skipped), (*ASSUMPTIONS, *tasks.told))


NO_WORK: Text = text(
    "a point to press or to pick from; the figures are for heights at which work goes on (name it in work_points to judge it)",
    "point à actionner ou de prise ; les valeurs valent pour une hauteur où l'on travaille (le nommer dans work_points pour le juger)",
)


def _works_here(point: WorkPoint) -> bool:
    return point.hand == "both" or point.precision != "light" or bool(point.hold)


def _own_zone(context: Context, params: Params) -> tuple[float, float] | None:
    if params.share > 1.0:
        raise rule_error(context, "share", f"found {params.share:g}, must be from 0 to 1")
    low, high = params.above_elbow_from, params.above_elbow_to
    if low is None and high is None:
        return None
    if low is None or high is None:
        missing = "above_elbow_from" if low is None else "above_elbow_to"
        raise rule_error(context, missing, "above_elbow_from and above_elbow_to are given together")
    if low > high:
        raise rule_error(context, "above_elbow_from", "must not be above above_elbow_to")
    return low, high


def _judge(
    context: Context, params: Params, station: StationTasks, point: WorkPoint, own: tuple[float, float] | None
) -> Finding:
    stance = station.stance
    if stance.posture == "kneeling":
        return _open(
            context, station, point, text("no figure holds for kneeling", "aucune valeur ne vaut à genoux")
        )
    if params.method == "fixed":
        if stance.posture == "sitting":
            reason = text(
                "the fixed heights are for standing", "les hauteurs fixes valent pour la station debout"
            )
            return _open(context, station, point, reason, FIXED)
        return fixed_finding(context, params, station, point)
    if own is None and stance.posture == "sitting":
        reason = text(
            "no difference to the elbow is established for sitting (above_elbow_from, above_elbow_to give one)",
            "aucun écart à la hauteur du coude n'est établi en position assise (à donner par above_elbow_from, above_elbow_to)",
        )
        return _open(context, station, point, reason)
    return elbow_finding(context, params, station, point, own)


def _open(
    context: Context, station: StationTasks, point: WorkPoint, reason: Text, citation: Citation = ELBOW
) -> Finding:
    return Finding(
        "work_height.elbow" if citation is ELBOW else "work_height.fixed",
        context.rule.id,
        subjects(station.station, point),
        Verdict.NOT_EVALUATED,
        context.severity,
        text(
            "The working height of {point} at {station} was not judged: {why}.",
            "La hauteur de travail de {point} au poste {station} n'a pas été jugée : {why}.",
            point=point.id, station=station.station.id, why=reason,
        ),
        citation=citation,
        marks=(PointMark(point.position, text("{id}", "{id}", id=point.id)),),
        unit="%" if citation is ELBOW else "m",
    )  # fmt: skip


CHECK = Check("work_height", NAME, Params, (ELBOW, FIXED), evaluate, applies, __doc__ or "")
