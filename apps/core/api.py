"""What every router of the API is made of: the tokens' scopes, strict JSON, errors of one shape, the document.

A router stands in its app's `api` room and meets the others in `config/api.py`:

    router = Router(tags=["Sellers"])

    @router.put("/sellers/{seller_code}", auth=Bearer("sellers:write"), response=answers(SellerOut))
    def put_seller(request: HttpRequest, seller_code: str, body: SellerIn) -> …

- `Bearer(scope)` lets in a token with this scope: 401 without a token that counts, 403 outside of its scopes. Who calls
  is `request.machine` (`accounts.middleware.MachineMiddleware` finds out): its `scopes`, its `account`.
- `answers(Shape)` documents 200 with the shape and every error that a call may get.
- `Shape` is the base of what comes in: unknown fields are refused. A `Refusal` that a service raises is answered with
  its status and reason, at the field that `at_field` names around the call; several at once are a `Faulty`.
- `SellerCode` is how an address names a seller.
- `count(request, created=3)` notes what the call did, for the list of calls in the admin.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, NamedTuple, Protocol, TypeAlias, cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Path
from ninja.errors import HttpError
from ninja.errors import ValidationError as Unfit
from ninja.parser import Parser
from ninja.security.base import AuthBase
from pydantic import BaseModel, ConfigDict, Field

from apps.core.refusals import explain
from apps.core.rules import Refusal, gettext_noop

LARGEST_BODY = 5 * 1024 * 1024
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST_NAME = 100
"""What of a field's name is said in a refusal."""
DEEPEST = 20
"""How many lists and objects may stand within each other in what is sent."""


class Shape(BaseModel):
    """Base of what comes in: no field but those that the contract names."""

    model_config = ConfigDict(extra="forbid")


class FaultOut(BaseModel):
    """One thing that is wrong."""

    field: str = Field(description="Which field, as a path: `violations.3.type`. Empty where it isn't about one.")
    reason: str = Field(description="What is wrong with it, in English.")


class FaultsOut(BaseModel):
    """Why the call was refused. Nothing was changed by it."""

    errors: list[FaultOut]


class Fault(NamedTuple):
    """One thing that is wrong, and with which field ("" for the call as a whole)."""

    field: str
    reason: str


class Faulty(Exception):
    """The call is refused, each fault with its field."""

    def __init__(self, faults: Sequence[Fault], status: int = 422) -> None:
        super().__init__(faults)
        self.faults, self.status = faults, status


class Unreadable(Faulty):
    """What was sent is no JSON, or none that can be taken at its word."""

    def __init__(self, reason: str, *, field: str = "", status: int = 400) -> None:
        super().__init__([Fault(field, reason)], status)


SellerCode = Annotated[
    str,
    Path(
        pattern=r"^ *[A-Za-z0-9][A-Za-z0-9-]{1,31} *$",
        description="The marketplace's code of the seller; trimmed and upper-cased.",
        examples=["ALICE-01"],
    ),
]


@contextmanager
def at_field(field: str) -> Iterator[None]:
    """A refusal within is about this field of what was sent."""
    try:
        yield
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        raise Faulty([Fault(field, explain(refusal))]) from refusal


def faults(status: int, found: Sequence[Fault], headers: Mapping[str, str] | None = None) -> HttpResponse:
    """The answer to a call that is refused."""
    errors = [{"field": fault.field, "reason": fault.reason} for fault in found]
    return JsonResponse({"errors": errors}, status=status, headers=dict(headers or {}))


def refused(refusal: Refusal) -> HttpResponse:
    """The answer to what a rule refuses."""
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return faults(refusal.status, [Fault("", explain(refusal))], headers)


# --- Who calls --------------------------------------------------------------------------------------------


class Machine(Protocol):
    """A token that counts."""

    scopes: Sequence[str]


class ScopeMissing(Refusal):
    """The token opens other things than this."""

    status = 403


