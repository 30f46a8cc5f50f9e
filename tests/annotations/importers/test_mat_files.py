import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from stal_plugin.annotations.importers import mat_child
from stal_plugin.annotations.importers.mat_files import MatReader


@pytest.fixture
def good(tmp_path: Path) -> Path:
    savemat(tmp_path / "good.mat", {"x": np.arange(6.0)})
    return tmp_path / "good.mat"


def _huge(path: Path) -> Path:
    """A compressed array of a few hundred bytes that says it has 2^37 numbers."""
    flags = struct.pack("<IIII", 6, 8, 6, 0)
    sizes = struct.pack("<IIii", 5, 8, 2**20, 2**17)
    name = struct.pack("<II", 1, 1) + b"x".ljust(8, b"\0")
    data = struct.pack("<II", 9, 2**31)
    body = flags + sizes + name + data
    element = zlib.compress(struct.pack("<II", 14, len(body)) + body)
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    path.write_bytes(head + struct.pack("<II", 15, len(element)) + element)
    return path


def test_one_process_reads_all_files(good: Path) -> None:
    reader = MatReader()
    for _ in range(2):
        array = reader.read(good, "array", "x")["array"]
        assert array.ravel().tolist() == list(range(6))
    process = reader._process
    assert process is not None
    for _ in range(50):
        reader.read(good, "array", "x")
    assert reader._process is process


def test_a_crash_is_one_error_and_the_next_file_is_read(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = good.with_name("crash.py")
    text = Path(mat_child.__file__).read_text()
    script.write_text(
        text.replace(
            "def main() -> None:",
            "def crash(path, name):\n    os.kill(os.getpid(), 11)\n\n\n"
            "def spin(path, name):\n    while True:\n        pass\n\n\n"
            "def sleep(path, name):\n    import time\n\n    time.sleep(99)\n\n\n"
            "def fill(path, name):\n    return {'a': np.ones(1 << 30)}\n\n\n"
            "READERS |= {f.__name__: f for f in (crash, spin, sleep, fill)}\n\n\n"
            "def main() -> None:",
        )
    )
    monkeypatch.setattr(mat_child, "__file__", str(script))
    reader = MatReader(seconds=1, memory=1 << 30)
    for kind, message in (
        ("crash", r"MATLAB's reader crashes \(SIGSEGV\)"),
        ("spin", "is damaged: it is not read in 1 s"),
        ("sleep", "is damaged: it is not read in 1 s"),
        ("fill", "needs too much memory, more than 1024 MiB"),
    ):
        start = time.monotonic()
        with pytest.raises(ValueError, match=rf"good\.mat .*{message}"):
            reader.read(good, kind, "x")
        assert time.monotonic() - start < 30
        assert "array" in reader.read(good, "array", "x")


def test_sizes_beyond_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"huge\.mat (is|needs)"):
        MatReader(seconds=5).read(_huge(tmp_path / "huge.mat"), "array", "x")


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.mat is missing"):
        MatReader().read(tmp_path / "none.mat", "array", "x")
