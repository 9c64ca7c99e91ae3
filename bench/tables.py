"""Tables of results, printed as Markdown: what the terminal shows can be put into the documents as it is."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

CONSOLE = Console(width=240, soft_wrap=True)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> None:
    """Print a table; its first `words` columns are words, the others numbers."""
    table = Table(box=box.MARKDOWN)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < words else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    CONSOLE.print(f"\n{title}\n", highlight=False, markup=False)
    CONSOLE.print(table)


def say(line: str) -> None:
    """Print a line beside the tables."""
    CONSOLE.print(line, highlight=False, markup=False)


def of(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
