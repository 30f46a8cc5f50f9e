"""Who may see the page: its token, its host name, and requests of other sites."""

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

_LARGEST_BODY = 64 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{16,256}")


def is_loopback(host: str) -> bool:
    """Tell addresses that only this computer reaches."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def choose_token(host: str, token: str | None) -> str | None:
    """Return the token that the page needs: the given one, or a new one.

    Args:
        host: Address at which the page is served.
        token: The user's.

    Returns:
        None where only this computer reaches the page, unless one was given.

    Raises:
        ValueError: The token is too short, or has characters that addresses do not.
    """
    if token is None:
        return None if is_loopback(host) else secrets.token_urlsafe(24)
    if not _TOKEN.fullmatch(token):  # it is not repeated, as this goes into logs
        raise ValueError(
            "a token must have 16 to 256 letters, digits or characters of - . _ ~. "
            "Without one, one is made"
        )
    return token


class Access:
    """Decides about requests.

    With a token, every request needs it: as ``Authorization: Bearer TOKEN``, or once as
    ``/?token=TOKEN``, after which the browser has a cookie. Without one, the name in
    the address must be one of this computer: a foreign name that leads here is how a
    foreign page would read this one (DNS rebinding).

    Args:
        token: See ``choose_token``.
    """

    def __init__(self, token: str | None = None) -> None:
        self._token = token
        #: Name and value of the cookie. The browser sends it to every port of a host:
        #: it is not the token, and other pages have another name.
        self.cookie = ("", "")
        if token is not None:
            self.cookie = (
                f"stal_live_{_keyed(token, 'name')[:8]}",
                _keyed(token, "id"),
            )

    def is_token(self, given: str) -> bool:
        """Compare in constant time."""
        return self._token is not None and _same(given, self._token)

    def refusal(
        self, method: str, headers: Mapping[str, str], query_token: str | None = None
    ) -> tuple[int, str] | None:
        """Return status and reason if a request is refused.

        Args:
            method: ``'GET'``, ``'POST'`` ...
            headers: With lower-case names.
            query_token: Of an address that may have one.
        """
        if self._token is None:
            if not is_loopback(_host_name(headers.get("host", ""))):
                return 421, (
                    "this page answers to localhost and 127.0.0.1 only; start it with "
                    "--token to use another name"
                )
        elif not self._is_known(headers, query_token):
            return 401, (
                "this page needs its token: open the address that stal live printed "
                "(http://.../?token=...), or send 'Authorization: Bearer TOKEN'"
            )
        return _of_another_site(method, headers) or _unfit_body(method, headers)

    def _is_known(self, headers: Mapping[str, str], query_token: str | None) -> bool:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else query_token
        if given is not None:
            return self.is_token(given)
        name, value = self.cookie
        return _same(_cookie(headers.get("cookie", ""), name), value)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(_digest(given), _digest(expected))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _keyed(token: str, text: str) -> str:
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()


def _cookie(header: str, name: str) -> str:
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def _host_name(header: str) -> str:
    """The name of a Host header, without its port."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _of_another_site(method: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
    """Refuse what a page of another site (or port) asks for; following a link is fine.

    Pages of old browsers, and programs, send no ``Sec-Fetch-Site``.
    """
    site = headers.get("sec-fetch-site", "none")
    followed = method == "GET" and headers.get("sec-fetch-dest") == "document"
    foreign = site not in ("none", "same-origin") and not followed
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != headers.get("host"):
        foreign = True
    return (403, "a page of another site asked for this") if foreign else None


def _unfit_body(method: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
    if method in ("GET", "HEAD", "OPTIONS"):
        return None
    length = headers.get("content-length", "")
    told = length.isascii() and length.isdecimal()
    if not told or "transfer-encoding" in headers:  # which would be longer
        return 411, "the length of the body must be told (Content-Length)"
    if int(length[:10]) > _LARGEST_BODY:
        return 413, f"the body must not have more than {_LARGEST_BODY} bytes"
    if headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return 415, "the body must be JSON (Content-Type: application/json)"
    return None
