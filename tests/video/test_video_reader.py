import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import decord
import numpy as np
import pytest
from numpy.typing import NDArray

from stal_plugin.video import VideoReader, video_reader
from stal_plugin.video.copy_video import copy_video

MakeVideo = Callable[..., Path]
DecodeAll = Callable[[Path], list[NDArray[np.uint8]]]
COUNT = 70
KINDS = {
    "b-frames": ("v.mp4", dict(codec="libx264", gop=12, b_frames=2)),
    "long gop": ("v.mp4", dict(codec="libx264", gop=250, b_frames=3)),
    "gop 1": ("v.mp4", dict(codec="libx264", gop=1, b_frames=0)),
    "open gop": ("v.mkv", {"codec": "libx264", "x264-params": "open-gop=1:keyint=10"}),
    "odd size": ("v.mp4", dict(codec="mpeg4", gop=12, b_frames=2, size=(61, 47))),
    "fragmented": ("v.mp4", dict(movflags="frag_keyframe+empty_moov")),
    "mkv": ("v.mkv", dict(codec="libx264", gop=12, b_frames=2)),
    "avi": ("v.avi", dict(codec="mpeg4", gop=12, b_frames=2)),
    "ts": ("v.ts", dict(codec="libx264", gop=12, b_frames=2)),
    "mov": ("v.mov", dict(codec="libx264", gop=7, b_frames=1)),
}


@pytest.fixture(params=KINDS, scope="module")
def video(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_video: MakeVideo,
) -> Path:
    name, options = KINDS[request.param]
    return make_video(tmp_path_factory.mktemp("v") / name, count=COUNT, **options)


def test_random_access_equals_sequential_decoding(
    video: Path, decode_all: DecodeAll, number_of: Callable[[NDArray], int]
) -> None:
    frames = decode_all(video)
    assert [number_of(frame) for frame in frames] == list(range(COUNT))
    reader = VideoReader(video)
    assert (reader.num_frames, reader.fps) == (COUNT, 25.0)
    rng = np.random.default_rng(0)
    clips = [np.clip(np.arange(end - 15, end + 1), 0, None) for end in (3, 40, 69, 12)]
    clips += [rng.integers(0, COUNT, 5) for _ in range(8)]
    clips += [np.array([69]), np.array([0]), np.arange(20, 60, 7), np.arange(60, 64)]
    for clip in clips:
        for index, image in zip(clip, reader.read(clip), strict=True):
            np.testing.assert_array_equal(image, frames[index], err_msg=str(index))


def test_opencv_and_decord_agree(
    video: Path, decode_all: DecodeAll, number_of: Callable[[NDArray], int]
) -> None:
    ours = VideoReader(video).read(range(COUNT))
    capture = cv2.VideoCapture(str(video))
    for index, image in enumerate(ours):
        good, other = capture.read()
        assert good
        assert number_of(other) == number_of(image) == index
        if image.shape[1] % 2 == 0:  # odd sizes: chroma at the border differs
            np.testing.assert_array_equal(image, other[..., ::-1])
    assert not capture.read()[0]
    if video.suffix == ".ts":  # decord shifts these
        return
    try:
        others = decord.VideoReader(str(video))
    except decord.DECORDError:  # a header without a frame count
        others = decord.VideoReader(str(copy_video(video, video.with_stem("copy"))))
    assert len(others) == COUNT
    # Of mpeg4 with B-frames decord's own seeking misses frames: in order only.
    in_order = b"mp4v" in video.read_bytes() or video.suffix == ".avi"
    for index in range(COUNT) if in_order else (0, 1, 13, 35, 68, 69, 4):
        assert number_of(others[index].asnumpy()) == index


def test_repeated_frames_share_one_array(video: Path) -> None:
    images = VideoReader(video).read([0, 0, 7, 0])
    assert images[0] is images[1] is images[3]
    assert images[0] is not images[2]
    assert VideoReader(video).read([]) == []


def test_iterate_and_pickle(video: Path, number_of: Callable[[NDArray], int]) -> None:
    reader = VideoReader(video)
    assert [number_of(i) for i in reader.iterate(30, 40)] == list(range(30, 40))
    again = pickle.loads(pickle.dumps(reader))
    assert [number_of(i) for i in again.iterate(60)] == list(range(60, 70))
    reader.close()
    assert number_of(reader.read([5])[0]) == 5


