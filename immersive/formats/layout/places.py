"""Where each key of a TOML text stands: key path → line. For messages.

Expects text that a TOML parser has accepted and follows its keys only; it never fails on
such text, and gives what it has found so far on any other.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_MULTI_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{1,2}(?!"))?', re.DOTALL)
_MULTI_LITERAL = re.compile(r"'''.*?'''(?:'{1,2}(?!'))?", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_PLAIN_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


class _Stop(Exception):
    """The text is not what a TOML parser accepts."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.counted = 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}
        self.path: Path = ()
        self.headers: list[tuple[int, tuple[str, ...], bool]] = []

    def line_here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _Stop
        self.at = match.end()
        return match.group()

    def ahead(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> None:
        if not self.ahead(token):
            raise _Stop
        self.at += len(token)

    def document(self) -> None:
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.ahead("["):
                self.header()
            else:
                self.pair(self.path)

    def header(self) -> None:
        line = self.line_here()
        start = self.at
        array = self.ahead("[[")
        self.take("[[" if array else "[")
        keys = self.key()
        self.take("]]" if array else "]")
        self.headers.append((start, keys, array))
        path = self.resolve(keys[:-1])
        last: Path = (*path, keys[-1])
        if array:
            self.tables[last] = self.tables.get(last, -1) + 1
            self.note(last, line)
            last = (*last, self.tables[last])
        elif last in self.tables:
            last = (*last, self.tables[last])
        self.path = last
        self.note(last, line)

    def resolve(self, keys: tuple[str, ...]) -> Path:
        """Keys of a header as a path: an array of tables on the way means its latest table."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.tables:
                path = (*path, self.tables[path])
        return path

    def note(self, path: Path, line: int) -> None:
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], line)

    def pair(self, base: Path) -> None:
        line = self.line_here()
        path: Path = (*base, *self.key())
        self.note(path, line)
        self.take("=")
        self.skip(_SPACE)
        self.value(path)

    def key(self) -> tuple[str, ...]:
        keys = []
        while True:
            self.skip(_SPACE)
            if self.ahead('"'):
                keys.append(_unescaped(self.skip(_BASIC)[1:-1]))
            elif self.ahead("'"):
                keys.append(self.skip(_LITERAL)[1:-1])
            else:
                keys.append(self.skip(_BARE))
            self.skip(_SPACE)
            if not self.ahead("."):
                return tuple(keys)
            self.at += 1

    def value(self, path: Path) -> None:
        self.note(path, self.line_here())
        if self.ahead("["):
            self.take("[")
            index = 0
            while True:
                self.skip(_BLANK)
                if self.ahead("]"):
                    self.at += 1
                    return
                self.value((*path, index))
                index += 1
                self.skip(_BLANK)
                if not self.ahead("]"):
                    self.take(",")
        elif self.ahead("{"):
            self.take("{")
            while True:
                self.skip(_BLANK)
                if self.ahead("}"):
                    self.at += 1
                    return
                self.pair(path)
                self.skip(_BLANK)
                if not self.ahead("}"):
                    self.take(",")
        else:
            for start, pattern in (
                ('"""', _MULTI_BASIC), ("'''", _MULTI_LITERAL), ('"', _BASIC), ("'", _LITERAL), ("", _SCALAR),
            ):  # fmt: skip
                if self.ahead(start):
                    self.skip(pattern)
                    return


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "uU" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _PLAIN_ESCAPES.get(code, code)

    return _ESCAPE.sub(plain, text)


class Places:
    """Lines of a TOML text's keys.

    Attributes:
        lines: Key path → line, from 1.
        headers: Of each ``[table]`` and ``[[table]]`` in order: offset in the text, keys, and whether
            it is one of an array.
    """

    def __init__(self, text: str) -> None:
        scanner = _Scanner(text)
        with contextlib.suppress(_Stop, RecursionError):
            scanner.document()
        self.lines: Mapping[Path, int] = scanner.lines
        self.headers = tuple(scanner.headers)

    def line(self, path: tuple[Any, ...]) -> int | None:
        """Line of a key, else of the nearest table above it; None where nothing is known."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None
