"""What Prometheus reads: the tallies, the read pool and the event loop, put into its words when it asks.

One worker tells of itself alone; whoever runs several gives each a port, and Prometheus adds them up.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from baseregistry.telemetry.requests import Requests
from baseregistry.telemetry.tallies import BOUNDS, Tally

PULSE = 0.5  # seconds between two looks at how late the event loop is


class Counted(Protocol):
    """What tells how many connections a pool has: by what they do, and how many requests wait for one."""

    def counts(self) -> dict[str, int]: ...


class Streaming(Protocol):
    """What tells how many subscriptions are open, and how many events they were told."""

    open: int
    pushed: Counter[str]


class Pulse:
    """How late the event loop runs what was due: what a busy worker adds to every request."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._longest, self._due = 0.0, 0.0
        self._next()

    def _next(self) -> None:
        self._due = self._loop.time() + PULSE
        self._handle = self._loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        self._longest = max(self._longest, self._loop.time() - self._due)
        self._next()

    def longest(self) -> float:
        """The longest delay since this was asked last, in seconds; with what is overdue now."""
        longest, self._longest = max(self._longest, self._loop.time() - self._due), 0.0
        return longest

    def stop(self) -> None:
        """Beat no more."""
        self._handle.cancel()


class Packed(Protocol):
    """What fills the tables of the access log."""

    packed: int
    behind: float


class Metrics(Collector):
    """All that one worker tells."""

    def __init__(self, requests: Requests, pool: Counted, pulse: Pulse, streams: Streaming, log: Packed) -> None:
        self._requests, self._pool, self._pulse, self._streams, self._log = requests, pool, pulse, streams, log
        self._began = time.time()
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self.registry.register(self)
        for collector in (GC_COLLECTOR, PLATFORM_COLLECTOR):
            self.registry.register(collector)

    def text(self) -> bytes:
        """The exposition, in Prometheus's text format."""
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """Every family, with all its samples."""
        tallies = list(self._requests.tallies.operations.values())
        yield _histogram(tallies)
        yield from _counters(tallies)
        yield _refusals(tallies)
        yield from self._http()
        yield from self._pushed()
        yield from self._logged()
        yield from self._resources()

    def _logged(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "baseregistry_access_log_packed_groups",
            "Groups of the access log that are not in its tables yet, as this worker saw it last.",
            self._log.packed,
        )
        yield GaugeMetricFamily(
            "baseregistry_access_log_behind_seconds", "Since the first of them was committed.", self._log.behind
        )

    def _http(self) -> Iterator[Metric]:
        statuses = CounterMetricFamily(
            "baseregistry_graphql_responses", "Responses at /graphql, by HTTP status.", labels=["status"]
        )
        for status, count in self._requests.statuses.items():
            statuses.add_metric([str(status)], count)
        yield statuses
        yield CounterMetricFamily(
            "baseregistry_graphql_given_up", "Requests whose client hung up.", self._requests.hung_up
        )

    def _pushed(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("baseregistry_subscriptions", "Subscriptions that are open.", self._streams.open)
        events = CounterMetricFamily(
            "baseregistry_events_pushed", "Events that subscriptions were told, by operation.", labels=["operation"]
        )
        for operation, count in self._streams.pushed.items():
            events.add_metric([operation], count)
        yield events

    def _resources(self) -> Iterator[Metric]:
        pool = GaugeMetricFamily(
            "baseregistry_read_pool_connections",
            "Connections that answer questions, by what they do.",
            labels=["state"],
        )
        counts = self._pool.counts()
        waiting = counts.pop("waiting")
        for state, count in counts.items():
            pool.add_metric([state], count)
        yield pool
        yield GaugeMetricFamily("baseregistry_read_pool_waiting", "Questions that wait for a connection.", waiting)
        yield GaugeMetricFamily(
            "baseregistry_event_loop_lag_seconds",
            "The longest delay of the event loop since the last scrape.",
            self._pulse.longest(),
        )
        yield GaugeMetricFamily("baseregistry_event_loop_tasks", "Tasks on the event loop.", len(asyncio.all_tasks()))


def _histogram(tallies: Iterable[Tally]) -> Metric:
    family = HistogramMetricFamily(
        "baseregistry_answer_seconds", "Until an answer was ready to be sent, by operation.", labels=["operation"]
    )
    for tally in tallies:
        reached, buckets = 0, []
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), tally.buckets, strict=True):
            reached += count
            buckets.append((bound, float(reached)))
        if reached:
            family.add_metric([tally.operation], buckets, tally.seconds)
    return family


def _counters(tallies: Iterable[Tally]) -> Iterator[Metric]:
    rows = CounterMetricFamily(
        "baseregistry_answer_rows",
        "Records in the lists of answers; 1 of each answer without a list.",
        labels=["operation"],
    )
    size = CounterMetricFamily(
        "baseregistry_answer_bytes", "Bytes of answers, before compression.", labels=["operation"]
    )
    cost = CounterMetricFamily("baseregistry_answer_cost", "Points that answered questions cost.", labels=["operation"])
    failures = CounterMetricFamily("baseregistry_failures", "Requests that failed unforeseen.", labels=["operation"])
    for tally in tallies:
        for family, value in (
            (rows, round(tally.rows)),
            (size, tally.bytes),
            (cost, tally.cost),
            (failures, tally.failures),
        ):
            family.add_metric([tally.operation], value)
    return iter((rows, size, cost, failures))


def _refusals(tallies: Iterable[Tally]) -> Metric:
    family = CounterMetricFamily(
        "baseregistry_refusals", "Requests that were refused, by operation and code.", labels=["operation", "code"]
    )
    for tally in tallies:
        for code, count in tally.refusals.items():
            family.add_metric([tally.operation, code], count)
    return family
