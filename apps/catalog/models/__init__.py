"""Tables of catalog: `pages`, `clips`, `readings`, the index of what anyone may open, and what `policies` said when."""

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
from apps.catalog.models.policies import PolicyChange, PolicyVersion, SectionVersion
from apps.catalog.models.readings import LISTS, Reading, ReadingQuerySet, ReadingUse, SearchEntry, thing_label

__all__ = [
    "LISTS",
    "CataloguePage",
    "CoursePage",
    "EditorialPage",
    "HomePage",
    "LessonPage",
    "PlainPage",
    "PolicyChange",
    "PolicyIndexPage",
    "PolicyPage",
    "PolicyVersion",
    "Reading",
    "ReadingQuerySet",
    "ReadingUse",
    "SearchEntry",
    "SectionPage",
    "SectionVersion",
    "UpdateIndexPage",
    "UpdatePage",
    "Video",
    "VideoTrack",
    "same_in_all_languages",
    "thing_label",
    "title_of",
    "walk",
]
