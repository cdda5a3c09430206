"""People and sellers (`people`) and the marketplace's machines (`machines`) in the Wagtail admin."""

from apps.accounts.viewsets.machines import MachinesGroup
from apps.accounts.viewsets.people import PersonViewSet, SellerViewSet

__all__ = ["MachinesGroup", "PersonViewSet", "SellerViewSet"]
