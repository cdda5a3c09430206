"""Checks the books of every seller against the ledger; nothing is put right by itself."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Seller
from apps.compliance.models import PointEntry, Standing
from apps.compliance.queries.books import Past, books_of
from apps.compliance.rules.books import Books, differences

CHUNK = 200


def check_books(*, at: datetime, chunk: int = CHUNK) -> Iterator[tuple[str, str]]:
    """Every difference, as the code of its seller and what is wrong, in the order of keys.

    Where something seems wrong the seller is looked at again with the standing held: an act may have been under way.
    """
    past, after = Past(), 0
    while True:
        sellers = list(sellers_with_books().filter(pk__gt=after).order_by("pk")[:chunk])
        if not sellers:
            return
        books = books_of(sellers)
        for seller in sellers:
            if differences_of(seller, books[seller.pk], past, at):
                for words in look_closely(seller=seller, past=past, at=at):
                    yield seller.code, words
        after = sellers[-1].pk


def sellers_with_books() -> "QuerySet[Seller]":
    """The sellers of whom anything is kept."""
    own = {"seller": OuterRef("pk")}
    return Seller.objects.filter(Exists(Standing.objects.filter(**own)) | Exists(PointEntry.objects.filter(**own)))


@transaction.atomic
def look_closely(*, seller: Seller, past: Past, at: datetime) -> list[str]:
    """What is wrong with one seller's books while nobody else writes into them."""
    if not Standing.objects.select_for_update().filter(seller=seller).exists():
        return ["has a ledger and no standing"]
    return differences_of(seller, books_of([seller])[seller.pk], past, at)


def differences_of(seller: Seller, books: Books, past: Past, at: datetime) -> list[str]:
    """What is wrong with these books."""
    return differences(books, past.for_seller(seller, books), at=at)
