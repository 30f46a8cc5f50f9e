"""Fetching, against a local server; nothing else is ever asked."""

import hashlib
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from stal_plugin.engine.pretrained import fetch as fetch_module
from stal_plugin.engine.pretrained.catalogue import (
    CATALOGUE,
    PretrainedPart,
    PublishedFile,
)
from stal_plugin.engine.pretrained.fetch import (
    cache_folder,
    fetch,
    find_or_fetch,
    store_checked,
    weights_folder,
)

CONTENT = b"weights " * 500_000
SHA = hashlib.sha256(CONTENT).hexdigest()


def _file(address: str, sha256: str = SHA, name: str = "net.bin") -> PublishedFile:
    return PublishedFile(name, address, sha256, "Apache-2.0")


def _part(*files: PublishedFile) -> PretrainedPart:
    return PretrainedPart("a network", "yolox", files, ())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a folder with net.bin."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "net.bin").write_bytes(CONTENT)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def as_https(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lets ``https://local/`` lead to the server, which has no certificate."""
    real = urllib.request.urlopen

    def urlopen(address: str, timeout: float) -> object:
        return real(address.replace("https://local", server), timeout=timeout)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return "https://local"


def test_right_checksum_is_kept(as_https: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "net.bin"
    fetch(_file(f"{as_https}/net.bin"), path)
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["net.bin"]


def test_wrong_checksum_leaves_nothing(as_https: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"but net\.bin has aaaaaaaaaaaaaaaa") as error:
        fetch(_file(f"{as_https}/net.bin", "a" * 64), tmp_path / "net.bin")
    assert SHA[:16] in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_too_much_leaves_nothing(
    as_https: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_module, "_LARGEST", 1000)
    with pytest.raises(ValueError, match="gave more than 1000 bytes"):
        fetch(_file(f"{as_https}/net.bin"), tmp_path / "net.bin")
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_taken_whichever_of_its_names(tmp_path: Path) -> None:
    part = _part(_file("https://nowhere.invalid/a", name="a"), _file("x", name="b"))
    (tmp_path / "b").write_bytes(b"of my own")
    said: list[str] = []
    assert find_or_fetch(part, tmp_path, said.append) == tmp_path / "b"
    assert not said


def test_missing_file_is_fetched_and_said(as_https: str, tmp_path: Path) -> None:
    said: list[str] = []
    path = find_or_fetch(_part(_file(f"{as_https}/net.bin")), tmp_path, said.append)
    assert path.read_bytes() == CONTENT
    assert "https://local/net.bin" in said[0]
    assert "Apache-2.0" in said[0]


@pytest.mark.parametrize("address", ["https://local/gone", "https://127.0.0.1:1/x"])
def test_what_cannot_be_fetched_says_what_to_do(
    as_https: str, tmp_path: Path, address: str
) -> None:
    with pytest.raises(FileNotFoundError) as error:
        find_or_fetch(_part(_file(address)), tmp_path, lambda _: None)
    text = str(error.value)
    for part in ("a network", str(tmp_path), address, "net.bin", "--weights DIR"):
        assert part in text
    assert "STAL_WEIGHTS" in text
    assert "\n" not in text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("address", ["http://local/net.bin", "file:///etc/passwd"])
def test_only_https_is_fetched_from(address: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no https://"):
        fetch(_file(address), tmp_path / "x")


def test_all_addresses_of_the_catalogue_are_https_with_a_checksum() -> None:
    files = [f for m in CATALOGUE.values() for part in m.parts for f in part.files]
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert file.address.startswith("https://")
        assert len(bytes.fromhex(file.sha256)) == 32
        assert file.licence


def test_folder_is_the_argument_then_the_environment_then_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STAL_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache/stal_plugin"
    assert weights_folder() == cache_folder()
    monkeypatch.setenv("STAL_WEIGHTS", str(tmp_path))
    assert weights_folder() == tmp_path
    (tmp_path / "mine").mkdir()
    assert weights_folder(tmp_path / "mine") == tmp_path / "mine"
    with pytest.raises(FileNotFoundError, match=r"folder of weights '.*gone'"):
        weights_folder(tmp_path / "gone")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache/stal_plugin"


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken:
        def read(self, _: int) -> bytes:
            raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        store_checked(Broken(), tmp_path / "net.bin", _file("https://x"))
    assert not list(tmp_path.iterdir())
