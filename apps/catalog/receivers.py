"""Wagtail says that something changed; the index of readings follows, in the same transaction."""

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from apps.catalog.models import Video, VideoTrack
from apps.catalog.services.readings import refresh_readings, refresh_users_of, touch_children_of, touch_users_of


@receiver([page_published, page_unpublished, page_slug_changed])
def follow_page(instance: Page, **_kwargs: Any) -> None:
    """A page was published, unpublished or renamed."""
    refresh_readings(instance)


@receiver(post_page_move)
def follow_move(instance: Page, parent_page_before: Page, parent_page_after: Page, **_kwargs: Any) -> None:
    """A page was moved, or changed places with its siblings."""
    refresh_readings(instance)
    touch_children_of(parent_page_before)
    touch_children_of(parent_page_after)


@receiver(post_delete, sender=Page)
def follow_deletion(instance: Page, **_kwargs: Any) -> None:
    """A page is gone, its reading with it; whoever linked to it, and its course, show that."""
    touch_users_of(instance)


@receiver([post_save, post_delete], sender=PageViewRestriction)
def follow_restriction(instance: PageViewRestriction, **_kwargs: Any) -> None:
    """A page became private or open again."""
    refresh_readings(instance.page)


@receiver([post_save, post_delete], sender=Image)
@receiver([post_save, post_delete], sender=Document)
def follow_thing(instance: Model, **_kwargs: Any) -> None:
    """A picture or a file changed."""
    touch_users_of(instance)


@receiver([post_save, post_delete], sender=Video)
def follow_clip(instance: Video, **_kwargs: Any) -> None:
    """A clip changed: its file, its length, its still picture."""
    refresh_users_of(instance)


@receiver([post_save, post_delete], sender=VideoTrack)
def follow_captions(instance: VideoTrack, **_kwargs: Any) -> None:
    """The captions of a clip changed."""
    touch_users_of(Video(pk=instance.video_id))
