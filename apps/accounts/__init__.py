"""Who comes: the person who signs in, the marketplace's seller, the roles of staff.

Owns the sign-in, the link between a person and a seller, the reader's language and zone.
Must not know: what anyone learns, breaks, or attends.
"""
