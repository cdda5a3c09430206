"""What the site as a whole writes: `questions` to staff, and the demo market.

The market is loaded in this order: `market_pages`, `market_questions`, `market_people`, `market_standing`;
`market_bulk` and `market_bulk_standing` enlarge it.
"""
