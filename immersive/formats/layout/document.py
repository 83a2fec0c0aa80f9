"""A layout open for editing: what is not touched stays as it is, byte for byte.

Comments, order, spacing and line ends survive, because tomlkit keeps the text and only the
edited values are written anew. tomlkit would gather the tables of one array that stand apart in
the file (parts, robots, more parts); so the text is cut before every array that comes again, and
each piece is a document of its own.
"""

from __future__ import annotations

import copy
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable, Item, Table, Whitespace

from immersive.errors import LayoutError, UsageError, suggestion
from immersive.formats.layout.normalise import Path, key_text
from immersive.formats.layout.places import Places

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
        self._end = "\r\n" if "\r\n" in body else "\n"
        shown = str(path or "layout")
        self._data: dict[str, Any] | None = toml_data(body, shown)  # the strict parser, with line and column
        try:
            self._pieces = [tomlkit.parse(piece) for piece in pieces(body)]
        except TOMLKitError as error:
            raise LayoutError(shown, f"cannot be edited: {error}") from error
        if self.text != text:
            raise LayoutError(
                shown,
                "cannot be edited without moving text: a sub-table stands apart from the array it belongs to",
                hint="put [name.sub] directly behind its [[name]]",
            )

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
        return self._bom + "".join(tomlkit.dumps(piece) for piece in self._pieces)

    def get(self, path: Path, default: Any = None) -> Any:
        """The plain value at a key path, or ``default`` where there is none."""
        if self._data is None:
            self._data = tomllib.loads(self.text.removeprefix(_BOM))
        node: Any = self._data
        for key in path:
            try:
                node = node[key]
            except (KeyError, IndexError, TypeError):
                return default
        return copy.deepcopy(node)

    def __contains__(self, path: Path) -> bool:
        missing = object()
        return self.get(path, missing) is not missing

    def set(self, path: Path, value: Any) -> None:
        """Write a value; tables on the way are made, a comment behind the old value stays.

        Raises:
            UsageError: The path leads through something that is no table, or past an array's end.
        """
        parent, key = self._parent(path, make=True, value=value)
        old = parent[key] if _has(parent, key) else None
        item = _item(value)
        if isinstance(old, Item) and isinstance(item, Item):
            # tomlkit keeps spacing and comment of a value in its trivia.
            item.trivia.indent = old.trivia.indent
            item.trivia.comment_ws = old.trivia.comment_ws
            item.trivia.comment = old.trivia.comment
            item.trivia.trail = old.trivia.trail
        elif isinstance(item, Item):
            item.trivia.trail = self._end
        self._data = None
        # Comments at the end of a table speak of the next one: a new key comes before them.
        behind = _loose_end(parent) if old is None and isinstance(parent, Table) else []
        try:
            parent[key] = item
        except (TypeError, ValueError, IndexError, TOMLKitError) as error:
            raise UsageError(f"{key_text(path)} cannot be set to {value!r}: {error}") from error
        finally:
            if behind:
                parent.value.body.extend(behind)

    def remove(self, path: Path) -> None:
        """Take a key, or one entry of an array, out of the file.

        Raises:
            UsageError: There is nothing at the path.
        """
        parent, key = self._parent(path, make=False)
        if not _has(parent, key):
            raise UsageError(f"there is no {key_text(path)}{_close(parent, key)}")
        self._data = None
        if isinstance(parent, AoT) and len(parent) == 1:
            # An array of tables without tables has no text of its own.
            above, name = self._parent(path[:-1], make=False, near=parent)
            del above[name]
            return
        del parent[key]

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
        table.trivia.trail = self._end
        if comment:
            note = tomlkit.comment(comment)
            note.trivia.trail = self._end
            table.add(note)
        for name, value in entry.items():
            item = _item(value)
            item.trivia.trail = self._end
            table.add(name, item)
        parent, key = self._parent(path, make=True, value=[])
        self._data = None
        if not _has(parent, key):
            array = tomlkit.aot()
            array.append(table)
            if self.text.strip() and not self.text.endswith(self._end * 2):
                parent.add(self._blank())
            parent[key] = array
            return 0
        array = parent[key]
        if isinstance(array, AoT):
            # A blank line between tables; what stood between the last one and the next stays there.
            follows = parent is not self._pieces[-1] or list(parent)[-1] != key
            behind = _loose_end(array[-1])
            array[-1].add(self._blank())
            if behind or follows:
                table.value.body.extend(behind or [(None, self._blank())])
            array.append(table)
        elif isinstance(array, Array):
            inline = tomlkit.inline_table()
            inline.update({word: _item(value) for word, value in entry.items()})
            array.append(inline)
        else:
            raise UsageError(f"{key_text(path)} is no array of tables")
        return len(self.get(path)) - 1

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

    def _blank(self) -> Whitespace:
        return Whitespace(self._end)

    def _parent(
        self, path: Path, *, make: bool, value: Any = None, near: Any = None
    ) -> tuple[Any, str | int]:
        """(what holds the path's last key, that key in it), in the piece where it stands or belongs."""
        if not path:
            raise UsageError("an empty key path names the whole file")
        piece, local = self._home(path, value, near)
        node: Any = piece
        for at, key in enumerate(local[:-1]):
            if not _has(node, key):
                if not make or not isinstance(node, dict) or not isinstance(key, str):
                    raise UsageError(f"there is no {key_text(path[: at + 1])}{_close(node, key)}")
                node[key] = tomlkit.inline_table() if isinstance(node, InlineTable) else tomlkit.table()
            node = node[key]
            if not isinstance(node, Mapping | list):
                raise UsageError(f"{key_text(path[: at + 1])} is a value and holds no keys")
        return node, local[-1]

    def _home(self, path: Path, value: Any, near: Any) -> tuple[Any, Path]:
        """(piece, path in it): an index counts on through the pieces; what is new goes to the end."""
        found: list[Any] = list(self._pieces)
        holding = [piece for piece in found if path[0] in piece]
        if near is not None:
            holding = [piece for piece in holding if piece[path[0]] is near] or holding
        if not holding:
            new_table = len(path) > 1 or isinstance(value, Mapping | list)
            return self._pieces[-1 if new_table else 0], path
        if len(path) > 1 and isinstance(path[1], int):
            index = path[1]
            for piece in holding:
                length = len(piece[path[0]]) if isinstance(piece[path[0]], list) else 0
                if index < length:
                    return piece, (path[0], index, *path[2:])
                index -= length
            return holding[-1], path
        if len(path) == 1 and isinstance(holding[-1][path[0]], AoT):
            return holding[-1], path
        return max(holding, key=lambda piece: _depth(piece, path)), path


def pieces(text: str) -> list[str]:
    """The text cut before every array of tables that comes again after something else."""
    cuts = [0]
    seen: set[str] = set()
    previous = ""
    for offset, keys, array in Places(text).headers:
        top = keys[0]
        if top != previous and top in seen and array and len(keys) == 1:
            cuts.append(offset)
            seen = set()
        seen.add(top)
        previous = top
    return [text[a:b] for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _loose_end(table: Any) -> list[tuple[None, Any]]:
    """Take the comments and blank lines off the end of a table, and of the sub-table that ends it."""
    while True:
        body = table.value.body
        last = body[-1][1] if body else None
        if isinstance(last, AoT) and len(last):
            table = last[-1]
        elif isinstance(last, Table):
            table = last
        else:
            break
    count = 0
    while count < len(body) and body[-1 - count][0] is None:
        count += 1
    loose = body[len(body) - count :]
    del body[len(body) - count :]
    return list(loose)


def _depth(node: Any, path: Path) -> int:
    """How many keys of the path exist."""
    for at, key in enumerate(path):
        if not _has(node, key):
            return at
        node = node[key]
    return len(path)


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


def _item(value: Any) -> Any:
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({key: _item(item) for key, item in value.items()})
        return table
    return tomlkit.item(value)
