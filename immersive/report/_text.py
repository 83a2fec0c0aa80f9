"""Names out of files made fit to print: no control codes, no direction overrides, escaped for markup."""

from __future__ import annotations

import html
import re
from typing import Final

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Escape sequences could drive a terminal, XML forbids most of these, and overrides of the writing
direction would show a name as another one."""


def clean(text: str) -> str:
    """The text with what cannot be printed replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def escape(text: object) -> str:
    """Text for HTML, SVG and XML content and for attributes in double quotes."""
    return html.escape(clean(str(text)), quote=True)
