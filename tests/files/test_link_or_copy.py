import os
from pathlib import Path

import pytest

from stal_plugin.files.link_or_copy import link_or_copy


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    return path


@pytest.fixture
def another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", link)


def test_one_file_by_two_names(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "new/b.mp4"
    assert link_or_copy(source, target)
    assert os.path.samefile(source, target)
    assert not target.is_symlink()
    assert link_or_copy(source, target)  # again: nothing to do


def test_of_a_symbolic_link_the_file(source: Path, tmp_path: Path) -> None:
    symlink = tmp_path / "s.mp4"
    symlink.symlink_to(source)
    assert link_or_copy(symlink, tmp_path / "b.mp4")
    assert not (tmp_path / "b.mp4").is_symlink()
    assert os.path.samefile(source, tmp_path / "b.mp4")


@pytest.mark.usefixtures("another_disk")
def test_a_copy_on_another_disk(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "new/b.mp4"
    assert not link_or_copy(source, target)
    assert target.read_bytes() == b"film"
    assert not os.path.samefile(source, target)
    assert [path.name for path in target.parent.iterdir()] == ["b.mp4"]
    before = target.stat().st_mtime_ns
    assert not link_or_copy(source, target)
    assert target.stat().st_mtime_ns == before


def test_nothing_else_is_replaced(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.mp4"
    target.write_bytes(b"book")
    with pytest.raises(ValueError, match=r"b\.mp4 is there already and is not a copy"):
        link_or_copy(source, target)
    assert target.read_bytes() == b"book"
    symlink = tmp_path / "s.mp4"
    symlink.symlink_to(source)
    with pytest.raises(ValueError, match=r"s\.mp4 is there already"):
        link_or_copy(source, symlink)
    dangling = tmp_path / "d.mp4"
    dangling.symlink_to(tmp_path / "nowhere.mp4")
    with pytest.raises(ValueError, match=r"d\.mp4 is there already"):
        link_or_copy(source, dangling)
    assert not (tmp_path / "nowhere.mp4").exists()
