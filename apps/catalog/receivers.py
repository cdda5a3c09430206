"""Wagtail says that something changed; the index of readings follows, in the same transaction."""

from typing import Any

from django.apps import AppConfig
from django.db.models import Model
from django.db.models.signals import post_delete, post_migrate, post_save
from django.dispatch import receiver
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move, published, unpublished

from apps.catalog.models import PolicyPage, Video, VideoTrack
from apps.catalog.services.policies import keep_unversioned, keep_version
from apps.catalog.services.readings import (
    index_unsearched,
    refresh_readings,
    refresh_users_of,
    touch_children_of,
    touch_courses_with_quizzes,
    touch_users_of,
)
from apps.catalog.services.translations import follow_original
from apps.quizzes.models import Question


@receiver([page_published, page_unpublished, page_slug_changed])
def follow_page(instance: Page, **_kwargs: Any) -> None:
    """A page was published, unpublished or renamed."""
    refresh_readings(instance)


@receiver(page_published)
def follow_translations(instance: Page, **_kwargs: Any) -> None:
    """An original was published anew: what changed waits for its translation."""
    follow_original(page=instance)


@receiver(page_published, sender=PolicyPage)
def follow_policy(instance: PolicyPage, **_kwargs: Any) -> None:
    """A policy was published: its text is kept, and a material change told or noted. One only scheduled isn't live."""
    if instance.live and instance.last_published_at is not None:
        keep_version(page=instance, at=instance.last_published_at)


@receiver(post_page_move)
def follow_move(instance: Page, parent_page_before: Page, parent_page_after: Page, **_kwargs: Any) -> None:
    """A page was moved, or changed places with its siblings."""
    refresh_readings(instance, has_moved=True)
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
def follow_picture(instance: Model, **_kwargs: Any) -> None:
    """A picture changed."""
    touch_users_of(instance)


@receiver([post_save, post_delete], sender=Document)
@receiver([post_save, post_delete], sender=Video)
def follow_thing_with_words(instance: Model, **_kwargs: Any) -> None:
    """A file changed, or a clip: its title, its length, what is said in it, its still picture."""
    refresh_users_of(instance)


@receiver([post_save, post_delete], sender=VideoTrack)
def follow_captions(instance: VideoTrack, **_kwargs: Any) -> None:
    """The captions of a clip changed."""
    refresh_users_of(Video(pk=instance.video_id))


@receiver([published, unpublished], sender=Question)
def follow_question(**_kwargs: Any) -> None:
    """A question can be asked from now on, or no more, or in another bank."""
    touch_courses_with_quizzes()


@receiver(post_migrate)
def follow_upgrade(sender: AppConfig, plan: Any = None, apps: Any = None, **_kwargs: Any) -> None:
    """The tables are as this code wants them: what was published before can be found, what policies say is kept."""
    if sender.label == "catalog" and plan and "searchentry" in apps.all_models["catalog"]:
        index_unsearched()
    if sender.label == "catalog" and plan and "sectionversion" in apps.all_models["catalog"]:
        keep_unversioned()
