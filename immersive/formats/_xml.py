"""The one way XML is parsed here: bounded, and deaf to everything outside the document.

Entities are never expanded, no DTD is loaded, nothing is fetched. A document that declares
entities or default attributes (what expansion attacks are made of) is refused before its
content is read. UTF-8, UTF-16, Latin and ASCII, with or without byte order mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from immersive.errors import InputError, LimitError, UnsupportedError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:
    Element = object

__all__ = [
    "Element",
    "children",
    "find",
    "floats",
    "integers",
    "local",
    "number",
    "parse",
    "place",
    "sniff_root",
]

MAX_XML_BYTES = 1 << 30
MAX_MARKUP = 4_000_000
"""Most ``<`` or ``=`` characters: a tag or attribute takes about a hundred times its text in memory."""
_CHUNK = 512
"""Small, so that little content is read under the depth limit that holds for the prolog."""
_ENCODINGS = re.compile(r"(utf-?(8|16(le|be)?)|(us-)?ascii|iso-8859-\d+|windows-125\d)$", re.IGNORECASE)


def parse(data: bytes, file: str, *, dtd: bool = True, limit: int = MAX_XML_BYTES) -> Element:
    """The root element; comments and processing instructions are gone.

    Args:
        data: The document.
        file: For messages.
        dtd: False refuses every document type declaration (3MF forbids them).
        limit: Largest document in bytes.

    Raises:
        InputError: Not well-formed (with the line), or declares entities.
        LimitError: Too large, or too many elements.
        UnsupportedError: An encoding that is not read.
    """
    from lxml import etree

    if len(data) > limit:
        raise LimitError(file, f"{len(data):,} bytes of XML; at most {limit:,} are read")
    for mark in (b"<", b"="):
        if data.count(mark) > MAX_MARKUP:
            raise LimitError(file, f"more than {MAX_MARKUP:,} {mark.decode()!r} characters of XML markup")
    data = data.lstrip(b" \t\r\n")
    if not data:
        raise InputError(file, "is empty")
    try:
        _check_prolog(data, file, dtd=dtd)
        parser = etree.XMLParser(
            resolve_entities=False,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            no_network=True,
            huge_tree=True,  # long arrays; what it unlocks besides was refused in the prolog
            remove_comments=True,
            remove_pis=True,
        )
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        reason = (error.msg or "not well-formed").split(", line ")[0]
        if "amplification" in reason or "external entity" in reason:
            raise InputError(
                file, "declares XML entities and uses them; entities are never expanded", place=f"line {line}"
            ) from None
        if "depth" in reason.lower():
            raise LimitError(file, "elements are nested too deeply", place=f"line {line}") from None
        raise InputError(file, f"is not well-formed XML: {reason}", place=f"line {line}") from None
    except (ValueError, LookupError) as error:
        raise InputError(file, f"is not readable XML: {error}") from None
    encoding = root.getroottree().docinfo.encoding
    if encoding and not _ENCODINGS.match(encoding):
        raise UnsupportedError(file, f"is XML in the encoding {encoding!r}", hint="save it as UTF-8")
    # References to entities that nobody declared survive as nodes without a name.
    if b"&" in data:
        for node in root.iter(etree.Entity):
            where = f"line {node.sourceline}"
            raise InputError(file, f"refers to the undeclared entity {str(node.text)!r}", place=where)
    return root


def _check_prolog(data: bytes, file: str, *, dtd: bool) -> None:
    """Read up to the first tag with libxml2's own limits on, and look at what was declared."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start",),
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
    )
    for start in range(0, len(data), _CHUNK):
        parser.feed(data[start : start + _CHUNK])
        for _, element in parser.read_events():
            info = cast(Element, element).getroottree().docinfo
            declarations: Any = info.internalDTD
            if declarations is None:
                return
            if not dtd:
                raise InputError(file, "has a document type declaration (DTD), which this format forbids")
            for entity in declarations.iterentities():
                raise InputError(
                    file, f"declares the XML entity {entity.name!r}; entities are never expanded"
                )
            for declared in declarations.iterelements():
                if any(attribute.default_value is not None for attribute in declared.iterattributes()):
                    raise InputError(
                        file, f"declares default attributes for <{declared.name}>; they are not read"
                    )
            return
    parser.close()


def sniff_root(head: bytes, *names: str) -> bool:
    """Whether the first tag of a document that begins with ``head`` is one of the local ``names``."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head[: len(head) // 2 * 2].decode("utf-16", "ignore")
    elif head[:4] in (b"<\0?\0", b"\0<\0?"):
        text = head[: len(head) // 2 * 2].decode("utf-16-le" if head[0] else "utf-16-be", "ignore")
    else:
        text = head.decode("utf-8", "ignore").removeprefix("\ufeff")
    text = re.sub(r"<\?.*?\?>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"^\s*<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", "", text, count=1, flags=re.DOTALL)
    found = re.match(r"\s*<(?:[\w.\-]+:)?([\w.\-]+)[\s/>]", text)
    return found is not None and found[1] in names


def local(element: Element) -> str:
    """The tag without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


