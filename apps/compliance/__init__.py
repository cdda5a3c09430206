"""Where a seller stands with the policies: violations, the ledger of points, milestones, policy quizzes, appeals.

Owns the programme (the settings of a region), violations and their entries, what a milestone brings about, what a
quiz is worth and when it may be taken, appeals. Must not know: seats, paths, reports. How a quiz is drawn and marked
is the business of `quizzes`; where letters and events go, of `notifications`.
"""
