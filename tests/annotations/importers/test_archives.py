import gzip
import zipfile
from pathlib import Path

import pytest

from stal_plugin.annotations.importers.archives import is_archive, unpacked


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_annotation_files_are_unpacked_for_as_long_as_the_block_runs(
    tmp_path: Path,
) -> None:
    members = {
        "annotations.xml": b"<annotations/>",
        "train/_annotations.coco.json": b"{}",
        "images/0001.jpg": b"pixels",
        "videos/a.mp4": b"frames",
        "__MACOSX/._annotations.xml": b"x",
        ".hidden/a.json": b"x",
    }
    path = _zip(tmp_path / "task_1.zip", members)
    plain = tmp_path / "b.csv"
    plain.write_text("x")
    assert is_archive(path)
    assert not is_archive(plain)
    assert not is_archive(tmp_path)
    with unpacked([plain, path]) as (first, folder):
        assert first == plain
        files = sorted(f for f in folder.rglob("*") if f.is_file())
        assert [f.relative_to(folder).as_posix() for f in files] == [
            *("annotations.xml", "images/0001.jpg", "train/_annotations.coco.json"),
        ]
        assert files[0].read_bytes() == b"<annotations/>"
        assert files[1].stat().st_size == 0  # an image tells a frame by its name
    assert not folder.exists()


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "annotations.xml.gz"
    path.write_bytes(gzip.compress(b"<annotations/>"))
    with unpacked([path]) as (folder,):
        assert (folder / "annotations.xml").read_bytes() == b"<annotations/>"


@pytest.mark.parametrize(
    "name", ["../out.xml", "/out.xml", "a/../../out.xml", "..\\o.xml"]
)
def test_no_file_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / "a.zip", {name: b"x"})
    with (
        pytest.raises(ValueError, match=r"a\.zip has a file .* would lie outside"),
        unpacked([path]),
    ):
        pass
    assert [p.name for p in tmp_path.rglob("*")] == ["a.zip"]


def test_links_are_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("annotations.xml")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with unpacked([tmp_path / "a.zip"]) as (folder,):
        assert not list(folder.rglob("*"))


@pytest.mark.parametrize("kind", ["zip", "gz", "many"])
def test_bombs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"bomb.{kind}"
    zeros = b"\0" * (20 << 20)
    if kind == "gz":
        path.write_bytes(gzip.compress(zeros))
    else:
        parts = 3 if kind == "many" else 1
        _zip(path, {f"{i}.xml": zeros[: len(zeros) // parts] for i in range(parts)})
    with (
        pytest.raises(ValueError, match=r"unpacks to more than 1?[0-9] MB"),
        unpacked([path]),
    ):
        pass


@pytest.mark.parametrize("cut", [10, 60, -20])
def test_damaged_archives(tmp_path: Path, cut: int) -> None:
    path = _zip(tmp_path / "a.zip", {"annotations.xml": b"<annotations/>" * 99})
    path.write_bytes(path.read_bytes()[:cut])
    with (
        pytest.raises(ValueError, match=r"a\.zip is a damaged archive"),
        unpacked([path]),
    ):
        pass


def test_errors_name_the_archive(tmp_path: Path) -> None:
    path = _zip(tmp_path / "task.zip", {"a.xml": b"x"})
    with (
        pytest.raises(ValueError, match=r"^task\.zip/a\.xml is odd$"),
        unpacked([path]) as (folder,),
    ):
        raise ValueError(f"{folder}/a.xml is odd")
    with pytest.raises(ValueError, match=r"^another$"), unpacked([path]):
        raise ValueError("another")
