"""What changes about standing.

Lock order: a seller's row and standing first (`hold_standing`), then attempts, then all else of that seller.
"""