class Bearer(AuthBase):
    """Lets in a token with this scope."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "A token of a machine account, made in the admin or by `manage.py issue_token`."

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = str(scope)

    def __call__(self, request: HttpRequest) -> Machine:
        """The token, which `MachineMiddleware` has looked up, or why it doesn't count."""
        machine = cast(Machine | Refusal, getattr(request, "machine", None))
        if isinstance(machine, Refusal):
            raise machine
        if self.scope not in machine.scopes:
            raise ScopeMissing(gettext_noop("This token lacks the scope %(scope)s."), scope=self.scope)
        return machine


def count(request: HttpRequest, **counts: int) -> None:
    """Note what the call did."""
    request.machine_counts = counts  # type: ignore[attr-defined]


# --- What comes in ----------------------------------------------------------------------------------------


class StrictParser(Parser):
    """JSON as RFC 8259 has it, in which nothing can hide: no double keys, no NaN, no bottomless nesting."""

    def parse_body(self, request: HttpRequest) -> Any:
        """What was sent, or an `Unreadable`."""
        return read_json(request.body)


def read_json(body: bytes) -> Any:
    """What these bytes say; `Unreadable` where they say nothing, or two things at once."""
    try:
        told = json.loads(
            body.decode("utf-8"),
            parse_constant=refuse_constant,
            parse_float=finite,
            object_pairs_hook=without_double_keys,
        )
    except UnicodeDecodeError:
        raise Unreadable("This is no UTF-8.") from None
    except RecursionError:
        raise Unreadable("This is nested too deeply.") from None
    except ValueError:
        raise Unreadable("This is no JSON.") from None
    check_values(told)
    return told


def refuse_constant(name: str) -> None:
    """JSON has no NaN and no Infinity; Python would read them."""
    raise Unreadable(f"{name} is no JSON.")


def finite(digits: str) -> float:
    """A number that can be counted with."""
    number = float(digits)
    if not math.isfinite(number):
        raise Unreadable("A number is too large.")
    return number


def without_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand in it once: of two, each reader would take another one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("A key stands in one object twice.")
    return found


Place: TypeAlias = tuple[Any, str | int] | None
"""Where a value stands: the path of what holds it, and its name or place there; None is the whole body."""


def check_values(told: Any) -> None:
    """Refuse what is nested too deeply, and texts that no database and no page can hold.

    Paths are links to those above, spelt out only in a refusal: a long key over many elements would fill the memory.
    """
    waiting: list[tuple[Place, Any, int]] = [(None, told, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > DEEPEST:
            raise Unreadable("This is nested too deeply.")
        if isinstance(value, str):
            check_text(path, value)
        elif isinstance(value, dict):
            for name, each in value.items():
                check_text(path, name)
                waiting.append(((path, name), each, depth + 1))
        elif isinstance(value, list):
            waiting += [((path, index), each, depth + 1) for index, each in enumerate(value)]


def check_text(path: Place, text: str) -> None:
    """Refuse NUL and halves of characters."""
    if UNKEEPABLE.search(text):
        raise Unreadable("A text holds a character that can't be kept.", field=spelt(path), status=422)


def spelt(path: Place) -> str:
    """The path as errors name it: `violations.3.message`.

    >>> spelt(((None, "violations"), 3))
    'violations.3'
    """
    names: list[str] = []
    while path is not None:
        path, name = path
        names.append(str(name)[:LONGEST_NAME])
    return ".".join(reversed(names))


# --- What goes out ----------------------------------------------------------------------------------------

REASONS = {
    400: "This is no JSON.",
    401: "Send a valid token: Authorization: Bearer TOKEN.",
    403: "This token lacks the scope %s.",
    404: "There is nothing at this address.",
    405: "This address doesn't know this method.",
    413: "This is more than 5 MB. Send it in parts.",
    422: "Field required.",
    429: "Too many calls: 300 a minute are allowed. Wait, then go on.",
    500: "Something went wrong on our side. Nothing was changed; try again later.",
}
MEANINGS = {
    400: "What was sent is no JSON, or JSON that was tampered with.",
    401: "No token, or one that doesn't count (any more).",
    403: "The token lacks the scope.",
    404: "What the address names isn't known.",
    413: "More than 5 MB were sent.",
    422: "A field doesn't fit; `errors` names each.",
    429: "Too many calls in this minute.",
}
HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "`Bearer`."}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "In how many seconds to go on."}},
}


