"""The ground that every app stands on: the clock, refusals, htmx answers, the security headers.

Owns no table yet. Must not know: any word of the domain.
"""
