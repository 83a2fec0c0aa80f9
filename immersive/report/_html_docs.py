"""A check's docstring as HTML: its sections as headings, paragraphs, lists and ``code``."""

from __future__ import annotations

import inspect
import re
from typing import Final

from immersive.report._text import escape

SECTIONS: Final = ("What", "Why", "Method", "Limits", "References")
_HEADING: Final = re.compile(rf"^({'|'.join(SECTIONS)})[ ]*:?[ ]*$")


def doc_sections(doc: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """(title, [(heading, blocks)]) of a docstring; a block is a paragraph or a run of ``- `` items.

    Text before the first heading belongs to the heading ``""``.
    """
    title, _, rest = inspect.cleandoc(doc).partition("\n")
    found: list[tuple[str, list[str]]] = [("", [])]
    lines: list[str] = []

    def close() -> None:
        block = inspect.cleandoc("\n".join(lines)).strip()
        if block:
            found[-1][1].append(block)
        lines.clear()

    for line in rest.splitlines():
        heading = _HEADING.match(line)
        if heading:
            close()
            found.append((heading[1], []))
        elif re.fullmatch(r"\s*[-=~]{3,}\s*", line):
            continue
        elif line.strip():
            item = line.lstrip().startswith(("- ", "* "))
            if item and lines and not lines[0].lstrip().startswith(("- ", "* ")):
                close()
            lines.append(line)
        else:
            close()
    close()
    return title.strip(), [(heading, blocks) for heading, blocks in found if blocks]


def doc_html(doc: str) -> str:
    """The sections as HTML, without the title."""
    _, sections = doc_sections(doc)
    pieces: list[str] = []
    for heading, blocks in sections:
        if heading:
            pieces.append(f"<h4>{escape(heading)}</h4>")
        pieces += [_block(block) for block in blocks]
    return "".join(pieces)


def _block(block: str) -> str:
    if block.startswith(("- ", "* ")):
        items = re.split(r"\n(?=[-*] )", block)
        return "<ul>" + "".join(f"<li>{_inline(item[2:])}</li>" for item in items) + "</ul>"
    return f"<p>{_inline(block)}</p>"


def _inline(words: str) -> str:
    joined = escape(re.sub(r"\s+", " ", words).strip())
    # Roles of Sphinx (:mod:`x`) and single or double backquotes are code to a reader.
    joined = re.sub(r"(?::\w+:)?`{1,2}~?([^`]+)`{1,2}", r"<code>\1</code>", joined)
    return re.sub(r"(?<![\w*])\*([^\s*][^*]*)\*(?![\w*])", r"<em>\1</em>", joined)