def test_reading_on_does_not_seek(
    tmp_path: Path, make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = VideoReader(make_video(tmp_path / "v.mp4", gop=100))
    seeks = []
    original = VideoReader._seek
    monkeypatch.setattr(
        VideoReader, "_seek", lambda self, k: (seeks.append(k), original(self, k))[1]
    )
    reader.read([0, 1])
    reader.read([2, 5])
    reader.read([6])
    assert seeks == [0]
    reader.read([4])
    assert seeks == [0, 0]


def test_out_of_range_and_missing(tmp_path: Path, make_video: MakeVideo) -> None:
    reader = VideoReader(make_video(tmp_path / "v.mp4", count=5))
    for index in (-1, 5):
        with pytest.raises(ValueError, match=rf"frame index {index} is not in 0\.\.4"):
            reader.read([2, index])
    with pytest.raises(FileNotFoundError, match=r"none\.mp4 is missing"):
        VideoReader(tmp_path / "none.mp4").read([0])


def test_a_lost_frame_leads_to_an_index_by_decoding(
    tmp_path: Path, make_video: MakeVideo, number_of: Callable[[NDArray], int]
) -> None:
    """Packets that promise a frame which the decoder never yields."""
    reader = VideoReader(make_video(tmp_path / "v.mp4", count=20))
    index = reader.index
    assert index.pts is not None
    wrong = np.insert(index.pts, 10, index.pts[10] - 1)
    reader._index = video_reader.VideoIndex(21, wrong, index.keyframes)
    assert [number_of(i) for i in reader.read([3, 9, 10, 15])] == [3, 9, 10, 15]
    assert reader.num_frames == 20
    assert reader.index.pts is None
    assert [number_of(i) for i in reader.read([19, 2])] == [19, 2]
    reader._index = video_reader.VideoIndex(25, None, np.zeros(1, dtype=np.int64))
    with pytest.raises(ValueError, match="only 20 frames"):
        reader.read([22])


@pytest.mark.data
def test_every_decoder_agrees_on_real_clips(
    shared_data: Path, tmp_path: Path, decode_all: DecodeAll
) -> None:
    clips = sorted((shared_data / "ucf24_mini" / "videos").glob("*.mp4"))
    clips += sorted((shared_data / "real_clips").glob("*.mp4"))
    assert len(clips) == 9
    for clip in clips:
        frames = decode_all(clip)
        copy = copy_video(clip, tmp_path / clip.name)
        others = decord.VideoReader(str(copy))
        capture = cv2.VideoCapture(str(clip))
        readers = [VideoReader(clip), VideoReader(copy)]
        assert len(others) == readers[0].num_frames == len(frames)
        for index, frame in enumerate(frames):
            assert np.array_equal(capture.read()[1][..., ::-1], frame)
            seen = others[index].asnumpy()[::4, ::4].astype(np.int16)
            assert np.abs(seen - frame[::4, ::4]).max() <= 2
        for end in (0, 5, len(frames) // 2, len(frames) - 1):
            inds = np.clip(np.arange(end - 15, end + 1), 0, None)
            for reader in readers:
                for index, image in zip(inds, reader.read(inds), strict=True):
                    np.testing.assert_array_equal(image, frames[index])


@pytest.mark.data
def test_decoders_of_mmaction_agree(shared_data: Path, tmp_path: Path) -> None:
    from mmaction.registry import TRANSFORMS

    clip = shared_data / "ucf24_mini" / "videos" / "v_Biking_g01_c01.mp4"
    copy = copy_video(clip, tmp_path / clip.name)
    inds = np.array([0, 0, 3, 30, 77, 150])
    ours = VideoReader(copy).read(inds)
    folder = tmp_path / "frames"
    folder.mkdir()
    for index, image in zip(inds, ours, strict=True):
        name = str(folder / f"img_{index + 1:05}.png")
        cv2.imwrite(name, image[..., ::-1])
    for name in ("Decord", "OpenCV", "PyAV"):
        results = {"filename": str(copy), "frame_inds": inds}
        for part in ("Init", "Decode"):
            results = TRANSFORMS.build(dict(type=f"{name}{part}"))(results)
        for image, other in zip(ours, results["imgs"], strict=True):
            assert np.abs(image.astype(np.int16) - other).max() <= 2, name
    decode = TRANSFORMS.build(dict(type="RawFrameDecode"))
    results = decode(
        {
            "frame_dir": str(folder),
            "filename_tmpl": "img_{:05}.png",
            "modality": "RGB",
            "offset": 1,
            "frame_inds": inds,
        }
    )
    for image, other in zip(ours, results["imgs"], strict=True):
        np.testing.assert_array_equal(image, other)
