"""Tests of the mailroom."""
