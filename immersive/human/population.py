"""Whom a study is made with: what a layout says of its population, as people.

Three ways to ask (each in its own module): *percentiles* by stature, measured *individuals*, and a
*sampled* population. This module is the door to all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from immersive.errors import UsageError, choices, suggestion
from immersive.human._ansur import statistics
from immersive.human.individuals import individuals, read_individuals
from immersive.human.people import Allowances, People, Words
from immersive.human.percentiles import body_in_range, of_stature, percentile_people, way_to_the_rest
from immersive.human.sampling import sampled
from immersive.human.shares import Fraction, Share, Shortfall, percent, share, share_words, wilson
from immersive.scene.station import MeasuredTable, Population

__all__ = [
    "Fraction",
    "Share",
    "Shortfall",
    "Study",
    "accommodated",
    "individuals",
    "people_of",
    "percent",
    "percentile_people",
    "read_individuals",
    "sampled",
    "share",
    "share_words",
    "wilson",
]

WAYS: Final = ("sampled", "individuals", "percentiles")
"""Who a population may be: see :class:`immersive.scene.station.Population`."""


@dataclass(frozen=True)
class Study:
    """The people of one population.

    Attributes:
        named: Percentile persons, smallest first: worst cases, and whom pictures show.
        sample: People to count shares among, or None if the population is percentiles alone.
        smallest, largest: Ids of those of ``named`` that bound the population.
    """

    named: People
    sample: People | None
    smallest: str
    largest: str

    def told(self) -> tuple[Words, ...]:
        """What a report says of these people: how they were made, allowances, and every note; each once."""
        groups = [self.named] if self.sample is None else [self.named, self.sample]
        heads = (
            {"en": "People looked at one by one", "fr": "Personnes étudiées une à une"},
            {"en": "People whose share is counted", "fr": "Personnes dont la part est comptée"},
        )
        said: list[Words] = [
            {"en": f"{head['en']}: {group.how['en']}.", "fr": f"{head['fr']} : {group.how['fr']}."}
            for head, group in zip(heads, groups, strict=False)
        ]
        said.append(_allowed(self.named.allowances))
        notes = [note for group in groups for note in group.notes]
        said += [{"en": f"{note['en']}.", "fr": f"{note['fr']}."} for note in notes]
        return tuple({word["en"]: word for word in said}.values())


@lru_cache(maxsize=16)
def people_of(population: Population, /) -> Study:
    """The people that a layout's population means.

    With a table of measured people the percentiles are those of the table's own statures, sex by sex; a
    percentile of a sex that the table lacks is taken of the other one, and ``named.notes`` says so.

    Raises:
        UsageError: A source, a way or a percentile that does not exist, or that do not go together.
    """
    way = population.people or ("sampled" if population.table is None else "individuals")
    if way not in WAYS:
        raise UsageError(
            f"population {population.id!r}: unknown people {way!r}{suggestion(way, WAYS)}; use {choices(WAYS)}"
        )
    if population.table is None and population.source != "ansur2":
        raise UsageError(
            f"population {population.id!r}: no body dimensions from {population.source!r}",
            hint="the source is ansur2 or a CSV file of measured people",
        )
    if population.table is None and way == "individuals":
        raise UsageError(
            f"population {population.id!r}: individuals need a CSV file of measured people as source"
        )
    if population.table is not None and way == "sampled":
        raise UsageError(
            f"population {population.id!r}: a sample is drawn from ansur2; the people of a table are individuals"
        )
    allowances = Allowances(population.shoe_height, population.clothing, population.slump)
    sample: People | None = None
    if population.table is not None and way == "individuals":
        sample = individuals(
            population.table, allowances=allowances, share_of_women=population.share_of_women
        )
    elif way == "sampled":
        women = 0.5 if population.share_of_women is None else population.share_of_women
        sample = sampled(
            population.sample_size, seed=population.seed, share_of_women=women, allowances=allowances
        )
    words = _words(population)
    if population.table is None:
        named = percentile_people(words, dimensions=population.dimensions, allowances=allowances)
        bounds = (body_in_range(population.smallest).word, body_in_range(population.largest).word)
    else:
        named, renamed = _of_table(population.table, words, population.dimensions, allowances)
        bounds = (
            renamed[body_in_range(population.smallest).word],
            renamed[body_in_range(population.largest).word],
        )
    order = np.argsort(named["stature"], kind="stable")
    return Study(named.pick(order), sample, *bounds)


def _allowed(allowances: Allowances) -> Words:
    shoes, clothes, slump = (
        f"{1000.0 * value:.0f}\u00a0mm"
        for value in (allowances.shoe_height, allowances.clothing, allowances.slump)
    )
    return {
        "en": f"Shoes add {shoes} to heights above the floor, clothing {clothes} on every side of the body; "
        f"{slump} are taken off sitting heights for slump.",
        "fr": f"Les chaussures ajoutent {shoes} aux hauteurs au-dessus du sol, les vêtements {clothes} tout autour "
        f"du corps ; {slump} sont retirés des hauteurs assis pour l'affaissement.",
    }


def _words(population: Population) -> list[str]:
    """Percentiles to look at one by one: the bounds, and those named or else the medians of the bounds' sexes."""
    ends = [body_in_range(word).word for word in (population.smallest, population.largest)]
    between = [body_in_range(word).word for word in population.percentiles]
    if not between:
        between = [f"{letter}50" for letter in dict.fromkeys(word[0] for word in ends)]
    return list(dict.fromkeys([ends[0], *between, ends[1]]))


