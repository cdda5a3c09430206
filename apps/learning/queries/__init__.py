"""Shaped reads of learning: `progress` of one person, `quizzes` of courses, `certificates`, `papers` and `credentials`
made of them, `audiences` for letters to many.

`own` is what a person keeps, plans and is asked to do, `record` all of it; `clarity` is how lessons do, for editors.
"""
