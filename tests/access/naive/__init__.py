"""What grants let through, said as simply as it can be: over the text of a document and the rows of a world.

Written from docs/how-to/grant-access.md, decision 0019 and DESIGN section 4, without `baseregistry.access`; the differential
test holds the service against it.
"""
