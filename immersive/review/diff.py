"""What changed between two reviews of a cell, from their JSON documents alone.

A finding is recognised by its stable id. One that is gone is only called resolved if its
subjects were looked at again: a rule that was taken out, a part that is missing or a subject
that was skipped is told apart, because deleting the question does not answer it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from immersive.errors import InputError
from immersive.findings import Text, text
from immersive.review.document import SCHEMA

DIFF_SCHEMA: Final = "immersive.diff/1"

_SAME: Final = 1e-9
"""Measured values closer than this (SI) are the same: the documents are rounded to it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One finding seen in two documents.

    Attributes:
        id: The finding's stable id.
        old: The finding in the old document, or None.
        new: The finding in the new document, or None.
        reason: Why it is no longer examined, or counts again after it was accepted; or empty.
    """

    id: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    reason: Text

    @property
    def latest(self) -> Mapping[str, Any]:
        """The newer of the two."""
        finding = self.new if self.new is not None else self.old
        assert finding is not None
        return finding

    @property
    def verdict_changed(self) -> bool:
        return self.old is not None and self.new is not None and self.old["verdict"] != self.new["verdict"]

    @property
    def limit_changed(self) -> bool:
        return self.old is not None and self.new is not None and self.old["limit"] != self.new["limit"]

    @property
    def change(self) -> float | None:
        """New measured value less the old one, in ``unit``; None where either is missing."""
        if self.old is None or self.new is None or self.old["unit"] != self.new["unit"]:
            return None
        before, after = self.old["measured"], self.new["measured"]
        return None if before is None or after is None else float(after) - float(before)

    @property
    def trend(self) -> str:
        """``"better"``, ``"worse"``, ``"same"`` or ``""`` where it cannot be said."""
        if self.old is None or self.new is None:
            return ""
        before, after = self.old["shortfall"], self.new["shortfall"]
        if before is None or after is None or self.old["unit"] != self.new["unit"]:
            return ""
        if abs(after - before) <= _SAME:
            return "same"
        return "worse" if after > before else "better"

    def to_dict(self) -> dict[str, Any]:
        """JSON types only."""
        data: dict[str, Any] = {"id": self.id, "old": self.old, "new": self.new}
        change = self.change
        data["change"] = None if change is None else round(change, 9) + 0.0
        data["trend"] = self.trend
        data["verdict_changed"] = self.verdict_changed
        data["limit_changed"] = self.limit_changed
        if self.reason:
            data["reason"] = dict(self.reason)
        return data


@dataclass(frozen=True, slots=True)
class Diff:
    """Changes between two reviews; each tuple is in the documents' own order, worst first.

    Attributes:
        new: Open (no pass and not accepted) now; absent, a pass or accepted before.
        persisting: Open in both.
        resolved: Not a pass before; now a pass, or gone although its subjects were examined.
        accepted: Open before or absent, now accepted by the layout: no fault has been mended.
        no_longer_examined: In the old document only, and the new one did not look; see ``reason``.
        passing: How many pass in both.
        still_accepted: How many are accepted in both.
        rules_changed: Ids of rules whose check, severity or parameters differ.
        rules_added: Ids of rules only the new document has.
        rules_removed: Ids of rules only the old document has.
        scenes: Names of the old and the new scene.
    """

    new: tuple[Change, ...]
    persisting: tuple[Change, ...]
    resolved: tuple[Change, ...]
    no_longer_examined: tuple[Change, ...]
    passing: int
    rules_changed: tuple[str, ...]
    rules_added: tuple[str, ...]
    rules_removed: tuple[str, ...]
    scenes: tuple[str, str]
    accepted: tuple[Change, ...] = ()
    still_accepted: int = 0

    @property
    def worse(self) -> bool:
        """True if there is a new finding, or something is no longer examined."""
        return bool(self.new or self.no_longer_examined)

    def to_dict(self) -> dict[str, Any]:
        """The diff as JSON types, with its own schema name."""
        return {
            "schema": DIFF_SCHEMA,
            "scenes": {"old": self.scenes[0], "new": self.scenes[1]},
            "summary": {
                "new": len(self.new),
                "persisting": len(self.persisting),
                "resolved": len(self.resolved),
                "accepted": len(self.accepted),
                "no_longer_examined": len(self.no_longer_examined),
                "passing": self.passing,
                "still_accepted": self.still_accepted,
            },
            "rules": {
                "changed": list(self.rules_changed),
                "added": list(self.rules_added),
                "removed": list(self.rules_removed),
            },
            "new": [change.to_dict() for change in self.new],
            "persisting": [change.to_dict() for change in self.persisting],
            "resolved": [change.to_dict() for change in self.resolved],
            "accepted": [change.to_dict() for change in self.accepted],
            "no_longer_examined": [change.to_dict() for change in self.no_longer_examined],
        }

    def text(self, lang: str = "en") -> str:
        """The diff for a terminal, in English or French; see ``report.console`` for numbers."""
        from immersive.review._diff_text import diff_text

        return diff_text(self, lang)


def diff(old: Mapping[str, Any], new: Mapping[str, Any], *, names: tuple[str, str] = ("old", "new")) -> Diff:
    """Compare two review documents (parsed JSON).

    Args:
        old: The earlier document.
        new: The later one.
        names: What to call them in an error: usually the two file names.

    Raises:
        InputError: One of them is no review document of the schema this version reads.
    """
    for document, name in zip((old, new), names, strict=True):
        _verify(document, name)
    before, after = _keyed(old["findings"]), _keyed(new["findings"])
    fresh: list[Change] = []
    persisting: list[Change] = []
    resolved: list[Change] = []
    lost: list[Change] = []
    accepted: list[Change] = []
    passing = still_accepted = 0
    for key, finding in after.items():
        past = before.get(key)
        open_now = _is_open(finding)
        open_then = past is not None and _is_open(past)
        accepted_then = past is not None and _is_accepted(past)
        change = Change(key[0], past, finding, _lapsed(finding) if open_now and accepted_then else {})
        if open_now:
            (persisting if open_then else fresh).append(change)
        elif _is_accepted(finding):
            if accepted_then:
                still_accepted += 1
            else:
                accepted.append(change)
        elif open_then or accepted_then:
            resolved.append(change)
        elif past is not None:
            passing += 1
    gaps = _Gaps(old, new)
    for key, finding in before.items():
        if key in after:
            continue
        reason = gaps.reason(finding)
        if reason:
            lost.append(Change(key[0], finding, None, reason))
        elif finding["verdict"] != "pass":
            resolved.append(Change(key[0], finding, None, {}))
    rules_old = {rule["id"]: rule for rule in old["rules"]}
    rules_new = {rule["id"]: rule for rule in new["rules"]}
    demand = ("check", "severity", "params")
    return Diff(
        tuple(fresh),
        tuple(persisting),
        tuple(resolved),
        tuple(lost),
        passing,
        tuple(sorted(i for i in rules_old.keys() & rules_new.keys()
                     if any(rules_old[i][k] != rules_new[i][k] for k in demand))),
        tuple(sorted(rules_new.keys() - rules_old.keys())),
        tuple(sorted(rules_old.keys() - rules_new.keys())),
        (str(old["scene"]["name"]), str(new["scene"]["name"])),
        tuple(accepted),
        still_accepted,
    )  # fmt: skip


def _is_accepted(finding: Mapping[str, Any]) -> bool:
    return bool(finding["verdict"] != "pass" and finding.get("accepted", {}).get("state") == "valid")


def _is_open(finding: Mapping[str, Any]) -> bool:
    return bool(finding["verdict"] != "pass" and not _is_accepted(finding))


def _lapsed(finding: Mapping[str, Any]) -> Text:
    """Why a finding that was accepted counts again."""
    why = finding.get("accepted", {}).get("void")
    if why is None:
        return text("the layout no longer accepts it", "le fichier de cellule ne l’accepte plus")
    return text("its acceptance is void: {why}", "son acceptation est caduque : {why}", why=why)


def _keyed(findings: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Findings by id and how often that id came before: nothing is lost if a check repeats itself."""
    seen: Counter[str] = Counter()
    keyed = {}
    for finding in findings:
        keyed[finding["id"], seen[finding["id"]]] = finding
        seen[finding["id"]] += 1
    return keyed


