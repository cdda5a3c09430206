"""The shapes of what the policy team types in."""
