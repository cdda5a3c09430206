"""Shaped reads of standing."""
