"""What is asked of the mailroom: `recipients` who gets what how, `inbox` what stands on the site."""
