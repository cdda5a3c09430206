"""Badges as others check them: openbadgeslib, which isn't ours, verifies what our own addresses serve."""

import json
import stat
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from openbadgeslib.ob3 import IdentityObject, OB3VerificationError, OB3Verifier, OpenBadgeCredential
from openbadgeslib.verify import verify_badge

from apps.accounts.models import User
from apps.core.signing import keyrings
from apps.learning import rules, services
from apps.learning.models import Certificate
from apps.learning.queries import credentials
from apps.learning.services.badges import sign_status_list
from tests.factories import AT
from tests.factories.catalog import Market
from tests.factories.learning import CertificateFactory
from tests.learning.test_services import at_once

SITE = "https://university.example"
ISSUER = "did:web:university.example"


@cache
def first_ring() -> str:
    """A ring for all tests: making keys takes a while."""
    return keyrings.written(keyrings.make_keyring())


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    """A site as it stands on the Internet, with a ring in its file."""
    settings.BASE_URL, settings.MARKET_NAME = SITE, "Lantern Market"
    settings.BADGE_KEYS_FILE.write_text(first_ring())


@pytest.fixture
def certificate(person: User) -> Certificate:
    """One of Ayu's."""
    return CertificateFactory(person=person, course_title="Pots & pans", reference="ABCDEFGHJKMNPQRSTUVW")


def served(url: str) -> bytes:
    """What the site answers to a verifier, which is signed in nowhere."""
    assert url.startswith(SITE + "/"), f"verifiers are sent to {url}"
    answer = Client().get(urlsplit(url).path)
    if answer.status_code != 200:
        raise OSError(f"{url}: {answer.status_code}")
    return answer.content


def verified(token: str) -> OpenBadgeCredential:
    """What a verifier makes of the token who knows nothing but the issuer's name. Raises OB3VerificationError."""
    return OB3Verifier.for_issuer_did(ISSUER, download=served).verify(token, check_status=True, download=served)


def taken(client: Client, certificate: Certificate, form: str = "jwt") -> HttpResponse:
    """The badge as its holder downloads it."""
    return client.get(f"/certificates/{certificate.reference}/badge.{form}")