def answers(shape: Any, *more: int) -> dict[int, Any]:
    """The shape of a call that went well, and every error that each call may get; `more` as 404 for this one."""
    return {200: shape} | dict.fromkeys(sorted({400, 401, 403, 413, 422, 429, *more}), FaultsOut)


def plain_fault(status: int) -> list[Fault]:
    """What is said of a status where nobody said more."""
    return [Fault("", REASONS.get(status, "This call can't be answered."))]


def unfit(error: Unfit) -> HttpResponse:
    """The fields that don't fit, by the names under which they were sent."""
    found = [Fault(path_of(each["loc"]), reason_of(each)) for each in error.errors]
    if any(each["loc"] == ("body", "body") and each["type"] == "missing" for each in error.errors):
        return faults(400, [Fault("", "Send JSON.")])
    return faults(422, found)


def path_of(place: Sequence[str | int]) -> str:
    """Where a value stood, without what only our own code calls it: `body`, and the parameter's name."""
    return ".".join(str(each) for each in (place[2:] if place[0] == "body" else place[1:]))


def reason_of(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, as a sentence."""
    own = {"extra_forbidden": "This field isn't known.", "missing": "This field is missing."}
    reason = own.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return reason if reason.endswith(".") else f"{reason}."


class Api(NinjaAPI):
    """An API that answers with JSON whatever happens, and whose document says so."""

    def set_default_exception_handlers(self) -> None:
        """Every error in the one shape."""
        super().set_default_exception_handlers()
        for kind, answer in ANSWERS.items():
            self.add_exception_handler(kind, lambda _request, error, answer=answer: answer(error))

    def get_openapi_schema(self, **place: Any) -> Any:
        """The document, with the scopes, what each error means, and an example of it."""
        document = super().get_openapi_schema(**place)
        for methods in document["paths"].values():
            for operation in methods.values():
                tell_errors(operation)
        tell_scopes(self, document)
        return document


def tell_errors(operation: dict[str, Any]) -> None:
    """What each error means, its headers, and an example."""
    scopes = " ".join(scope for each in operation.get("security", []) for scope in each.get("Bearer", []))
    for status, answer in operation["responses"].items():
        if status not in MEANINGS:
            continue
        answer["description"] = MEANINGS[status]
        reason = REASONS[status].replace("%s", scopes or "of this call")
        example = {"errors": [{"field": "field" if status == 422 else "", "reason": reason}]}
        answer["content"]["application/json"]["example"] = example
        if status in HEADERS:
            answer["headers"] = HEADERS[status]


def tell_scopes(api: NinjaAPI, document: Any) -> None:
    """Each operation with the scope that it asks for."""
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                told = find_operation(document, operation.operation_id or api.get_openapi_operation_id(operation))
                needed = [each.scope for each in operation.auth_callbacks if isinstance(each, Bearer)]
                if told is not None and needed:
                    told["security"] = [{"Bearer": needed}]
                    tell_errors(told)


def find_operation(document: Any, name: str) -> dict[str, Any] | None:
    """The operation of this id in the document."""
    every = (operation for methods in document["paths"].values() for operation in methods.values())
    return next((operation for operation in every if operation["operationId"] == name), None)


def of_http(error: HttpError) -> HttpResponse:
    """What ninja refuses by itself; what our parser said stands behind it."""
    if isinstance(error.__cause__, Faulty):
        return faults(error.__cause__.status, error.__cause__.faults)
    return faults(error.status_code, plain_fault(error.status_code))


ANSWERS: dict[type[Exception], Callable[[Any], HttpResponse]] = {
    Unfit: unfit,
    HttpError: of_http,
    Faulty: lambda error: faults(error.status, error.faults),
    Refusal: refused,
    Http404: lambda _error: faults(404, plain_fault(404)),
}
