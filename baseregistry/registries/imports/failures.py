"""Files that cannot be imported at all: each failure with its code, the place in the file, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baseregistry import errors


def unreadable(path: Path, why: str, *, code: str = "input.unreadable_file", hint: str | None = None) -> errors.BadFile:
    """``parcels.csv: line 7 has …``."""
    return errors.BadFile(
        f"{path.name}: {why}.",
        code=code,
        hint=hint or "Open the file with the program that made it, and save it again.",
        where={"file": str(path)},
    )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """What the system says against reading or writing `path`, as errors.BadFile; that it is not there, is told elsewhere."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as failure:
        why = f"the system refuses it ({failure.strerror or failure})"
        hint = "Give the path of a file that you may read; the refused rows go where you may write."
        raise unreadable(path, why, hint=hint) from failure


def bad_encoding(path: Path, line: int, encoding: str) -> errors.BadFile:
    """Bytes that are no text in the encoding."""
    return unreadable(
        path,
        f"line {line} is not text in the encoding {encoding}",
        code="input.bad_encoding",
        hint="Save it as UTF-8, or say its encoding: --encoding cp1258 (Vietnamese Windows), --encoding cp1252.",
    )


def too_long(path: Path, line: int, what: str, limit: int) -> errors.BadFile:
    """A line, field or feature beyond what is read at once: the file is damaged, or is not what it says it is."""
    return unreadable(
        path,
        f"{what} at line {line} is longer than {limit // 2**20} MiB",
        code="input.too_long",
        hint="Check that the file is whole and of the kind that its name says.",
    )
