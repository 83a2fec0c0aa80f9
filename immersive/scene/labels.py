"""Short names for sentences: what all ids of a scene begin with says nothing about any of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from immersive.scene.model import Scene

Words = Mapping[str, str]


def common_prefix(scene: Scene) -> str:
    """What the ids of all parts begin with, whole words up to a ``/``; "" for fewer than two parts.

    Every id keeps at least its last word.
    """
    split = [part.id.split("/")[:-1] for part in scene.parts]
    if len(split) < 2:
        return ""
    words = []
    for column in zip(*split, strict=False):
        if len(set(column)) > 1:
            break
        words.append(column[0])
    return "".join(f"{word}/" for word in words)


def shortener(scene: Scene) -> Callable[[Words], Words]:
    """Takes the common prefix off every id in sentences (language → text)."""
    prefix = common_prefix(scene)
    if not prefix:
        return lambda words: words
    # An id starts a word: "data/x" is not "a/x".
    pattern = re.compile(rf"(?<![\w/.-]){re.escape(prefix)}(?=\S)")
    return lambda words: {language: pattern.sub("", text) for language, text in words.items()}
