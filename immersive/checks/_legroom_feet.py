"""Whether the feet of seated people rest on something."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from immersive.checks._legroom_findings import Params, Station, figure
from immersive.checks._tasks import person
from immersive.findings import Citation, Confidence, Finding, Text, Verdict, text, verdict_for
from immersive.geometry.tolerance import ARITHMETIC
from immersive.human.shares import share, share_words
from immersive.units import mm

FEET = Citation(
    "ISO 14738",
    "",
    "workstations at machinery, feet",
    Confidence.MEMORY,
    text(
        "From memory: seated people's feet are to be supported, by the floor or a footrest.",
        "De mémoire (NF EN ISO 14738) : les pieds d'une personne assise doivent être soutenus, par le sol ou un repose-pieds.",
    ),
)


def feet(at: Station, params: Params) -> Finding:
    """Whether the feet of everybody named rest on something; sitting."""
    from immersive.human.links import links_of
    from immersive.human.stance import feet_to_spare

    people, stance = at.room.people, at.room.stance
    spare = feet_to_spare(links_of(people), stance)
    i = int(np.argmin(spare))
    least, given = float(spare[i]), params.footrest or 0.0
    # Nobody is asked to touch the floor with something in hand: the limit itself is support.
    hang = max(0.0, -least)
    if hang <= ARITHMETIC:
        verdict = Verdict.PASS
    elif params.footrest is None:
        verdict = Verdict.INDETERMINATE
    else:
        verdict = verdict_for(hang, given, "max", params.uncertainty)
    words: dict[str, Any] = {
        "station": at.station.id,
        "who": person(people, i),
        "d": mm(hang),
        "f": mm(given),
    }
    facts: dict[str, Any] = {
        "hang": {id_: max(0.0, -float(v)) for id_, v in zip(people.ids, spare, strict=True)}
    }
    if hang <= ARITHMETIC:
        message = text(
            "The feet of everybody named rest on the floor or footrest at {station}.",
            "Les pieds de toutes les personnes nommées reposent sur le sol ou le repose-pieds au poste {station}.",
            **words,
        )
    else:
        message = text(
            "The feet of the {who} hang {d} above what they should rest on at {station}.",
            "Au poste {station}, les pieds ne portent pas ({who}) : il leur manque {d} jusqu'à l'appui.",
            **words,
        )
    if hang > ARITHMETIC and params.footrest is None:
        message = text(
            "{said} Whether seat or footrest adjust, the layout does not say (footrest).",
            "{said} Le fichier n'indique pas si le siège ou le repose-pieds est réglable (footrest).",
            said=message,
        )
    elif hang > ARITHMETIC:
        message = text(
            "{said} It adjusts by {f}.", "{said} Le réglage est de {f}.", said=message, **words
        )  # fmt: skip
    if at.sample is not None:
        resting: NDArray[np.bool_] = feet_to_spare(links_of(at.sample), stance) >= -given - ARITHMETIC
        found = share(resting, at.sample)
        facts["population"] = {"share": found.all.value, "share_interval": [found.all.low, found.all.high]}
        message = text(
            "{said} {share} have their feet supported.", "{said} {share} ont les pieds soutenus.",
            said=message, share=share_words(found),
        )  # fmt: skip
    hint: Text = {}
    if verdict != Verdict.PASS:
        hint = text(
            "A footrest that adjusts from 0 to {d}, or a seat that goes as much lower, supports the feet of everybody named.",
            "Un repose-pieds réglable de 0 à {d}, ou une assise abaissée d'autant, soutiendrait les pieds de toutes les personnes nommées.",
            **words,
        )  # fmt: skip
    return at.finding(
        "feet", verdict, message, measured=hang, limit=given, limit_kind="max", unit="m",
        uncertainty=params.uncertainty if hang > ARITHMETIC else 0.0, citation=FEET, marks=(figure(at, i),), data=facts, hint=hint,
    )  # fmt: skip
