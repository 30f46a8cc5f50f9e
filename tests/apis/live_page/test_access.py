import pytest

from stal_plugin.apis.live_page.access import (
    Access,
    choose_token,
    is_loopback,
)

TOKEN = "0123456789abcdef-X"
COOKIE, VALUE = Access(TOKEN).cookie
HOST = {"host": "127.0.0.1:8080"}
JSON = {"content-type": "application/json", "content-length": "2"}


def _status(access: Access, method: str = "GET", **headers: str) -> int:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    refused = access.refusal(method, {**HOST, **names})
    return refused[0] if refused else 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.4", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_loopback(host, expected):
    assert is_loopback(host) is expected


def test_a_token_is_made_where_others_can_see_the_page():
    assert choose_token("127.0.0.1", None) is None
    made = choose_token("0.0.0.0", None)
    assert len(made) >= 32
    assert choose_token("0.0.0.0", None) != made
    assert choose_token("127.0.0.1", TOKEN) == TOKEN
    for token in ("short", "", "with blanks and more", "0123456789abcdef\n"):
        with pytest.raises(ValueError, match="must have 16 to 256 letters") as caught:
            choose_token("127.0.0.1", token)
        assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost:9000", 200),  # a tunnel
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("evil.example:8080", 421),
        ("127.0.0.1@evil.example", 421),
        ("192.168.0.4:8080", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_foreign_host_names_without_a_token(host, expected):
    assert _status(Access(), host=host) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401),
        ({"authorization": f"Bearer {TOKEN}"}, 200),
        ({"authorization": f"bearer {TOKEN}"}, 200),
        ({"authorization": f"Bearer {TOKEN}x"}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": f"Basic {TOKEN}"}, 401),
        ({"authorization": "Bearer ü"}, 401),
        ({"cookie": f"a=b; {COOKIE}={VALUE}"}, 200),
        ({"cookie": f"{COOKIE}={TOKEN}"}, 401),  # the token is not the cookie
        ({"cookie": f"{COOKIE}="}, 401),
        ({"cookie": "=;=;\x00"}, 401),
        ({"host": "camera.example", "authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_with_a_token(headers, expected):
    assert _status(Access(TOKEN), **headers) == expected


def test_the_token_of_an_address():
    access = Access(TOKEN)
    assert access.refusal("GET", HOST, TOKEN) is None
    assert access.refusal("GET", HOST, "another") is not None
    good = {**HOST, "cookie": f"{COOKIE}={VALUE}"}
    assert access.refusal("GET", good, "another") is not None
    assert TOKEN not in VALUE
    assert Access(TOKEN).cookie == (COOKIE, VALUE)
    other = Access(TOKEN + "x").cookie
    assert other[0] != COOKIE  # two pages of one host do not disturb each other
    assert other[1] != VALUE


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("GET", {"sec_fetch_site": "same-origin"}, 200),
        ("GET", {"sec_fetch_site": "none", "sec_fetch_dest": "document"}, 200),
        ("GET", {"sec_fetch_site": "cross-site", "sec_fetch_dest": "document"}, 200),
        ("GET", {"sec_fetch_site": "cross-site", "sec_fetch_dest": "image"}, 403),
        ("GET", {"sec_fetch_site": "same-site", "sec_fetch_dest": "empty"}, 403),
        ("GET", {"sec_fetch_site": "cross-site", "sec_fetch_dest": "iframe"}, 403),
        ("POST", {**JSON, "origin": "http://127.0.0.1:8080"}, 200),
        ("POST", JSON, 200),  # a program
        ("POST", {**JSON, "origin": "http://127.0.0.1:9999"}, 403),
        ("POST", {**JSON, "origin": "http://evil.example"}, 403),
        ("POST", {**JSON, "origin": "null"}, 403),
        ("POST", {**JSON, "origin": "http://[::1"}, 403),
        ("POST", {**JSON, "sec_fetch_site": "cross-site"}, 403),
        (
            "POST",
            {**JSON, "sec_fetch_site": "cross-site", "sec_fetch_dest": "document"},
            403,
        ),
        ("POST", {"content-length": "2", "content-type": "text/plain"}, 415),
        ("POST", {"content-length": "2"}, 415),
        ("POST", {"content-type": "application/json"}, 411),
        ("POST", {**JSON, "content-length": "-1"}, 411),
        ("POST", {**JSON, "transfer-encoding": "chunked"}, 411),
        ("POST", {**JSON, "content-length": "65537"}, 413),
        ("POST", {**JSON, "content-length": "9" * 5000}, 413),
        ("DELETE", {**JSON, "origin": "http://evil.example"}, 403),
    ],
)
def test_requests_of_other_sites(method, headers, expected):
    assert _status(Access(), method, **headers) == expected
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert _status(Access(TOKEN), method, **headers, **bearer) == expected