_NEEDED: Final = ("scene", "rules", "findings", "skipped", "not_run")
_FINDING: Final = ("id", "rule", "check", "subjects", "verdict", "measured", "limit", "shortfall", "unit")


def _verify(document: object, name: str) -> None:
    def wrong(defect: str, hint: str | None = None) -> InputError:
        return InputError(name, defect, hint=hint)

    if not isinstance(document, Mapping):
        raise wrong("is no review document: the JSON is not an object")
    schema = document.get("schema")
    if schema != SCHEMA:
        found = "it names no schema" if schema is None else f"its schema is {schema!r}"
        raise wrong(
            f"cannot be compared: {found}, this version reads {SCHEMA!r}",
            "write it again with: immersive check LAYOUT --json FILE",
        )
    for key in _NEEDED:
        if key not in document:
            raise wrong(f"is no complete review document: {key!r} is missing")
    for index, finding in enumerate(document["findings"]):
        for key in _FINDING:
            if not isinstance(finding, Mapping) or key not in finding:
                raise wrong(f"is no complete review document: findings[{index}] lacks {key!r}")


class _Gaps:
    """What the new document did not look at although the old one did."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self.rules = {rule["id"]: rule for rule in new["rules"]}
        self.not_run = {entry["check"]: entry["reason"] for entry in new["not_run"]}
        self.gone = _subjects(old) - _subjects(new)
        self.skipped = {(entry["rule"], entry["subject"]): entry["reason"] for entry in new["skipped"]}

    def reason(self, finding: Mapping[str, Any]) -> Text:
        """Why this finding could not come back, or an empty text if it could have."""
        rule = self.rules.get(finding["rule"])
        if rule is None:
            reason = self.not_run.get(finding["check"])
            if reason is not None:
                return text(
                    "check {check} was not run: {reason}",
                    "le contrôle {check} n’a pas été exécuté : {reason}",
                    check=finding["check"],
                    reason=reason,
                )
            return text(
                "the rule {rule} is no longer there",
                "la règle {rule} n’existe plus",
                rule=finding["rule"],
            )
        for subject in finding["subjects"]:
            if subject in self.gone:
                return text(
                    "{subject} is no longer in the cell",
                    "{subject} n’est plus dans la cellule",
                    subject=subject,
                )
        lost = self._lost_pairs(finding)
        if lost:
            return text(
                "{parts} are no longer in the cell",
                "{parts} ne sont plus dans la cellule",
                parts=", ".join(lost[:3]) + (" …" if len(lost) > 3 else ""),
            )
        for subject in finding["subjects"]:
            why = self.skipped.get((finding["rule"], subject))
            if why is not None:
                return text("{subject} was skipped: {why}", "{subject} a été laissé de côté : {why}",
                            subject=subject, why=why)  # fmt: skip
        if not any(rule["examined"].values()):
            return text(
                "the rule {rule} examined nothing",
                "la règle {rule} n’a rien examiné",
                rule=finding["rule"],
            )
        return {}

    def _lost_pairs(self, finding: Mapping[str, Any]) -> list[str]:
        """For a finding on pairs of parts: the parts that are gone, if every pair has lost one.

        Its subjects may be assemblies or repeats (``screw[*]``), which say nothing about single parts.
        """
        pairs = finding.get("data", {}).get("pairs", [])
        if not isinstance(pairs, list) or not all(
            isinstance(p, Mapping) and "a" in p and "b" in p for p in pairs
        ):
            return []
        gone = [{pair["a"], pair["b"]} & self.gone for pair in pairs]
        return sorted(set().union(*gone)) if gone and all(gone) else []


def _subjects(document: Mapping[str, Any]) -> set[str]:
    """Every id a finding may name as its subject."""
    found: set[str] = set()
    for kind, entries in document["scene"].get("subjects", {}).items():
        for entry in entries:
            if isinstance(entry, Mapping):
                found.add(entry["id"])
                for point in entry.get("work_points", ()):
                    found.update({f"{entry['id']}{joint}{point}" for joint in "/.:"})
            else:
                found.add(entry)
                if kind == "groups":
                    found.add(f"group:{entry}")
    return found
