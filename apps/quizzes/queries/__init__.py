"""Shaped reads of quizzes: `attempts` for who takes them, `bank` for who writes questions."""
