"""Addresses of streams and files in messages: without their passwords."""

import re

#: An address within a text: up to a blank or a quotation mark.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
#: Parameters that hold secrets, in a path or query; the value ends where the next
#: parameter begins, since passwords may hold any other character.
_SECRET = re.compile(
    r"([a-z0-9.-]*(?:pass|pwd|pw|token|secret|key|auth|sig|cred|session)[\w.-]*"
    r"(?:=|%3d)).*?(?=&|[;_,/?#][a-z][\w.-]*=|$)",
    re.IGNORECASE,
)
#: What can only be a host: an IP address, a name with a dot, localhost; or a port.
_HOST = re.compile(
    r"(?:\[[0-9a-f:.%]+\]|localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?$|[\w-]+:\d+$",
    re.IGNORECASE,
)
_HIDDEN = "***"


def without_passwords(text: str) -> str:
    """Hide the passwords of all addresses in a text.

    Hidden are the password before the host (also one that holds ``/``, ``@``, ``#`` or
    ``?``), a name there that comes alone, as it may be a token, and every parameter
    such as ``password=``, ``pwd=`` and ``token=``, in the query or in the path. In case
    of doubt more is hidden.

    Args:
        text: An address such as ``rtsp://user:secret@camera/1``, or any text.
    """
    return _ADDRESS.sub(lambda match: _hide(match[0]), text)


def _hide(address: str) -> str:
    scheme, _, rest = address.partition("://")
    userinfo, host_and_path = split_userinfo(rest)
    if userinfo is not None:
        user, colon, _ = userinfo.partition(":")
        shown = f"{user}:{_HIDDEN}" if colon else _HIDDEN
        host_and_path = f"{shown}@{host_and_path}"
    return f"{scheme}://{_SECRET.sub(_hide_value, host_and_path)}"


def _hide_value(match: re.Match) -> str:
    return f"{match[1]}{_HIDDEN}"


def split_userinfo(rest: str) -> tuple[str | None, str]:
    """Split what follows ``://`` into user and password, and host and path.

    By the rules a password holds none of ``/ ? # @``; people write them nevertheless.

    Args:
        rest: Such as ``user:secret@camera/1``.

    Returns:
        ``user:secret``, None if there is none, and ``camera/1``.
    """
    end = re.search(r"[/?#]|$", rest)
    first = rest[: end.start()] if end else rest
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    if "@" in first:
        host = first.rpartition("@")[2]
        last = path.rfind("@") if _HOST.match(host) else rest.rfind("@")
    elif "@" in rest and _holds_password(first, rest):
        last = rest.rfind("@")
    else:
        return None, rest
    return rest[:last], rest[last + 1 :]


def _holds_password(first: str, rest: str) -> bool:
    """Tell a password with a slash from a host whose path holds an @."""
    name, colon, port = first.partition(":")
    if name.startswith("["):
        return False
    if colon and not port.isdecimal():
        return True
    host = re.split(r"[/?#]", rest.rpartition("@")[2], maxsplit=1)[0]
    before = first if not colon else ""
    return bool(_HOST.match(host)) and not _HOST.match(before)
