"""Who comes: the person who signs in, the marketplace's seller, the roles of staff, the marketplace's machines.

Owns the sign-in, the link between a person and a seller, the reader's language and zone; machine accounts, their
tokens and calls, and what machines say of sellers.
Must not know: what anyone learns, breaks, or attends.
"""
