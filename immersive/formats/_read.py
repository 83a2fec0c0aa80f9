"""From a file name to a Model: which reader, is the file what its name says, is it in the cache.

Every reader that refers to other files (URDF, placement) comes through here for each of them,
so that one file is parsed once a session and kept once on disk.
"""

from __future__ import annotations

import os
from typing import Final

from immersive.errors import ImmersiveError, InputError, LimitError, UnsupportedError, choices
from immersive.formats import _cache
from immersive.formats._base import Folder, Format, Model, ReadOptions, looks_like_lfs_pointer
from immersive.formats._registry import format_for_suffix, formats, suffixes
from immersive.scene.model import Source

HEAD = 1024
"""Bytes from the start of a file that are looked at to tell what it is."""

SMALL: Final = 4 << 20
"""Files up to this size are kept in memory between hashing and parsing."""

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf'\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<html", "a web page"),
    (b"Kaydara FBX Binary", "an FBX file"),
    (b"glTF", "a binary glTF"),
)


def read_model(
    folder: Folder, relative: str, options: ReadOptions, *, wanted_by: str = ""
) -> tuple[Model, Source]:
    """Read one file, from the cache if it was parsed before.

    Args:
        folder: Where files may be read.
        relative: A path from :meth:`Folder.locate`.
        options: What the caller chose.
        wanted_by: The file that refers to this one, for messages.

    Returns:
        The content in the file's own units and axes, and the file itself; ``Source.unit`` is empty
        where the file states none. The same Model object again for the same file and options.

    Raises:
        InputError: The file is absent, empty, of no readable kind, not what its name says, or broken.
    """
    remembered = folder.memory.get(("format", relative))
    if remembered is not None:
        known = folder.memory.get((relative, _options_key(remembered, options)))
        if known is not None:
            model, source, trace = known
            folder.trace.update(trace)
            return model, source

    outer, folder.trace = folder.trace, {}
    try:
        format_ = _pick(relative, _begin(folder, relative, wanted_by))
        model = _cached_or_parsed(folder, relative, format_, options)
        trace = folder.trace
    finally:
        folder.release(relative)
        outer.update(folder.trace)
        folder.trace = outer
    digest, size = folder.digests[relative]
    source = Source(
        relative, digest, size, format_.name, model.unit or "", model.unit_origin, model.up_axis or "Z"
    )
    folder.memory["format", relative] = format_
    folder.memory[relative, _options_key(format_, options)] = (model, source, trace)
    return model, source


def reference_sources(folder: Folder, model: Model) -> tuple[Source, ...]:
    """The other files a model was made from, each with its hash as it was read.

    A reference without a unit of its own (an STL of a URDF) has the unit that the referring
    file gives to its meshes, usually through a scale; it is listed with that file's unit.
    """
    found = []
    for relative in model.references:
        if relative not in folder.digests:
            folder.digest(relative)
        digest, size = folder.digests[relative]
        format_ = folder.memory.get(("format", relative))
        unit, origin, axis = model.unit or "", model.unit_origin, model.up_axis or "Z"
        if format_ is not None:
            for (key, *_), value in folder.memory.items():
                if key == relative and value[0].unit is not None:
                    unit, origin = value[0].unit, value[0].unit_origin
                    break
        name = format_.name if format_ is not None else os.path.splitext(relative)[1].lstrip(".").lower()
        found.append(Source(relative, digest, size, name, unit, origin, axis))
    return tuple(found)


def _options_key(format_: Format, options: ReadOptions) -> str:
    values = []
    for name in format_.options_used:
        value = getattr(options, name)
        values.append(sorted(value.items()) if name == "joints" else value)
    return repr((format_.name, values, options.cache))


def _begin(folder: Folder, relative: str, wanted_by: str) -> bytes:
    """Hash the file; its first bytes. A small file is read once, a large one in pieces, twice."""
    if folder.size(relative, wanted_by=wanted_by) <= SMALL:
        data = folder.read(relative, wanted_by=wanted_by)
        folder.hold(relative, data)
        return data[:HEAD]
    folder.digest(relative, wanted_by=wanted_by)
    return bytes(next(folder.chunks(relative, HEAD), b""))


def _cached_or_parsed(folder: Folder, relative: str, format_: Format, options: ReadOptions) -> Model:
    key = ""
    if options.cache and format_.cacheable:
        values = _options_key(format_, options)
        key = _cache.key(format_.name, format_.version, relative, folder.digests[relative][0], values)
        kept = _cache.fetch(key, folder)
        if kept is not None:
            return kept
    model = _parse(folder, relative, format_, options)
    if key:
        _cache.keep(key, model, dict(folder.trace), relative)
    return model


def _parse(folder: Folder, relative: str, format_: Format, options: ReadOptions) -> Model:
    try:
        return format_.read(folder, relative, options)
    except ImmersiveError:
        raise
    except MemoryError as error:
        raise LimitError(relative, "needs more memory than there is") from error
    except RecursionError as error:
        raise LimitError(relative, "is nested too deeply") from error
    except Exception as error:
        # The last net under a reader: whatever a hostile file provokes, the user gets one sentence.
        raise InputError(
            relative,
            f"the reader for {format_.title} failed on it ({type(error).__name__}: {error})",
            hint="the file is probably damaged; if other programs open it, please report it",
        ) from error


def _pick(relative: str, head: bytes) -> Format:
    """The format of a file by its name and first bytes.

    Raises:
        InputError: See :func:`read_model`.
    """
    if not head:
        raise InputError(relative, "the file is empty")
    if looks_like_lfs_pointer(head):
        raise InputError(
            relative,
            "is a Git LFS pointer: the text that stands in for a file that was not fetched",
            hint="run: git lfs pull",
        )
    suffix = os.path.splitext(relative)[1].lower()
    format_ = format_for_suffix(suffix)
    if format_ is not None and format_.sniff(head):
        return format_
    if format_ is not None:
        looks = _other_kind(head, format_)
        if looks:
            raise InputError(relative, f"is named {suffix}, but its bytes look like {looks}")
        return format_  # nothing better is known: the reader says precisely what is wrong
    for candidate in formats():
        if candidate.sniff(head):
            return candidate
    foreign = _foreign(head)
    what = f"is {foreign}" if foreign else f"has the unknown ending {suffix!r}" if suffix else "has no ending"
    raise UnsupportedError(relative, f"{what}; readable are {choices(suffixes())}")


def _foreign(head: bytes) -> str:
    start = head.lstrip()[:32].lower()
    return next((name for magic, name in _FOREIGN if start.startswith(magic.lower())), "")


def _other_kind(head: bytes, claimed: Format) -> str:
    foreign = _foreign(head)
    if foreign and not head.startswith((b"PK\x03\x04", b"glTF")):
        return foreign
    for other in formats():
        if other is not claimed and not set(other.suffixes) & set(claimed.suffixes) and other.sniff(head):
            return other.title
    return foreign
