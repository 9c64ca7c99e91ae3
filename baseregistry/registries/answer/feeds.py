"""Feeds: which records of an entity changed since a ledger position, in the ledger's order, none missed.

A feed is a question like any other (``Form.FEED``): `compile` makes a plan of it, `Pool.run` answers it from one
snapshot.  Positions are committed in order under one lock, so a snapshot that sees a position sees all before it.
"""

from dataclasses import replace

from baseregistry.registries.question import AsOf, Bind, Changes, Field, Form, Page, Question, Scope


def feed(key: str, entity: str, fields: tuple[Field, ...], page: Page, changes: Changes) -> Question:
    """What changed of an entity's records after ``changes.since``, at most ``page.first`` items, up to the head.

    `fields` are those of the connection: ``nodes``, ``edges`` (``cursor``, ``node``) and ``page_info``
    (``has_next_page``, ``end_cursor``, ``up_to``).  Its JSON is ``Answer.data[0]``.  To go on, give ``end_cursor`` as
    ``page.after`` (it is there even when the page is empty), or ``up_to`` as ``changes.since``: all changes up to that
    position have been told.  A page under a filter may hold fewer than `first` items and still have a next one.
    Raises (when run) question.future_position when `since` has not come, ledger.forked for another ledger's hash.
    """
    return Question(key, entity, Form.FEED, fields, Scope(), AsOf(), page=page, changes=changes)


def until(question: Question, position: Bind) -> Question:
    """The same feed, up to a ledger position (itself included) that has come."""
    return replace(question, as_of=AsOf(position=position))
