"""The site as a whole: start page, dashboard, profile, help, health endpoints, errors, the demo market's seed.

Owns what came in through the contact form. May know every app below; nothing knows it.
"""
