"""Takes pictures, files and clips into the library, each once."""

from pathlib import Path

from django.core.files import File
from django.core.files.images import ImageFile
from wagtail.documents.models import Document
from wagtail.images.models import Image

from apps.catalog.models import Video, VideoTrack


def same_file(stored: object, file: Path) -> bool:
    """Whether the library holds just these bytes."""
    try:
        with stored.open("rb") as kept:  # type: ignore[attr-defined]
            return kept.read() == file.read_bytes()
    except OSError:
        return False


def put_image(*, file: Path, title: str, description: str) -> Image:
    """The picture of this title, with these bytes."""
    image = Image.objects.filter(title=title).first() or Image(title=title)
    if image.pk and same_file(image.file, file) and image.description == description:
        return image
    with file.open("rb") as source:
        image.file = ImageFile(source, name=file.name)
        image.description = description
        image.file_size = file.stat().st_size
        image._set_file_hash()
        image.save()
    return image


def put_document(*, file: Path, title: str) -> Document:
    """The file of this title, with these bytes."""
    document = Document.objects.filter(title=title).first() or Document(title=title)
    if document.pk and same_file(document.file, file):
        return document
    with file.open("rb") as source:
        document.file = File(source, name=file.name)
        document._set_document_file_metadata()
        document.save()
    return document


def put_video(
    *, file: Path, title: str, seconds: int, transcript: str, poster: Image | None, captions: dict[str, Path]
) -> Video:
    """The clip of this title with its captions by language."""
    video = Video.objects.filter(title=title).first() or Video(title=title)
    unchanged = (video.seconds, video.transcript, video.poster_id) == (seconds, transcript, poster and poster.pk)
    if video.pk and unchanged and same_file(video.file, file):
        return video
    video.seconds, video.transcript, video.poster = seconds, transcript, poster
    with file.open("rb") as source:
        video.file = File(source, name=file.name)
        video.save()
    VideoTrack.objects.filter(video=video).delete()
    for language, caption in captions.items():
        with caption.open("rb") as source:
            VideoTrack.objects.create(video=video, language=language, file=File(source, name=caption.name))
    return video
