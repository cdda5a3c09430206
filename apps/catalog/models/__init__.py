"""Tables of catalog: `pages`, `clips`, and `readings`, the index of what anyone may open."""

from apps.catalog.models.clips import Video, VideoTrack
from apps.catalog.models.pages import (
    CataloguePage,
    CoursePage,
    EditorialPage,
    HomePage,
    LessonPage,
    PlainPage,
    PolicyIndexPage,
    PolicyPage,
    SectionPage,
    UpdateIndexPage,
    UpdatePage,
    same_in_all_languages,
    title_of,
    walk,
)
from apps.catalog.models.readings import LISTS, Reading, ReadingQuerySet, ReadingUse, SearchEntry, thing_label

__all__ = [
    "LISTS",
    "CataloguePage",
    "CoursePage",
    "EditorialPage",
    "HomePage",
    "LessonPage",
    "PlainPage",
    "PolicyIndexPage",
    "PolicyPage",
    "Reading",
    "ReadingQuerySet",
    "ReadingUse",
    "SearchEntry",
    "SectionPage",
    "UpdateIndexPage",
    "UpdatePage",
    "Video",
    "VideoTrack",
    "same_in_all_languages",
    "thing_label",
    "title_of",
    "walk",
]
