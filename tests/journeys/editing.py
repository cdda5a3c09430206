"""What an editor's browser sends: the form as the admin shows it, with the blocks that its scripts add."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.blocks import StreamValue, StructValue
from wagtail.blocks.list_block import ListValue
from wagtail.fields import StreamField
from wagtail.models import Page, TaskState
from wagtail.rich_text import RichText
from wagtail.test.utils.form_data import nested_form_data, querydict_from_html
from wagtail.test.utils.form_data import rich_text as rich

__all__ = ["approve", "block_ids", "blocks", "create_page", "edit_page", "listed", "preview", "rich", "submit"]


def blocks(*children: tuple[str, Any], ids: list[str] | None = None) -> dict[str, Any]:
    """A stream of (kind, value); `ids` names those that stand there already."""
    known = ids or []
    lines = {
        str(number): {
            "type": kind,
            "value": value,
            "id": known[number] if number < len(known) else "",
            "order": str(number),
            "deleted": "",
        }
        for number, (kind, value) in enumerate(children)
    }
    return lines | {"count": str(len(children))}


def listed(*values: Any) -> dict[str, Any]:
    """A list of values inside a block."""
    lines = {
        str(number): {"value": value, "id": "", "order": str(number), "deleted": ""}
        for number, value in enumerate(values)
    }
    return lines | {"count": str(len(values))}


def block_ids(page: Page) -> list[str]:
    """The names of a lesson's blocks, in its latest draft."""
    return [child.id for child in page.get_latest_revision_as_object().body]


def as_typed(value: Any) -> Any:
    """What a value of a block is in its form."""
    if isinstance(value, StreamValue):
        return blocks(*((child.block_type, as_typed(child.value)) for child in value), ids=[each.id for each in value])
    if isinstance(value, ListValue):
        return listed(*(as_typed(each) for each in value))
    if isinstance(value, StructValue):
        return {name: as_typed(each) for name, each in value.items() if each is not False}
    if isinstance(value, RichText):
        return rich(value.source)
    return str(getattr(value, "pk", value) or "")


def streams_of(kind: type[Page], page: Page | None) -> dict[str, Any]:
    """The stream fields of a page as their scripts put them into the form; of a new page, empty ones."""
    latest = page.get_latest_revision_as_object() if page else kind()
    names = [field.name for field in kind._meta.get_fields() if isinstance(field, StreamField)]
    return {name: as_typed(getattr(latest, name)) for name in names}


def filled_in(editor: Client, address: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The form at this address as the editor sees it, with these facts typed in; `action_x` presses that button."""
    shown = editor.get(address)
    assert shown.status_code == 200, shown.get("Location", shown.status_code)
    form = querydict_from_html(shown.content.decode(), form_id="page-edit-form").dict()
    named = {name.replace("action_", "action-"): value for name, value in facts.items()}
    return form | nested_form_data(named)


def create_page(editor: Client, kind: type[Page], parent: Page, **facts: Any) -> HttpResponse:
    """Save a new page under the parent as a draft, or with `action_submit="1"` submit it."""
    address = reverse("wagtailadmin_pages:add", args=["catalog", kind._meta.model_name, parent.pk])
    return editor.post(address, filled_in(editor, address, streams_of(kind, None) | facts))


def edit_page(editor: Client, page: Page, **facts: Any) -> HttpResponse:
    """Save a page that is there."""
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return editor.post(address, filled_in(editor, address, streams_of(type(page), page) | facts))


def submit(editor: Client, page: Page, **facts: Any) -> HttpResponse:
    """Save the page and hand it to the approvers."""
    return edit_page(editor, page, action_submit="1", **facts)


def preview(editor: Client, page: Page, mode: str, **facts: Any) -> str:
    """The page as the preview shows it for one kind of reader, before anything is saved."""
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    form = filled_in(editor, reverse("wagtailadmin_pages:edit", args=[page.pk]), streams_of(type(page), page) | facts)
    kept = editor.post(address, form)
    assert kept.json() == {"is_valid": True, "is_available": True}
    shown = editor.get(address, {"mode": mode})
    assert shown.status_code == 200
    return shown.content.decode()


def approve(approver: Client, page: Page) -> HttpResponse:
    """Approve what waits for approval; the workflow publishes it."""
    task = TaskState.objects.get(workflow_state__object_id=str(page.pk), status=TaskState.STATUS_IN_PROGRESS)
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", task.pk])
    return approver.post(address, {"comment": ""})
