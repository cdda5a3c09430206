"""Finds one knowledge check and marks a pick."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from apps.catalog.models import EditorialPage, Reading, walk


@dataclass(frozen=True)
class Check:
    """A knowledge check of a page that anyone may open."""

    block: str
    question: str
    options: list[dict[str, Any]]
    back_url: str
    page_title: str
    language_code: str

    def answered(self, pick: int | None) -> dict[str, Any]:
        """What the answer's template needs: the pick, whether it is right, why, and the right one."""
        picked = self.options[pick] if pick is not None else None
        return {
            "check": self,
            "question": self.question,
            "options": self.options,
            "pick": pick,
            "right": bool(picked and picked["right"]),
            "explanation": picked["explanation"] if picked else "",
            "right_text": next((each["text"] for each in self.options if each["right"]), ""),
            "back_url": self.back_url,
        }


def find_check(*, key: UUID, language: str, block: str) -> Check | None:
    """The check of this block id in the page's language, or None."""
    reading = Reading.objects.select_related("page").filter(key=key, language=language).first()
    if reading is None:
        return None
    page = cast(EditorialPage, reading.page.specific)
    for stream in page.body_streams:
        for child in walk(stream):
            if child.id == block and child.block_type == "knowledge_check":
                options = [dict(option) for option in child.value["options"]]
                return Check(
                    block, child.value["question"], options, f"{reading.url}#b-{block}", reading.title, language
                )
    return None
