"""How far the seed has come: a small protocol, and the bar that a terminal shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress(Protocol):
    """Is told the phases of the work, and what of each is done."""

    def phase(self, title: str, total: int) -> None:
        """A phase of `total` steps begins."""

    def advance(self, steps: int) -> None:
        """So many more steps of the phase are done."""


class Silent:
    """Shows nothing."""

    def phase(self, title: str, total: int) -> None: ...

    def advance(self, steps: int) -> None: ...


class Shown:
    """Rich's bars, one for each phase."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def phase(self, title: str, total: int) -> None:
        self._task = self._bar.add_task(title, total=total)

    def advance(self, steps: int) -> None:
        if self._task is not None:
            self._bar.advance(self._task, steps)


@contextmanager
def shown(console: Console | None = None) -> Iterator[Shown]:
    """A progress bar on the terminal for as long as the block lasts."""
    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = console or Console(stderr=True)
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        yield Shown(bar)
