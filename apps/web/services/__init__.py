"""What the site as a whole writes: `questions` to staff, and the demo market (`market_pages`, `market_people`)."""
