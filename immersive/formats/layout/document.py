"""A layout open for editing: what is not touched stays as it is, byte for byte.

Comments, order, spacing and line ends survive, because tomlkit keeps the text and only the
edited values are written anew.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable, Item

from immersive.errors import LayoutError, UsageError, suggestion
from immersive.formats.layout.normalise import Path, key_text

_BOM = "\ufeff"


class LayoutDocument:
    """A layout's text with edits by key path. Paths are keys and indices: ``("parts", 0, "role")``.

    Args:
        text: TOML.
        path: Where it came from and where :meth:`save` writes; None for a new one.

    Raises:
        LayoutError: The text is no valid TOML.
    """

    def __init__(self, text: str = "", *, path: str | os.PathLike[str] | None = None) -> None:
        from immersive.formats.layout.read import toml_data

        self.path = None if path is None else FilePath(path)
        self._bom = _BOM if text.startswith(_BOM) else ""
        body = text.removeprefix(_BOM)
        toml_data(body, str(path or "layout"))  # the strict parser, with line and column
        try:
            self._document = tomlkit.parse(body)
        except TOMLKitError as error:
            raise LayoutError(path or "layout", f"not valid TOML: {error}") from error

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> LayoutDocument:
        """Read a file for editing.

        Raises:
            LayoutError: It cannot be read, or is no valid TOML.
        """
        from immersive.formats.layout.read import decoded

        try:
            data = FilePath(path).read_bytes()
        except OSError as error:
            raise LayoutError(path, f"cannot be read: {error.strerror}") from error
        text = decoded(data, str(path))
        return cls((_BOM if data.startswith(_BOM.encode()) else "") + text, path=path)

    @property
    def text(self) -> str:
        """The whole file as it would be saved."""
        return self._bom + tomlkit.dumps(self._document)

    def get(self, path: Path, default: Any = None) -> Any:
        """The plain value at a key path, or ``default`` where there is none."""
        node: Any = self._document
        for key in path:
            try:
                node = node[key]
            except (KeyError, IndexError, TypeError):
                return default
        return _plain(node)

    def __contains__(self, path: Path) -> bool:
        missing = object()
        return self.get(path, missing) is not missing

    def set(self, path: Path, value: Any) -> None:
        """Write a value; tables on the way are made, a comment behind the old value stays.

        Raises:
            UsageError: The path leads through something that is no table, or past an array's end.
        """
        parent: Any = self._parent(path, make=True)
        key = path[-1]
        old = parent[key] if _has(parent, key) else None
        item = _item(value)
        if isinstance(old, Item) and isinstance(item, Item):
            # tomlkit keeps spacing and comment of a value in its trivia.
            item.trivia.indent = old.trivia.indent
            item.trivia.comment_ws = old.trivia.comment_ws
            item.trivia.comment = old.trivia.comment
            item.trivia.trail = old.trivia.trail
        try:
            parent[key] = item
        except (TypeError, ValueError, IndexError, TOMLKitError) as error:
            raise UsageError(f"{key_text(path)} cannot be set to {value!r}: {error}") from error

    def remove(self, path: Path) -> None:
        """Take a key, or one entry of an array, out of the file.

        Raises:
            UsageError: There is nothing at the path.
        """
        parent = self._parent(path, make=False)
        if not _has(parent, path[-1]):
            raise UsageError(f"there is no {key_text(path)}{_close(parent, path[-1])}")
        if isinstance(parent, AoT) and len(parent) == 1:
            # An array of tables without tables has no text of its own.
            del self._parent(path[:-1], make=False)[path[-2]]
            return
        del parent[path[-1]]

    def append(self, path: Path, entry: Mapping[str, Any], *, comment: str = "") -> int:
        """Add a table to an array of tables (made at the end of the file if there is none).

        Args:
            path: Of the array: ``("parts",)``.
            entry: The new table's keys and values.
            comment: One line above its first key.

        Returns:
            Index of the new table.

        Raises:
            UsageError: There is something else at the path.
        """
        table = tomlkit.table()
        if comment:
            table.add(tomlkit.comment(comment))
        for key, value in entry.items():
            table.add(key, _item(value))
        parent = self._parent(path, make=True)
        if not _has(parent, path[-1]):
            array = tomlkit.aot()
            array.append(table)
            self._blank_line()
            parent[path[-1]] = array
            return 0
        array = parent[path[-1]]
        if isinstance(array, AoT):
            # A blank line between tables, where the file has them so.
            if len(array):
                last = array[-1]
                if not last.as_string().endswith("\n\n") and not last.as_string().endswith("\r\n\r\n"):
                    last.add(tomlkit.nl())
            array.append(table)
        elif isinstance(array, Array):
            inline = tomlkit.inline_table()
            inline.update({key: _item(value) for key, value in entry.items()})
            array.append(inline)
        else:
            raise UsageError(f"{key_text(path)} is no array of tables")
        return len(array) - 1

    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Write the file: completely or not at all.

        Raises:
            UsageError: No path is known.
            LayoutError: It cannot be written.
        """
        target = FilePath(path) if path is not None else self.path
        if target is None:
            raise UsageError("the layout has no file yet; give a path")
        write_atomically(target, self.text)
        self.path = target

    def _blank_line(self) -> None:
        text = tomlkit.dumps(self._document)
        if text and not text.endswith("\n\n"):
            self._document.add(tomlkit.nl())

    def _parent(self, path: Path, *, make: bool) -> Any:
        if not path:
            raise UsageError("an empty key path names the whole file")
        node: Any = self._document
        for at, key in enumerate(path[:-1]):
            if not _has(node, key):
                if not make or not isinstance(node, dict) or not isinstance(key, str):
                    raise UsageError(f"there is no {key_text(path[: at + 1])}{_close(node, key)}")
                node[key] = tomlkit.inline_table() if isinstance(node, InlineTable) else tomlkit.table()
            node = node[key]
            if not isinstance(node, Mapping | list):
                raise UsageError(f"{key_text(path[: at + 1])} is a value and holds no keys")
        return node


def write_atomically(target: FilePath, text: str) -> None:
    """Write text as UTF-8 with its line ends as they are, through a temporary file beside the target.

    Raises:
        LayoutError: It cannot be written; a file that was there is untouched.
    """
    handle = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        # mkstemp makes private files; a layout is as public as its folder's other files.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)
        os.replace(temporary, target)
    except OSError as error:
        if handle is not None and os.path.exists(temporary):
            os.unlink(temporary)
        raise LayoutError(target, f"cannot be written: {error.strerror}") from error


def _has(node: Any, key: str | int) -> bool:
    if isinstance(node, Mapping):
        return key in node
    return isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node)


def _close(node: Any, key: str | int) -> str:
    return (
        suggestion(key, [str(k) for k in node]) if isinstance(node, Mapping) and isinstance(key, str) else ""
    )


def _plain(node: Any) -> Any:
    return node.unwrap() if hasattr(node, "unwrap") else node


def _item(value: Any) -> Any:
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({key: _item(item) for key, item in value.items()})
        return table
    return tomlkit.item(value)
