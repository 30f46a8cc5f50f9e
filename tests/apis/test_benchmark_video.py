from pathlib import Path

from stal_plugin.apis.benchmark import write_benchmark_video
from stal_plugin.apis.sources import FileSource


def test_a_rectangle_moves(tmp_path: Path) -> None:
    write_benchmark_video(tmp_path / "v.mp4", 7, 64, 48)
    source = FileSource(tmp_path / "v.mp4")
    frames = [frame.image for frame in source]
    assert (len(frames), source.fps) == (7, 25)
    assert frames[0].shape == (48, 64, 3)
    left = [int((f[16, :, 0] > 180).nonzero()[0].min()) for f in frames]
    assert all(abs(x - 3 * k) <= 1 for k, x in enumerate(left))
