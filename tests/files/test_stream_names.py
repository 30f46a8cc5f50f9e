from pathlib import Path

import pytest

from stal_plugin.files.stream_names import (
    check_source,
    named_sources,
    output_files,
    stream_name,
)


@pytest.mark.parametrize(
    ("src", "name"),
    [
        ("videos/c0 (1).mp4", "c0_1"),
        ("0", "camera_0"),
        ("/dev/video2", "video2"),
        ("rtsp://cam.local:554/ch/1", "cam.local_554_ch_1"),
        ("rtsp://me:secret@10.0.0.5/live?channel=2", "10.0.0.5_live_channel_2"),
        ("rtsp://topsecret@10.0.0.5/live", "10.0.0.5_live"),
        ("http://h/v?token=secret&channel=2", "h_v_token_channel_2"),
        ("rtsp://me:sec/ret@10.0.0.5/live", "10.0.0.5_live"),
        ("http://h/../../etc/passwd", "h_.._.._etc_passwd"),
        ("http://../x", "x"),
        ("...", "stream"),
        ("Küche.mkv", "Küche"),
        ("x" * 100 + ".mp4", "x" * 60),
    ],
)
def test_names_are_safe_and_hold_no_secrets(src: str, name: str) -> None:
    assert stream_name(src) == name
    assert "secret" not in name
    assert Path(name).name == name  # no folder


def test_sources_may_have_a_name(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b.mp4").touch()
    words = [
        "door=rtsp://h/1?x=2",
        "rtsp://h/2?x=3",
        "a=b.mp4",
        "c=d.mp4",
        "../e=f.mp4",
    ]
    assert named_sources(words) == {
        "door": "rtsp://h/1?x=2",
        "h_2_x_3": "rtsp://h/2?x=3",
        "a_b": "a=b.mp4",  # is there
        "c": "d.mp4",
        "e_f": "../e=f.mp4",  # no name holds a slash
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/v.mp4", "b/v.mp4"),
        ("a/v.mp4", "a/v.mp4"),
        ("Door=0", "door=1"),
        ("rtsp://me:secret@h/v", "rtsp://you:secret@h/v"),
    ],
)
def test_names_must_differ(one: str, other: str) -> None:
    with pytest.raises(ValueError, match=r"two sources have the name .* NAME=SRC") as e:
        named_sources([one, "c.mp4", other])
    assert "secret" not in str(e.value)


def test_files_of_a_stream() -> None:
    patterns = {"--json": "out/{name}.jsonl", "--out": None, "--csv": "{name}/p.csv"}
    expected = [Path("out/door.jsonl"), None, Path("door/p.csv")]
    assert output_files(patterns, "door", 3) == expected
    assert output_files({"--json": "a.jsonl"}, "door", 1) == [Path("a.jsonl")]
    with pytest.raises(ValueError, match=r"--json x/a\.jsonl is one file for 3") as e:
        output_files({"--json": Path("x/a.jsonl")}, "door", 3)
    assert "for instance --json 'x/{name}.jsonl'" in str(e.value)


def test_only_files_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"")
    for src in (str(tmp_path), str(tmp_path / "v.mp4"), "0", "/dev/video9", "rtsp://h"):
        check_source(src)
    with pytest.raises(FileNotFoundError, match=r"gone\.mp4' does not exist. Allowed"):
        check_source(str(tmp_path / "gone.mp4"))