class TestABadge:
    def test_is_verified_by_another_library(self, certificate: Certificate, person_client: Client) -> None:
        answer = taken(person_client, certificate)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/vc+jwt")
        assert answer["Content-Disposition"] == 'attachment; filename="badge-ABCDEFGHJKMNPQRSTUVW.jwt"'
        assert answer["Cache-Control"] == "private, no-store"
        badge = verified(answer.content.decode())
        assert badge.id == f"{SITE}/certificates/ABCDEFGHJKMNPQRSTUVW/"
        assert (badge.name, badge.issuance_date) == ("Pots & pans", certificate.issued_at)
        assert (badge.issuer.id, badge.issuer.name) == (ISSUER, "Lantern Market Seller University")
        assert badge.achievement.achievement_type == "CertificateOfCompletion"
        assert badge.achievement.criteria_narrative.startswith("To finish the course, a person completes all")

    def test_knows_its_holder_by_a_hash_of_the_address_only(
        self, certificate: Certificate, person_client: Client
    ) -> None:
        badge = verified(taken(person_client, certificate).content.decode())
        assert badge.recipient_id is None
        assert badge.identifiers == [IdentityObject.create("ayu@example.com", salt="ABCDEFGHJKMNPQRSTUVW")]
        written = json.dumps(badge.raw)
        assert "ayu" not in written.lower()
        assert "Lestari" not in written

    def test_is_the_same_each_time(self, certificate: Certificate, person_client: Client) -> None:
        assert taken(person_client, certificate).content == taken(person_client, certificate).content

    def test_as_a_picture_bears_itself(self, certificate: Certificate, person_client: Client) -> None:
        answer = taken(person_client, certificate, "svg")
        assert answer["Content-Type"] == "image/svg+xml"
        result = verify_badge(answer.content, resolve_did=True, check_status=True, download=served)
        assert (result.valid, result.trusted, result.issuer_did) == (True, True, ISSUER), result.reason
        assert result.credential.name == "Pots & pans"

    def test_as_json_is_the_token_in_an_envelope(self, certificate: Certificate, person_client: Client) -> None:
        answer = taken(person_client, certificate, "json")
        assert answer["Content-Type"] == "application/vc"
        document = json.loads(answer.content)
        assert document["type"] == "EnvelopedVerifiableCredential"
        kind, _comma, token = document["id"].partition(",")
        assert kind == "data:application/vc+jwt"
        assert verified(token).name == "Pots & pans"

    def test_in_another_form_is_not_there(self, certificate: Certificate, person_client: Client) -> None:
        assert taken(person_client, certificate, "png").status_code == 404

    def test_speaks_the_certificates_language_and_names_its_course(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        course = market.reading(market.claims)
        certificate = CertificateFactory(person=person, course_key=course.key, course_title=course.title)
        person.language = "id"
        person.save()
        achieved = verified(taken(person_client, certificate).content.decode()).raw["credentialSubject"]["achievement"]
        assert achieved["inLanguage"] == "en"
        assert achieved["criteria"]["id"] == SITE + course.url
        assert served(achieved["criteria"]["id"])
        document = json.loads(served(achieved["id"]))
        assert {name: document[name] for name in achieved} == achieved
        assert served(achieved["image"]["id"]).startswith(b"<svg ")


class TestWhatSomebodyChanged:
    def test_of_a_badge_is_refused_whatever_it_is(self, certificate: Certificate, person_client: Client) -> None:
        """Every seventh sign in turn is another one: of the header, of what it says, of the signature, the dots too."""
        token = taken(person_client, certificate).content.decode()
        # The very last sign holds bits that stand for nothing.
        for at in range(0, len(token) - 1, 7):
            changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
            with pytest.raises(OB3VerificationError):
                verified(changed)

    def test_of_its_words_is_refused(self, certificate: Certificate, person_client: Client) -> None:
        header, _payload, signature = taken(person_client, certificate).content.decode().split(".")
        certificate.course_title = "How to sell gold"
        forged = credentials.credential(certificate, email="ayu@example.com")
        forged |= {"iss": ISSUER, "jti": forged["id"], "nbf": 1}
        payload = jwt.encode(forged, "x" * 32).split(".")[1]
        with pytest.raises(OB3VerificationError, match="Invalid signature"):
            verified(f"{header}.{payload}.{signature}")

    def test_by_signing_with_another_key_is_refused(self, certificate: Certificate, person_client: Client) -> None:
        claims = jwt.decode(taken(person_client, certificate).content, options={"verify_signature": False})
        stranger = keyrings.make_keyring()
        with pytest.raises(OB3VerificationError, match="no verificationMethod"):
            verified(keyrings.sign_token(stranger, claims, key_prefix=f"{ISSUER}#"))
        ours = keyrings.read_keyring(first_ring()).keys[0]
        pretended = jwt.encode(claims, stranger.signer, "RS256", headers={"kid": f"{ISSUER}#{ours['kid']}"})
        with pytest.raises(OB3VerificationError, match="Invalid signature"):
            verified(pretended)

    def test_in_the_list_of_revocations_is_refused(self, certificate: Certificate, person_client: Client) -> None:
        token = taken(person_client, certificate).content.decode()

        def tampered(url: str) -> bytes:
            """The list with one byte changed on its way."""
            content = bytearray(served(url))
            if url.endswith(".jwt"):
                content[-20] ^= 1
            return bytes(content)

        verifier = OB3Verifier.for_issuer_did(ISSUER, download=served)
        with pytest.raises(OB3VerificationError, match="proof is invalid"):
            verifier.verify(token, check_status=True, download=tampered)


class TestARevokedCertificate:
    def test_is_found_revoked_everywhere(
        self, certificate: Certificate, person_client: Client, visitor: Client, other_person: User, at: Any
    ) -> None:
        token = taken(person_client, certificate).content.decode()
        other = CertificateFactory(person=other_person)
        verified(token)
        services.revoke_certificate(certificate=certificate, reason="Given by mistake.", at=at, by=other_person)
        with pytest.raises(OB3VerificationError, match="'revocation' is set"):
            verified(token)
        assert verified(services.badges.sign_badge(certificate=other)).name == "A course", "others stay valid"
        for file in ("certificate.pdf", "badge.svg", "badge.jwt", "badge.json"):
            answer = person_client.get(f"/certificates/{certificate.reference}/{file}")
            assert answer.status_code == 410
            assert "This certificate was withdrawn" in answer.content.decode()
        assert (
            "The reason: Given by mistake." in visitor.get(f"/certificates/{certificate.reference}/").content.decode()
        )

    def test_is_in_a_list_that_says_nothing_else(self, person: User) -> None:
        rows = [CertificateFactory(person=person, revoked=number % 3 == 0) for number in range(6)]
        number, _place = rules.place_in_status_list(rows[0].pk)
        answer = Client().get(f"/badges/status/{number}.jwt")
        assert (answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == ("application/vc+jwt", "*")
        claims = jwt.decode(answer.content, options={"verify_signature": False})
        assert set(claims["credentialSubject"]) == {"id", "type", "statusPurpose", "encodedList"}

    def test_is_signed_once_a_minute_until_something_changes(self, person: User) -> None:
        row = CertificateFactory(person=person)
        number, _place = rules.place_in_status_list(row.pk)
        first = Client().get(f"/badges/status/{number}.jwt").content
        again = sign_status_list(number=number, at=AT)
        assert again is not None
        assert again.encode() == first, "AT would stand in a new one"
        Certificate.objects.filter(pk=row.pk).update(revoked_at=AT, revoke_reason="Given by mistake.")
        assert Client().get(f"/badges/status/{number}.jwt").content != first

    def test_is_looked_up_in_two_statements_however_many_there_are(
        self, person: User, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        for wanted in (1, 30):
            while Certificate.objects.count() < wanted:
                last = CertificateFactory(person=person, revoked=True)
            number, _place = rules.place_in_status_list(last.pk)
            with django_assert_num_queries(2):
                Client().get(f"/badges/status/{number}.jwt")

    @pytest.mark.parametrize("number", ["99999", "-1", "x", "٣", "9" * 40])
    def test_is_in_no_list_that_there_is_not(self, certificate: Certificate, visitor: Client, number: str) -> None:
        assert visitor.get(f"/badges/status/{number}.jwt").status_code == 404


class TestWhoMayTakeIt:
    @pytest.mark.parametrize("file", ["certificate.pdf", "badge.svg", "badge.jwt", "badge.json"])
    def test_only_the_holder(
        self, certificate: Certificate, visitor: Client, other_client: Client, operator: Client, file: str
    ) -> None:
        path = f"/certificates/{certificate.reference}/{file}"
        assert other_client.get(path).status_code == 404
        assert operator.get(path).status_code == 404
        answer = visitor.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")

    @pytest.mark.parametrize("file", ["certificate.pdf", "badge.jwt"])
    def test_nobody_where_there_is_none(self, person_client: Client, file: str) -> None:
        assert person_client.get(f"/certificates/AAAAAAAAAAAAAAAAAAAA/{file}").status_code == 404

    def test_nobody_by_posting(self, certificate: Certificate, person_client: Client) -> None:
        assert person_client.post(f"/certificates/{certificate.reference}/badge.jwt").status_code == 405


class TestTheKeys:
    def test_are_the_same_in_both_documents_and_bear_nothing_private(self, visitor: Client, db: None) -> None:
        document = visitor.get("/.well-known/did.json")
        key_set = visitor.get("/.well-known/jwks.json")
        assert (document["Content-Type"], key_set["Content-Type"]) == (
            "application/did+ld+json",
            "application/jwk-set+json",
        )
        methods = document.json()["verificationMethod"]
        assert [each["publicKeyJwk"] for each in methods] == key_set.json()["keys"]
        assert [set(key) for key in key_set.json()["keys"]] == [{"e", "kty", "n", "alg", "use", "kid"}]
        assert document.json()["assertionMethod"] == [each["id"] for each in methods]
        assert {answer["Access-Control-Allow-Origin"] for answer in (document, key_set)} == {"*"}

    def test_that_were_rotated_still_vouch_for_what_they_signed(
        self, certificate: Certificate, person_client: Client
    ) -> None:
        old = taken(person_client, certificate).content.decode()
        call_command("rotate_badge_key", verbosity=0)
        new = taken(person_client, certificate).content.decode()
        assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
        assert verified(old).id == verified(new).id

    def test_that_were_withdrawn_vouch_for_nothing_more(
        self, certificate: Certificate, person_client: Client, capsys: Any
    ) -> None:
        old = taken(person_client, certificate).content.decode()
        key = jwt.get_unverified_header(old)["kid"].partition("#")[2]
        with pytest.raises(CommandError, match="Run rotate_badge_key first"):
            call_command("withdraw_badge_key", key)
        call_command("rotate_badge_key")
        call_command("withdraw_badge_key", key)
        assert f"Badges signed with {key} are invalid now." in capsys.readouterr().out
        with pytest.raises(OB3VerificationError, match="no verificationMethod"):
            verified(old)
        assert verified(taken(person_client, certificate).content.decode()).name == "Pots & pans"
        with pytest.raises(CommandError, match="There is no key"):
            call_command("withdraw_badge_key", key)

    def test_of_the_environment_sign_and_are_printed_to_be_changed(
        self, certificate: Certificate, person_client: Client, settings: Any, capsys: Any
    ) -> None:
        settings.BADGE_KEYS = keyrings.written(keyrings.make_keyring())
        settings.BADGE_KEYS_FILE.unlink()
        old = taken(person_client, certificate).content.decode()
        call_command("rotate_badge_key")
        assert not settings.BADGE_KEYS_FILE.exists()
        assert taken(person_client, certificate).content.decode() == old, "it is the operator who changes them"
        settings.BADGE_KEYS = capsys.readouterr().out.strip()
        assert taken(person_client, certificate).content.decode() != old
        assert verified(old).name == "Pots & pans"

    def test_are_made_at_first_use_for_the_owners_eyes_and_once(self, settings: Any, tmp_path: Path) -> None:
        settings.BADGE_KEYS_FILE = tmp_path / "fresh" / "badge-keys.json"
        settings.BADGE_KEYS_FILE.parent.mkdir()
        found: list[str] = []
        assert at_once(*[lambda: found.append(services.badges.badge_keyring().signing_id)] * 4) == []
        assert len(set(found)) == 1
        assert stat.S_IMODE(settings.BADGE_KEYS_FILE.stat().st_mode) == 0o600
        assert [each.name for each in settings.BADGE_KEYS_FILE.parent.iterdir()] == ["badge-keys.json"]


class TestWhatAnyoneMayLookUp:
    def test_the_issuer(self, visitor: Client, db: None) -> None:
        answer = visitor.get("/badges/issuer.json")
        assert answer["Content-Type"] == "application/ld+json"
        assert (answer.json()["id"], answer.json()["url"]) == (ISSUER, SITE + "/")

    def test_an_issuer_with_a_port(self, settings: Any) -> None:
        settings.BASE_URL = "http://127.0.0.1:8024"
        assert credentials.issuer_id() == "did:web:127.0.0.1%3A8024"

    def test_no_achievement_that_nobody_has(self, certificate: Certificate, visitor: Client) -> None:
        key = certificate.course_key
        assert visitor.get(f"/badges/achievements/en/{key}.json").json()["name"] == "Pots & pans"
        assert visitor.get(f"/badges/achievements/id/{key}.json").status_code == 404
        assert visitor.get("/badges/achievements/en/00000000-0000-0000-0000-000000000000.json").status_code == 404
