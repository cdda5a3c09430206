"""What a letter is, when it is tried again and given up, and who gets it by e-mail."""

import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from apps.core.rules import Refusal, StateMachine, gettext_noop, pause_after
from apps.notifications.enums import Channel, DeliveryState, Kind, MessageState, SendingState, SuppressionReason

GIVE_UP_LETTER_AFTER = timedelta(days=1)
GIVE_UP_DELIVERY_AFTER = timedelta(days=3)
OLD_SECRET_SIGNS_FOR = timedelta(hours=24)
RECEIVER_RESTS_FOR = timedelta(minutes=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)

# Always by e-mail too: without these nobody gets in, or staff would miss a question.
NOT_A_CHOICE = frozenset({Kind.ACCOUNT, Kind.STAFF})
CHOICES = tuple(kind for kind in Kind if kind not in NOT_A_CHOICE)

TRY_AGAIN_AFTER = timedelta(days=1)

# Words of mail services for a mailbox that is full, a server that is busy or that didn't like this one letter; and
# the enhanced status codes (RFC 3463) which say so: 4.x.x for now, 5.2.2 full, 5.7.x policy.
NOT_LASTING = re.compile(
    r"soft|transient|temporary|undetermined|\bblocked\b|\b4\.\d+\.\d+\b|\b5\.2\.2\b|\b5\.7\.\d", re.I
)


@dataclass(frozen=True)
class Letter:
    """A letter to one reader, in their language: what an app's `letters` room makes.

    `link` is the local address of the thing that it is about ("" where there is none). `is_secret` says that it
    holds a code or a link that lets its holder in: nobody but the reader sees its text, and it isn't kept once it
    is sent.
    """

    kind: str
    subject: str
    text: str
    html: str
    link: str = ""
    is_secret: bool = False


@dataclass(frozen=True)
class Recipient:
    """What decides how a letter reaches somebody."""

    address: str
    suppressed: str = ""
    channel: str = Channel.BOTH
    is_closed: bool = False


def state_for(kind: str, to: Recipient) -> MessageState:
    """Whether a letter of this kind goes by e-mail (WAITING) or stands on the site only (NONE).

    An address that takes no mail gets none of any kind. Who marked a letter as unwanted still gets the code that
    they ask for. What isn't a matter of choice is sent whatever was chosen.
    """
    if not to.address or is_stopped(kind, to.suppressed):
        return MessageState.NONE
    if to.channel == Channel.SITE and kind not in NOT_A_CHOICE:
        return MessageState.NONE
    return MessageState.WAITING


LEAST_TRIES = 5


def next_try(*, tries: int, written_at: datetime, at: datetime, give_up_after: timedelta) -> datetime | None:
    """When to try again after this many failed tries; None once it is to be given up.

    The pauses grow (1, 2, 4 … 60 minutes). The last try is made at the very end of the time, or later for what was
    tried less than five times by then: our own workers may have been away for the whole of it.
    """
    end = written_at + give_up_after
    again = at + pause_after(tries, first=FIRST_PAUSE, most=LONGEST_PAUSE)
    if at < end:
        return min(again, end)
    return again if tries < LEAST_TRIES else None


def is_stopped(kind: str, suppressed: str) -> bool:
    """Whether an address suppressed for this reason ("" for none) gets no letter of this kind."""
    return suppressed == SuppressionReason.BOUNCED or (bool(suppressed) and kind != Kind.ACCOUNT)


def preview_of(text: str) -> str:
    """What a list of letters shows beside the subject: the first paragraph, in one line.

    >>> preview_of("Every lesson\\nis done.\\n\\nSee the certificate")
    'Every lesson is done.'
    """
    return " ".join(text.strip().split("\n\n")[0].split())[:200]


DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})


def names_dead_address(said: str) -> bool:
    """Whether a mail server's refusal means that the address takes no mail at all, not just not this letter.

    Enhanced status codes (RFC 3463): 5.1.1 no such mailbox, 5.1.2 no such host, 5.1.3 bad syntax, 5.1.6 moved,
    5.1.10 no mail accepted (RFC 7505), 5.2.1 disabled. A bare 550 may as well mean that we may not relay, and would
    shut out every reader.

    >>> [names_dead_address(said) for said in ("550 5.1.1 no such user", "550 5.7.1 spam", "550 relay not permitted")]
    [True, False, False]
    """
    found = re.match(r"5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b", said)
    return found is not None and found[1] in DEAD


