"""Shaped reads of the catalogue: `readings` renders one page, `lists` shape many, `quizzes` are what courses ask."""
