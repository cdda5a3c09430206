"""Quizzes: the engine below every quiz of the site.

Owns the banks of questions, their immutable versions, and attempts: draws, marks, re-marks. Must not know stakes: no
courses, no points, no violations. Whoever gives a quiz a meaning stands above, says its terms (`rules.QuizTerms`), and
hears what happens later by `signals`.
"""
