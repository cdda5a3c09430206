"""What there is to read: courses and lessons, policies, shop updates, plain pages; how they are rendered.

Owns the Wagtail pages, their blocks, and the index of what anyone may open now (`Reading`).
Must not know: who reads.
"""
