"""What allauth asks of this site: about people, about second factors, about the marketplace's own accounts."""

from apps.accounts.adapters.people import AccountAdapter

__all__ = ["AccountAdapter"]
