"""One value that cannot be read: what was given, where, what is wrong with it, and what to do."""

from typing import Any

from baseregistry import errors

LONGEST_SHOWN = 60


def bad_value(place: str, raw: Any, said: str, code: str, hint: str | None = None) -> errors.BadValue:
    """The error ``input.<code>``: ``land.parcel.documented_area: '12,5' is not a number.``"""
    shown = raw if isinstance(raw, str) else repr(raw)
    shown = shown.encode("utf-8", "backslashreplace").decode()
    shown = shown if len(shown) <= LONGEST_SHOWN else shown[: LONGEST_SHOWN - 3] + "..."
    return errors.BadValue(
        f"{place}: {shown!r} {said}.", code=f"input.{code}", hint=hint, where={"attribute": place, "value": shown}
    )
