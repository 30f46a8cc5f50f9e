import socket

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
from stal_plugin.apis.live_page.server import bound_socket, page_address


def test_a_port_that_is_in_use():
    with bound_socket("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(ValueError, match=f"port {port} of 127.0.0.1 is in use: "):
            bound_socket("127.0.0.1", port)
    bound_socket("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("127.0.0.1", 65536, "port 65536 must be from 0 to 65535"),
        ("127.0.0.1", -1, "port -1 must be"),
        ("203.0.113.7", 0, "port 0 of 203.0.113.7 is not an address of this computer"),
        ("a..b", 0, r"host 'a\.\.b' is not known"),
    ],
)
def test_addresses_that_cannot_be_had(host, port, reason):
    with pytest.raises(ValueError, match=reason):
        bound_socket(host, port)


def test_what_is_opened_in_a_browser(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "kitchen")
    assert page_address("127.0.0.1", 8080, None) == "http://127.0.0.1:8080/"
    assert page_address("::1", 80, "abc") == "http://[::1]:80/?token=abc"
    for host in ("0.0.0.0", "::"):
        assert page_address(host, 8080, "abc") == "http://kitchen:8080/?token=abc"
