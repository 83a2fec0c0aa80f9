"""ZIP packages (3MF): names checked, sizes bounded before and while inflating, nothing written to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from immersive.errors import InputError, LimitError

MAX_ENTRIES: Final = 20_000
MAX_ENTRY_BYTES: Final = 1 << 30
MAX_TOTAL_BYTES: Final = 2 << 30
MAX_RATIO: Final = 200
"""Real packages deflate some 10 to 30 times; bombs a thousand times."""
RATIO_FROM: Final = 1 << 20
"""The ratio is not looked at below a megabyte."""
_CHUNK: Final = 1 << 20


class Package:
    """A ZIP archive in memory.

    Args:
        data: The bytes.
        file: For messages.

    Raises:
        InputError: Not a whole ZIP archive, encrypted, or with names that climb out.
        LimitError: Too many entries, or sizes beyond the limits.
    """

    def __init__(self, data: bytes, file: str) -> None:
        self.file = file
        self._read = 0
        if not data.startswith(b"PK"):
            raise InputError(file, "is no ZIP package")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
            raise InputError(file, f"is a damaged or truncated ZIP package ({error})") from None
        entries = self._zip.infolist()
        if len(entries) > MAX_ENTRIES:
            raise LimitError(file, f"has {len(entries):,} entries; at most {MAX_ENTRIES:,} are read")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for entry in entries:
            name = entry.filename.replace("\\", "/")
            if name.startswith("/") or ":" in name or ".." in name.split("/") or "\0" in name:
                raise InputError(file, f"holds an entry that climbs out of the package: {entry.filename!r}")
            if entry.flag_bits & 0x1:
                raise InputError(file, "is encrypted", place=f"entry {name!r}")
            total += entry.file_size
            # Part names of a package are compared without case (OPC, ISO/IEC 29500-2).
            self._entries.setdefault(name.lower(), entry)
        if total > MAX_TOTAL_BYTES:
            raise LimitError(file, f"inflates to {total:,} bytes; at most {MAX_TOTAL_BYTES:,} are read")

    def has(self, name: str) -> bool:
        """Whether there is a part of this absolute name."""
        return name.lstrip("/").lower() in self._entries

    def read(self, name: str) -> bytes:
        """The inflated bytes of a part.

        Raises:
            InputError: No such part, or it is damaged.
            LimitError: It inflates beyond the limits.
        """
        entry = self._entries.get(name.lstrip("/").lower())
        if entry is None:
            raise InputError(self.file, f"has no part {name!r}")
        where = f"entry {entry.filename!r}"
        self._check(entry.file_size, entry, where)
        pieces: list[bytes] = []
        size = 0
        try:
            with self._zip.open(entry) as stream:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    self._check(size, entry, where)
                    pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as error:
            reason = str(error) or type(error).__name__
            raise InputError(self.file, f"is damaged ({reason})", place=where) from None
        except NotImplementedError as error:
            raise InputError(
                self.file, f"is compressed in a way that is not read ({error})", place=where
            ) from None
        self._read += size
        if self._read > MAX_TOTAL_BYTES:
            raise LimitError(self.file, f"inflates beyond {MAX_TOTAL_BYTES:,} bytes", place=where)
        return b"".join(pieces)

    def _check(self, size: int, entry: zipfile.ZipInfo, where: str) -> None:
        if size > MAX_ENTRY_BYTES:
            raise LimitError(self.file, f"inflates beyond {MAX_ENTRY_BYTES:,} bytes", place=where)
        if size > RATIO_FROM and size > MAX_RATIO * max(entry.compress_size, 1):
            raise LimitError(
                self.file,
                f"inflates {size // max(entry.compress_size, 1):,} times, from {entry.compress_size:,} bytes; "
                f"at most {MAX_RATIO} times is read",
                place=where,
            )
