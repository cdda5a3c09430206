"""What a person learns: enrolments, progress, certificates, and the signed-in way through lessons.

Records belong to the person and are keyed by a page's `translation_key`, so that they outlive translation,
moves, unpublishing and deletion of the page. Must not know: points, violations, seats, paths.
"""
