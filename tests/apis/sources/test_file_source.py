from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stal_plugin.apis.sources import FileSource
from stal_plugin.video import VideoReader, write_video


def test_every_frame_with_its_time(video: Path) -> None:
    source = FileSource(video)
    assert (source.live, source.fps, source.num_frames) == (False, 25.0, 12)
    frames = list(source)
    assert [f.number for f in frames] == list(range(1, 13))
    assert [f.time for f in frames] == pytest.approx([k / 25 for k in range(12)])
    for frame, image in zip(frames, VideoReader(video).read(range(12)), strict=True):
        assert np.array_equal(frame.image, image)


def test_variable_frame_rate(tmp_path: Path) -> None:
    times = [0, 40, 80, 500, 540, 2000]
    with av.open(str(tmp_path / "v.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time in times:
            image = np.full((48, 64, 3), time % 251, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    found = [round(1000 * f.time) for f in FileSource(tmp_path / "v.mp4")]
    assert found == times


@pytest.mark.parametrize("size", [(33, 47), (48, 120), (31, 16)])
def test_odd_and_portrait_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    image = np.full((size[1], size[0], 3), 99, np.uint8)
    write_video(tmp_path / "v.mp4", [image] * 3, 25)
    even = (size[1] + size[1] % 2, size[0] + size[0] % 2, 3)
    assert [f.image.shape for f in FileSource(tmp_path / "v.mp4")] == [even] * 3


def test_faults(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no\.mp4 is missing"):
        FileSource(tmp_path / "no.mp4")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(ValueError, match=r"text\.mp4 cannot be opened as a video"):
        FileSource(tmp_path / "text.mp4")
