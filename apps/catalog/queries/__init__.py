"""Shaped reads of the catalogue: `readings` finds and renders one page, `lists` shape many."""
