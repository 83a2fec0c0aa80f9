"""Every error that ``immersive`` raises on purpose.

One tree, so that a caller can catch :class:`ImmersiveError` and print it: each
error says what is wrong, where, and what is allowed. Anything else that escapes
is a bug in the program, not in the input.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ImmersiveError(Exception):
    """Base of all deliberate errors.

    Args:
        message: What is wrong, in one sentence.
        hint: What to do about it, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n  hint: {self.hint}"


class UsageError(ImmersiveError):
    """The program or the library was asked for something that makes no sense."""


class InputError(ImmersiveError):
    """A file cannot be used: names the file, the place in it, and the defect.

    Args:
        file: The file as the user named it.
        defect: What is wrong with it.
        place: Where in the file: a line, a key path, a node, a chunk; or None.
        hint: What to do about it, or None.
    """

    def __init__(
        self, file: object, defect: str, *, place: str | None = None, hint: str | None = None
    ) -> None:
        where = f"{file}" if place is None else f"{file}: {place}"
        super().__init__(f"{where}: {defect}", hint=hint)
        self.file = str(file)
        self.place = place
        self.defect = defect


class UnsupportedError(InputError):
    """The file is valid but needs a capability that is missing: the message names it."""


class UnitMissingError(InputError):
    """The file states no length unit and nobody gave one."""


class LimitError(InputError):
    """The file asks for more memory, depth or data than the stated limit allows."""


class LayoutError(InputError):
    """A layout file is wrong: names the key path and line, what was found, what is allowed."""


class MissingExtraError(ImmersiveError):
    """An optional dependency is absent: the message names the package and the extra."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed",
            hint=f'install it with: pip install "immersive[{extra}]"',
        )
        self.package = package
        self.extra = extra


def suggestion(found: str, allowed: Iterable[str]) -> str:
    """``", did you mean 'x'?"`` for the closest allowed word, or an empty string."""
    close = difflib.get_close_matches(found, [str(word) for word in allowed], n=1, cutoff=0.6)
    return f", did you mean {close[0]!r}?" if close else ""


def choices(allowed: Iterable[str]) -> str:
    """The allowed words as a readable list: ``'a', 'b' or 'c'``."""
    words = [repr(str(word)) for word in allowed]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "nothing"