def is_sent_to(kind: str, to: Recipient) -> bool:
    """Whether a letter that waits is still to be sent to this reader: much may have happened since it was written."""
    return gets_letters(kind, to) and state_for(kind, to) == MessageState.WAITING


def gets_letters(kind: str, to: Recipient) -> bool:
    """Whether this letter is written at all: a closed seller gets none but what lets its person sign in.

    Source: the product's word on closed sellers ("no letters").
    """
    return not to.is_closed or kind == Kind.ACCOUNT


def suppression_for(*, happened: str, reason: str, words: str) -> str:
    """Why an address gets no more e-mail after what a mail service reports of it; "" where it goes on.

    `happened` and `reason` are anymail's names (`bounced`, `rejected`, `complained`; `bounced`, `invalid`, `spam`),
    `words` what the service and the mail server said: anymail calls hard and soft bounces by one name.

    >>> suppression_for(happened="bounced", reason="bounced", words="HardBounce smtp;550 5.1.1 no such user")
    'bounced'
    >>> suppression_for(happened="bounced", reason="bounced", words="SoftBounce mailbox is full")
    ''
    """
    if happened == "complained" or (happened in ("bounced", "rejected") and reason == "spam"):
        return SuppressionReason.COMPLAINED.value
    is_lasting = happened in ("bounced", "rejected") and reason in ("bounced", "invalid")
    return SuppressionReason.BOUNCED.value if is_lasting and not NOT_LASTING.search(words) else ""


def may_try_again(last: datetime, at: datetime) -> bool:
    """Whether a dead address may be written to again; a last time that lies ahead is a clock that was put back."""
    return not last <= at < last + TRY_AGAIN_AFTER


def masked(address: str) -> str:
    """An address as others may see it who hold the link.

    >>> masked("ayu@example.com"), masked("a@example.com")
    ('a…@example.com', '…@example.com')
    """
    name, _at, host = address.rpartition("@")
    return f"{name[:1] if len(name) > 1 else ''}…@{host}"


def text_on_site(text: str) -> str:
    """A letter's text without what belongs to the e-mail only: all that stands below a line with two dashes.

    >>> text_on_site("Hello Ayu,\\n\\nDone.\\n\\n-- \\nYou get this because …\\n")
    'Hello Ayu,\\n\\nDone.'
    """
    return re.split(r"^--[ \t]*$", text.replace("\r\n", "\n"), maxsplit=1, flags=re.M)[0].strip()


def is_local(link: str) -> bool:
    """Whether a letter's link leads to a place on this site."""
    return link.startswith("/") and not link.startswith("//") and "\\" not in link


class LinkUnreadable(Refusal):
    """An unsubscribe link that isn't whole."""

    status = 400


class AlreadySent(Refusal):
    """What is done can't be done again."""


class NoChoice(Refusal):
    """Letters that everybody gets."""

    status = 422


class TooSoon(Refusal):
    """Asked for again before there can be an answer."""

    status = 429


class AudienceUnknown(Refusal):
    """No app offers this audience, or not with these facts."""

    status = 422


class NobodyThere(Refusal):
    """A letter to many without a reader."""

    status = 422


PLACEHOLDER = re.compile(r"\{(\w*)\}")


def fill_in(text: str, *, name: str) -> str:
    """What staff wrote, with the reader's name for each `{name}`; nothing else is filled in, and a name never is.

    >>> fill_in("Hello {name}, see {price}", name="{name} & Co")
    'Hello {name} & Co, see {price}'
    """
    return text.replace("{name}", name)


def strange_placeholders(text: str) -> list[str]:
    """What looks as if it would be filled in, and won't.

    >>> strange_placeholders("{name}, {nama}: {} of {price}")
    ['{nama}', '{}', '{price}']
    """
    return [f"{{{word}}}" for word in PLACEHOLDER.findall(text) if word != "name"]


# --- Letters to machines ---------------------------------------------------------------------------------


class AddressRefused(Refusal):
    """An address to which we send no events."""

    status = 422


class NotEnded(Refusal):
    """What still waits can't be sent again."""


class SecretReplaced(Refusal):
    """The secret to be replaced isn't the present one any more."""


class ReceiverOff(Refusal):
    """A receiver that is off gets nothing."""


@dataclass(frozen=True)
class Target:
    """Where a request goes: `host` is a name in ASCII or an address without brackets, `path` has the query too."""

    is_https: bool
    host: str
    port: int
    path: str
    host_header: str


