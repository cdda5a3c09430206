"""New versions of a region's programme."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.audit import log_act
from apps.compliance.models import PolicyProgramme
from apps.compliance.rules.programme import Programme, programme_data
from apps.compliance.rules.trials import begin_of_version, check_latest


@transaction.atomic
def save_version(
    *, region: str, programme: Programme, effective_from: datetime | None, note: str, after: int, at: datetime, by: User
) -> PolicyProgramme:
    """Add a version; None lets it begin at once. What was decided before it begins stays decided.

    `after` is the number of the version that was the latest when the draft was begun: of two drafts begun together,
    or one sent twice, only the first is saved. Raises VersionTooEarly, VersionMeanwhile.
    """
    versions = PolicyProgramme.objects.filter(region=region)
    # Who saves holds the first version; only then is the latest looked for, which another may just have added.
    versions.select_for_update().get(number=1)
    latest = versions.latest("number").number
    check_latest(latest=latest, after=after)
    version = PolicyProgramme.objects.create(
        region=region,
        number=latest + 1,
        effective_from=begin_of_version(effective_from, at=at),
        settings=programme_data(programme),
        note=note,
        made_at=at,
    )
    log_act(version, "compliance.save_programme", by=by)
    return version
