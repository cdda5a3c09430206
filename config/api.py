"""The API for the marketplace's machines: every app's router meets here, under `/api/v1/`.

The document stands at `/api/v1/openapi.json`; there is no page of it, whose scripts would come from another host.
Another app joins with its router: `api.add_router("", violations_router)`. What routers are made of is `core.api`.
"""

from apps.accounts.api import router as sellers
from apps.compliance.api import router as violations
from apps.core.api import Api, StrictParser

DESCRIPTION = """The marketplace's own systems send violations in, name sellers and read how they stand.

- **Tokens**: `Authorization: Bearer TOKEN`. A token has scopes and may end; it is made in the admin (*API*), or by
  `manage.py issue_token NAME --scope violations:write`.
- **What is sent** is JSON in UTF-8, at most 5 MB, with no field but those named here.
- **Errors** are `{"errors": [{"field": "…", "reason": "…"}]}`, whatever the status; reasons are in English.
- **Again** is safe: a call that is sent a second time, with the same content, changes nothing.
- **Pace**: 300 calls a minute for each token, if the site says nothing else. Beyond that 429 tells in `Retry-After`
  how many seconds to wait.
"""

api = Api(
    title="Seller University",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    parser=StrictParser(),
    openapi_extra={
        "tags": [
            {"name": "Sellers", "description": "Who sells, and who stands for whom."},
            {"name": "Violations", "description": "What sellers did, sent in and taken back."},
            {"name": "Standing", "description": "Where a seller stands."},
        ]
    },
)
api.add_router("", sellers)
api.add_router("", violations)
