"""The one table from an error's class to an HTTP status; every door answers by it.

A class without an entry of its own has the status of the class it stands under.
"""

from baseregistry import errors

STATUS: dict[type[errors.RegisterError], int] = {
    errors.RegisterError: 500,
    errors.DeclarationError: 500,
    errors.BadInput: 400,
    errors.BadValue: 400,
    errors.BadFile: 400,
    errors.BadQuestion: 400,
    errors.Refused: 409,
    errors.RuleBroken: 422,
    errors.Conflict: 409,
    errors.DanglingReference: 409,
    errors.StaleVersion: 412,
    errors.NotFound: 404,
    errors.Busy: 503,
    errors.Forked: 409,
    errors.Tampered: 500,
    errors.NotAllowed: 401,
    errors.NotGranted: 403,
    errors.TooMuch: 429,
    errors.Unavailable: 503,
}


def status_of(error: errors.RegisterError) -> int:
    """The HTTP status of an error (RFC 9110)."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
