"""Where events may go, which answers count, and who wants what."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications import rules
from apps.notifications.rules import Target

INSIDE_4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"]


def carried_in(way: str, ip: str) -> str:
    """An IPv4 address as IPv6 carries it."""
    number = int(ipaddress.IPv4Address(ip))
    base, shift = {"mapped": ("::ffff:0:0", 0), "nat64": ("64:ff9b::", 0), "6to4": ("2002::", 80)}[way]
    return str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(base)) + (number << shift)))


class TestIsPublic:
    @pytest.mark.parametrize(
        "address",
        [
            "8.8.8.8",
            "93.184.216.34",
            "172.15.255.255",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450:4001:81b::200e",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ],
    )
    def test_outside(self, address: str) -> None:
        assert rules.is_public(address)

    @pytest.mark.parametrize(
        "address",
        [
            *("0.0.0.0", "127.0.0.1", "127.255.0.9", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254"),
            *("100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9"),
            *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
            *(
                "::",
                "::1",
                "::7f00:1",
                "fe80::1",
                "fe80::1%eth0",
                "fc00::1",
                "fd12::1",
                "fec0::1",
                "ff02::1",
                "ff0e::1",
            ),
            *("2001:db8::1", "2001::1", "3fff::1", "5f00::1", "100::1", "64:ff9b:1::1"),
            *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"),
            *("64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:1::"),
        ],
    )
    def test_inside(self, address: str) -> None:
        assert not rules.is_public(address)

    @given(
        st.sampled_from(INSIDE_4).flatmap(lambda net: st.ip_addresses(v=4, network=net)),
        st.sampled_from(["mapped", "nat64", "6to4"]),
    )
    def test_what_lies_inside_does_so_however_it_is_written(self, ip: ipaddress.IPv4Address, way: str) -> None:
        assert not rules.is_public(str(ip))
        assert not rules.is_public(carried_in(way, str(ip)))

    @given(st.ip_addresses(v=4), st.sampled_from(["mapped", "nat64", "6to4"]))
    def test_ipv6_makes_nothing_more_public_than_it_is(self, ip: ipaddress.IPv4Address, way: str) -> None:
        assert rules.is_public(carried_in(way, str(ip))) == rules.is_public(str(ip))

    @given(st.ip_addresses())
    def test_nothing_that_python_calls_private_is_public(self, ip: ipaddress.IPv4Address) -> None:
        assert not (rules.is_public(str(ip)) and (ip.is_private or ip.is_loopback or ip.is_multicast))

    def test_one_address_inside_refuses_the_host(self) -> None:
        rules.check_addresses("both.example", ["8.8.8.8", "2606:4700::1111"])
        with pytest.raises(rules.AddressRefused, match=r"both\.example has the address 10\.0\.0\.1"):
            rules.check_addresses("both.example", ["8.8.8.8", "10.0.0.1"])


class TestTargetOf:
    @pytest.mark.parametrize(
        ("url", "target"),
        [
            ("https://a.example", Target(True, "a.example", 443, "/", "a.example")),
            ("http://A.example/x?y=1#z", Target(False, "a.example", 80, "/x?y=1", "a.example")),
            ("https://a.example:8443/é", Target(True, "a.example", 8443, "/%C3%A9", "a.example:8443")),
            ("http://[2606:4700::1]:81/", Target(False, "2606:4700::1", 81, "/", "[2606:4700::1]:81")),
            ("https://bücher.example/", Target(True, "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example")),
        ],
    )
    def test_worked_cases(self, url: str, target: Target) -> None:
        assert rules.target_of(url) == target

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("ftp://a.example/", "https://"),
            ("file:///etc/passwd", "https://"),
            ("gopher://a.example/", "https://"),
            ("a.example/x", "https://"),
            ("", "https://"),
            ("https://name:word@a.example/", "name and password"),
            ("https://name@a.example/", "name and password"),
            ("https:///x", "whole address"),
            ("https://a.example:99999/", "whole address"),
            ("https://[::1/", "whole address"),
        ],
    )
    def test_refusals(self, url: str, reason: str) -> None:
        with pytest.raises(rules.AddressRefused, match=reason) as refusal:
            rules.target_of(url)
        assert refusal.value.status == 422

    @given(st.text(max_size=30))
    def test_whatever_comes_is_taken_apart_or_refused(self, text: str) -> None:
        try:
            target = rules.target_of(f"http://a.example/{text}")
        except rules.AddressRefused:
            return
        assert target.path.isascii()
        assert not set("\r\n ") & set(target.path + target.host_header)


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        (200, True),
        (201, True),
        (204, True),
        (299, True),
        (0, False),
        (199, False),
        (301, False),
        (410, False),
        (500, False),
    ],
)
def test_any_2xx_takes_the_event_over(status: int, taken: bool) -> None:
    assert rules.is_delivered(status) is taken


def test_a_redirect_says_that_it_is_not_followed() -> None:
    said = rules.refusal_text(302, location="http://10.0.0.1/")
    assert said == "Answered 302: redirected to http://10.0.0.1/. Redirects are not followed."
    assert rules.refusal_text(304) == "Answered 304: redirected to nowhere. Redirects are not followed."
    assert rules.refusal_text(500, said="Oops") == "Answered 500. Oops"
    assert rules.refusal_text(500) == "Answered 500."


def test_who_chose_no_events_wants_all() -> None:
    assert rules.wants([], "course.completed")
    assert rules.wants(["course.completed"], "course.completed")
    assert not rules.wants(["other"], "course.completed")
