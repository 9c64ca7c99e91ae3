"""Clients that hang up: what they asked is given up, and its statement is cancelled in the database.

Watching a connection takes a task of its own, more than a short answer is worth.  So requests are only counted in and
out, and a sweep watches those that it meets a second time.
"""

import asyncio

from baseregistry.graphql.requests import Receive

PATIENCE = 0.05  # seconds between sweeps: a request is watched when it has taken between this and twice as long

Asking = asyncio.Task[object]


class Hangups:
    """The requests under way on one event loop."""

    def __init__(self) -> None:
        self._new: dict[Asking, Receive] = {}
        self._slow: dict[Asking, Receive] = {}
        self._watched: dict[Asking, asyncio.Task[None]] = {}
        self._sweeping = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, receive: Receive) -> Asking:
        """Count the current task in, whose request has been read to its end.  0.3 µs with `end`."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        task = asyncio.current_task(self._loop)  # told the loop: to ask for it costs a system call
        assert task is not None
        self._new[task] = receive
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(PATIENCE, self._sweep)
        return task

    def end(self, task: Asking) -> None:
        """Count it out."""
        if self._new.pop(task, None) is None:
            self._slow.pop(task, None)
            if watch := self._watched.pop(task, None):
                watch.cancel()

    def gone(self, task: Asking) -> bool:
        """Whether this task was cancelled because its client hung up."""
        watch = self._watched.get(task)
        return watch is not None and watch.done()

    def _sweep(self) -> None:
        for task, receive in self._slow.items():
            self._watched[task] = asyncio.create_task(_watch(task, receive))
        self._slow, self._new = self._new, {}
        self._sweeping = bool(self._slow)
        if self._sweeping:
            asyncio.get_running_loop().call_later(PATIENCE, self._sweep)


async def _watch(task: Asking, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel("the client hung up")
