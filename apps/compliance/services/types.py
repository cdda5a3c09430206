"""Types of violations are kept by the policy team."""

from collections.abc import Mapping

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.audit import log_act
from apps.compliance.models import ViolationType, ViolationTypeText


@transaction.atomic
def save_type(*, kind: ViolationType, texts: Mapping[str, tuple[str, str]], by: User) -> ViolationType:
    """Keep a type, new or changed, and what it is called.

    `texts` are name and sentence by language; languages that are missing there are forgotten. Violations that stand
    keep their points and dates.
    """
    act = "wagtail.create" if kind.pk is None else "wagtail.edit"
    kind.save()
    for language, (title, description) in texts.items():
        facts = {"title": title, "description": description}
        ViolationTypeText.objects.update_or_create(type=kind, language=language, defaults=facts)
    kind.texts.exclude(language__in=list(texts)).delete()
    log_act(kind, act, by=by)
    return kind