def _of_table(
    table: MeasuredTable, words: list[str], dimensions: str, allowances: Allowances
) -> tuple[People, dict[str, str]]:
    """Percentile persons of a table's own statures, and which person each word became."""
    stature = table.dimensions["stature"]
    renamed: dict[str, str] = {}
    rows: dict[str, tuple[bool, float]] = {}
    for word in words:
        body = body_in_range(word)
        female = body.sex == "female"
        if not (table.female == female).any():
            female = not female
        own = f"{'F' if female else 'M'}{word[1:]}"
        renamed[word] = own
        rows[own] = (female, float(np.percentile(stature[table.female == female], body.percentile)))
    female_of = np.array([female for female, _ in rows.values()])
    notes: tuple[Words, ...] = ()
    if any(word != own for word, own in renamed.items()):
        absent = {"en": "men", "fr": "d'hommes"} if female_of.all() else {"en": "women", "fr": "de femmes"}
        said = ", ".join(f"{word} → {own}" for word, own in renamed.items() if word != own)
        notes = (
            {
                "en": f"{table.file} has no {absent['en']}: {said}",
                "fr": f"{table.file} ne contient pas {absent['fr']} : {said}",
            },
        )
    rest = way_to_the_rest(dimensions)
    return (
        People(
            ids=tuple(rows),
            female=female_of,
            dimensions=of_stature(np.array([height for _, height in rows.values()]), female_of, dimensions),
            kind="percentiles",
            how={
                "en": f"percentiles of stature of the people of {table.file}; {rest['en']}",
                "fr": f"percentiles de stature des personnes de {table.file} ; {rest['fr']}",
            },
            source=table.file,
            allowances=allowances,
            notes=notes,
        ),
        renamed,
    )


def accommodated(people: People, /, smallest: str = "F05", largest: str = "M95") -> People:
    """Those of a sample, women and men alike, whose stature lies between two percentiles, ends included.

    The percentiles are of ANSUR II for a sample of it, and of the people's own statures for individuals (a bound
    whose sex is absent is open). ``how`` says what was done. The share of women stays that of the population.

    Raises:
        UsageError: A word that cannot be read, or nobody is left.
    """
    limits = []
    for word in (smallest, largest):
        body = body_in_range(word)
        female = body.sex == "female"
        if people.kind == "individuals":
            own = people["stature"][people.female == female]
            limits.append(float(np.percentile(own, body.percentile)) if own.size else None)
        else:
            limits.append(statistics(body.sex).stature_at(body.percentile))
    low, high = limits
    stature = people["stature"]
    kept = np.ones(len(people), bool)
    if low is not None:
        kept &= stature >= low
    if high is not None:
        kept &= stature <= high
    if not kept.any():
        raise UsageError(f"nobody has a stature between {smallest} and {largest}")
    chosen = people.pick(kept)
    ends = [
        f"{word} (–)" if limit is None else f"{word} ({1000 * limit:.0f}\u00a0mm)"
        for word, limit in zip((smallest, largest), limits, strict=True)
    ]
    return replace(
        chosen,
        how={
            "en": f"{people.how['en']}; of these the {len(chosen)} of {len(people)} whose stature lies between "
            f"{ends[0]} and {ends[1]}",
            "fr": f"{people.how['fr']} ; parmi ces personnes, les {len(chosen)} sur {len(people)} dont la stature "
            f"est comprise entre {ends[0]} et {ends[1]}",
        },
    )