def target_of(url: str) -> Target:
    """Take an address apart. Refused: other than http and https, with a name and password, without a host."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise AddressRefused(gettext_noop("This is not a whole address.")) from None
    if parts.scheme not in {"http", "https"}:
        raise AddressRefused(gettext_noop("Events go to addresses that begin with https:// or http://."))
    if parts.auth is not None:
        reason = gettext_noop("Leave name and password out of the address: the signature proves who sends.")
        raise AddressRefused(reason)
    if not parts.host:
        raise AddressRefused(gettext_noop("This is not a whole address."))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host_header = parts.host if parts.port is None else f"{parts.host}:{parts.port}"
    return Target(parts.scheme == "https", parts.host.strip("[]"), port, parts.request_uri, host_header)


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Special purposes (IANA) that older Pythons call global.
SPECIAL = [
    ipaddress.ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet.

    An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) is as public as what it carries.

    >>> [is_public(each) for each in ("93.184.216.34", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::5db8:d822")]
    [True, False, False, True]
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(str(carried))
        if ip not in GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in SPECIAL)


def check_addresses(host: str, addresses: Iterable[str]) -> None:
    """Refuse a host that has an address inside: one is enough, since nobody knows which would be taken."""
    inside = [each for each in addresses if not is_public(each)]
    if inside:
        reason = gettext_noop("%(host)s has the address %(address)s, which isn't one of the public Internet.")
        raise AddressRefused(reason, host=host, address=inside[0])


def wants(events: Collection[str], event: str) -> bool:
    """Whether a receiver that chose these events gets this one; who chose none gets all."""
    return not events or event in events


def is_delivered(status: int) -> bool:
    """Any 2xx answer takes the event over; a redirect doesn't."""
    return 200 <= status < 300


def refusal_text(status: int, *, said: str = "", location: str = "") -> str:
    """Why an answer counts as a failed try, for operators."""
    if 300 <= status < 400:
        return f"Answered {status}: redirected to {location[:200] or 'nowhere'}. Redirects are not followed."
    return f"Answered {status}. {said}".strip()


def legible(text: str, most: int) -> str:
    """The beginning of what a stranger's machine said, as every database takes it.

    PostgreSQL takes no NUL and nothing takes half a character.

    >>> legible("a\\x00b\\udcffc", 3)
    'ab?'
    """
    return text.replace("\x00", "").encode(errors="replace").decode()[:most]


def event_body(*, event: str, at: datetime, data: dict[str, object]) -> dict[str, object]:
    """What a receiver gets: the type, when it happened, and the facts."""
    return {"type": event, "timestamp": at.isoformat(), "data": data}


# --- States ----------------------------------------------------------------------------------------------

LETTER = StateMachine(
    name="Letter",
    start={
        MessageState.WAITING: "written, goes by e-mail",
        MessageState.NONE: "written, for the site only",
        MessageState.FAILED: "one of many that can't be rendered",
    },
    transitions={
        MessageState.WAITING: {
            MessageState.SENT: "the mail server takes it",
            MessageState.FAILED: "refused for good, or for a day",
            MessageState.STOPPED: "its letter to many is stopped",
            MessageState.NONE: "its reader gets no e-mail any more",
        },
        MessageState.SENT: {},
        MessageState.FAILED: {MessageState.WAITING: "staff send it again"},
        MessageState.STOPPED: {},
        MessageState.NONE: {},
    },
)
"""The e-mail of a letter. One that holds a code isn't sent again, though it was given up: its text is gone."""

SENDING = StateMachine(
    name="Letter to many",
    start={SendingState.WRITING: "staff start it"},
    transitions={
        SendingState.WRITING: {
            SendingState.WRITTEN: "the last reader is written to",
            SendingState.STOPPED: "staff stop it",
        },
        SendingState.WRITTEN: {SendingState.STOPPED: "staff stop it while letters wait"},
        SendingState.STOPPED: {},
    },
)

DELIVERY = StateMachine(
    name="Event for a receiver",
    start={DeliveryState.WAITING: "announced"},
    transitions={
        DeliveryState.WAITING: {
            DeliveryState.DELIVERED: "the receiver answers 2xx",
            DeliveryState.FAILED: "three days without that",
        },
        DeliveryState.DELIVERED: {DeliveryState.WAITING: "staff send it again"},
        DeliveryState.FAILED: {DeliveryState.WAITING: "staff send it again"},
    },
)

MACHINES = (LETTER, SENDING, DELIVERY)
