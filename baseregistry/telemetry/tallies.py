"""Plain counters per operation: to count a request takes two readings of a clock and a few additions.

Prometheus's own objects take a lock and a look-up per observation.  These are read when Prometheus asks
(`metrics.py`), on the event loop that also counts: nothing is locked.
"""

import re
from bisect import bisect_left
from collections import defaultdict

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # s, upper ends
MOST_OPERATIONS = 200  # a label of its own for each; the rest share one
MOST_DOCUMENTS = 4_000
LONGEST_NAME = 64
OTHERS, NONE = "(others)", "(none)"  # no names of GraphQL: nobody can ask in them
SMALL, EVERY = 512, 64  # answers of so many bytes have their rows counted; of larger ones each 64th
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*", re.ASCII)


class Tally:
    """What became of one operation's requests."""

    __slots__ = (
        "_density",
        "_large",
        "buckets",
        "bytes",
        "cost",
        "failures",
        "operation",
        "refusals",
        "rows",
        "seconds",
    )

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self.buckets = [0] * (len(BOUNDS) + 1)  # of answers, by how long they took
        self.seconds = 0.0
        self.bytes = 0
        self.rows = 0.0
        self.cost = 0
        self.failures = 0
        self.refusals: defaultdict[str, int] = defaultdict(int)
        self._large, self._density = 0, 0.0

    def answered(self, seconds: float, cost: int, body: bytes) -> None:
        """Count an answer in."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds
        self.cost += cost
        size = len(body)
        self.bytes += size
        self.rows += rows(body) if size <= SMALL else self._estimated(body)

    def _estimated(self, body: bytes) -> float:
        """Rows of a large answer: counted in each 64th, the others have as many per byte as that one."""
        self._large += 1
        if self._large % EVERY == 1:
            self._density = rows(body) / len(body)
        return self._density * len(body)


def rows(body: bytes) -> int:
    """How many records the lists of an answer hold; 1 for an answer without a list.

    PostgreSQL writes ``, `` between the items of a list, and nowhere else outside of a text.
    """
    lists = body.count(b"[{")
    return lists + body.count(b", {") if lists else 1


class Tallies:
    """The tallies of one worker.  Documents are known by their digest, operations by their name."""

    def __init__(self) -> None:
        self.operations: dict[str, Tally] = {}
        self._documents: dict[tuple[bytes, str | None], Tally] = {}

    def of(self, digest: bytes, asked_name: str | None) -> Tally | None:
        """The tally of a document (and of the operation that was asked for in it), if `add` has named it."""
        return self._documents.get((digest, asked_name))

    def add(self, digest: bytes, asked_name: str | None, name: str | None) -> Tally:
        """A document's tally: under the operation's `name`, or without one under the document's short hash."""
        if len(self._documents) >= MOST_DOCUMENTS:
            self._documents.clear()
        tally = self._documents[digest, asked_name] = self.named(_label(digest, name))
        return tally

    def named(self, label: str) -> Tally:
        """The tally with a label; `OTHERS` when there are too many."""
        if label not in self.operations and len(self.operations) >= MOST_OPERATIONS and label != NONE:
            label = OTHERS
        return self.operations.setdefault(label, Tally(label))


def _label(digest: bytes, name: str | None) -> str:
    return name[:LONGEST_NAME] if name and _NAME.fullmatch(name) else digest.hex()[:12]
