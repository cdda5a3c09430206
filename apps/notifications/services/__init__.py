"""What changes in the mailroom: `letters` writes them, `delivery` sends them, each by rows that outlive a worker."""
