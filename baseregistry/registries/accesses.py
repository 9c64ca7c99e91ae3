"""The three views of the access log: what each shows of a request, by declared name.

The data subject's tells who, when, why and what in words, and nothing of anybody else; the agency's, all that its own
clients asked; the auditor's, everything with digests and places in the chain.
"""

from enum import Enum


class View(Enum):
    """Whose view; the value is what its root and its granted paths are called."""

    SUBJECT = "subject_access"
    AGENCY = "agency_access"
    LOG = "access_log"


_WHO_AND_WHY = ("at", "agency", "official", "role", "purpose", "legal_bases", "case_id")
_REQUEST = (
    *(*_WHO_AND_WHY, "answered_at", "client", "caller", "form", "operation", "document", "paths", "levels"),
    *("status", "code", "record_count", "records"),
)
SHOWN = {
    View.SUBJECT: (*_WHO_AND_WHY, "told"),
    View.AGENCY: _REQUEST,
    View.LOG: (*_REQUEST, "position", "place", "head", "answer", "asked_hash", "known", "valid_at"),
}
FORMS = ("answer", "stream", "change", "refusal", "refusals")