def place(element: Element) -> str:
    """Where an element is, for messages: line, tag and its name or id."""
    line = element.sourceline
    name = element.get("name") or element.get("id") or element.get("sid")
    shown = f"<{local(element)} {name!r}>" if name else f"<{local(element)}>"
    return f"line {line}, {shown}" if line else shown


def children(element: Element, *names: str) -> Iterator[Element]:
    """Direct children whose local tag is one of ``names`` (all elements without names)."""
    for child in element:
        if not names or local(child) in names:
            yield child


def find(element: Element, path: str) -> Element | None:
    """First descendant along local tags, e.g. ``"geometry/mesh"``; or None."""
    here: Element | None = element
    for name in path.split("/"):
        if here is None:
            return None
        here = next(children(here, name), None)
    return here


_LONG = 4_000
"""Characters from which on compiled code is worth loading."""

_MSVC_NAN = re.compile(r"[+-]?1\.?#(QNAN|SNAN|IND|INF)\w*", re.IGNORECASE)


def floats(text: str | None, file: str, where: str, *, count: int | None = None) -> NDArray[np.float64]:
    """White-space separated numbers; ``nan`` and ``inf`` in any spelling come out as such.

    Args:
        text: As in the document; None and blank are no numbers.
        file: For messages.
        where: For messages.
        count: Demand exactly so many.

    Raises:
        InputError: A word that is no number, or another count.
    """
    values = _numbers(text, np.dtype(np.float64), file, where)
    if count is not None and len(values) != count:
        raise InputError(file, f"has {len(values):,} numbers where {count:,} are due", place=where)
    return values


def integers(text: str | None, file: str, where: str, *, count: int | None = None) -> NDArray[np.int64]:
    """White-space separated integers; like :func:`floats`."""
    values = _numbers(text, np.dtype(np.int64), file, where)
    if count is not None and len(values) != count:
        raise InputError(file, f"has {len(values):,} numbers where {count:,} are due", place=where)
    return values


def number(text: str | None, file: str, where: str, *, finite: bool = True) -> float:
    """One number, finite unless allowed otherwise."""
    value = float(floats(text, file, where, count=1)[0])
    if finite and not np.isfinite(value):
        raise InputError(file, f"{(text or '').strip()!r} is not a finite number", place=where)
    return value


def _numbers(text: str | None, kind: np.dtype[Any], file: str, where: str) -> NDArray[Any]:
    if text is None or not text or text.isspace():
        return np.empty(0, kind)
    if len(text) > _LONG:
        return _long_list(text, kind, file, where)
    return _converted(text.split(), kind, file, where)


def _long_list(text: str, kind: np.dtype[Any], file: str, where: str) -> NDArray[Any]:
    """Many times faster than splitting the text, and the same values to the last bit."""
    from immersive.formats._xml_kernels import float_list, integer_list

    raw = text.encode("utf-8", "replace")
    data = np.frombuffer(raw, np.uint8)
    values: NDArray[Any]
    if kind.kind == "f":
        values, slow, wrong = float_list(data)
        if wrong < 0 and len(slow):
            words = [raw[start:end].decode() for start, end in slow[:, 1:].tolist()]
            values[slow[:, 0]] = _converted(words, kind, file, where)
    else:
        values, wrong = integer_list(data)
    if wrong >= 0:
        _converted([raw[wrong : wrong + 200].decode("utf-8", "replace").split()[0]], kind, file, where)
        raise InputError(file, f"holds {raw[wrong : wrong + 40].decode('utf-8', 'replace')!r}", place=where)
    return values


def _converted(words: list[str], kind: np.dtype[Any], file: str, where: str) -> NDArray[Any]:
    """Words that need Python's own conversion, or are none that can be converted."""
    convert = float if kind.kind == "f" else int
    try:
        if not any("_" in word for word in words):
            return np.array(list(map(convert, words)), kind)
    except (ValueError, OverflowError):
        pass
    values = []
    for word in words:
        try:
            if "_" in word:
                raise ValueError
            values.append(convert(_MSVC_NAN.sub("nan", word)))
        except ValueError:
            wanted = "a number" if kind.kind == "f" else "an integer"
            raise InputError(file, f"{word[:40]!r} is not {wanted}", place=where) from None
    try:
        return np.array(values, kind)
    except OverflowError:
        raise InputError(file, "holds an integer beyond 64 bits", place=where) from None
