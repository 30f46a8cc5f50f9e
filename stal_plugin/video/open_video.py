"""Open a video file, and notice what is wrong with its data."""

import logging
import shlex
from collections.abc import Iterator
from fractions import Fraction
from os import PathLike
from pathlib import Path

import av

_logger = logging.getLogger(__name__)

# Containers that hold their frames themselves. Playlists, concatenations and session
# descriptions are left out: they open the files and addresses that they name.
_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv,"
    "live_flv,ogg,gif,apng,asf,mjpeg,mjpeg_2000,mxf,ivf,av1,obu,dv,nut,rm,wtv,vc1,h261,"
    "h263,cavsvideo,yuv4mpegpipe,swf,nsv,amv,bink,smk,roq,gxf"
)


def open_video(
    path: str | PathLike, thread_type: str = "NONE", number: int | None = None
) -> tuple[av.container.InputContainer, av.video.stream.VideoStream]:
    """Open a video file, and no other that it may name.

    Args:
        path: The file.
        thread_type: ``'AUTO'`` decodes with several threads.
        number: Of the stream to read, if there are several; see :func:`video_stream`.

    Returns:
        Container and its video stream.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no regular file, no video, a playlist, is cut short, or has
            no such stream.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"video file {path} is missing")
    if not Path(path).is_file():
        raise ValueError(f"{path} is no regular file, but a folder, pipe or device")
    try:
        # "file:": FFmpeg takes what stands before a colon for a protocol
        container = av.open(f"file:{path}", options={"format_whitelist": _CONTAINERS})
    except (av.FFmpegError, OSError) as error:
        raise ValueError(
            f"{path} cannot be opened as a video ({error}): it is no video, or its end "
            "is missing. Copy it again, or convert it to H.264 mp4 with ffmpeg."
        ) from None
    try:
        stream = video_stream(container, number, path)
    except ValueError:
        container.close()
        raise
    numbers = [str(s.index) for s in container.streams.video]
    if number is None and len(numbers) > 1:
        _logger.warning(
            "%s has %d video streams: the longest, number %d, is read (another of %s: "
            "predict.py --stream N)",
            *(path, len(numbers), stream.index, ", ".join(numbers)),
        )
    stream.thread_type = thread_type
    return container, stream


def video_stream(
    container: av.container.InputContainer,
    number: int | None = None,
    path: str | PathLike = "the video",
) -> av.video.stream.VideoStream:
    """Choose the video stream: the longest one, of these the largest picture.

    Cameras and drones put a preview picture first.

    Args:
        container: With one video stream or more.
        number: Take this one: its place among all streams, as FFmpeg counts, from 0.
        path: The video, for the error.

    Raises:
        ValueError: There is no video stream of this number, or none at all whose
            format FFmpeg knows.
    """
    decodable = [s for s in container.streams.video if s.codec_context is not None]
    if not decodable:
        raise ValueError(f"{path} has no video stream that can be decoded")
    if number is not None:
        streams = {stream.index: stream for stream in decodable}
        if number not in streams:
            raise ValueError(
                f"{path} has no video stream number {number}, but {sorted(streams)}"
            )
        return streams[number]

    def rank(stream: av.video.stream.VideoStream) -> tuple[int, int]:
        known = stream.frames or len(stream.index_entries)
        rate, base = stream.average_rate, stream.time_base
        if not known and stream.duration and rate and base:
            known = int(stream.duration * base * rate)
        return known, stream.width * stream.height

    return max(decodable, key=rank)


def has_times(container: av.container.InputContainer) -> bool:
    """Tell whether a container holds the times at which frames are shown.

    AVI does not; what FFmpeg makes up for it falls and stands still where frames are
    stored in another order than shown. All frames of an AVI last equally long.
    """
    return container.format.name != "avi"


def pixel_aspect(stream: av.video.stream.VideoStream) -> Fraction:
    """Width over height of one pixel; 1 if the file does not say."""
    aspect = stream.sample_aspect_ratio
    return Fraction(aspect) if aspect else Fraction(1)


def cut_short(path: str | PathLike, decoded: int, announced: int) -> ValueError:
    """Error for a video whose data end early.

    Args:
        path: The video file.
        decoded: Frames that are there.
        announced: Frames that the container promises; 0 if it does not say.

    Returns:
        The error, to be raised.
    """
    promise = f" of the {announced} that its header announces" if announced else ""
    quoted = shlex.quote(str(path))
    return ValueError(
        f"{path} is damaged or cut short: only {decoded} frames{promise} can be "
        "decoded. Copy it again, or keep what is there with: "
        f"ffmpeg -err_detect ignore_err -i {quoted} -c:v libx264 repaired.mp4"
    )


def checked_packets(
    container: av.container.InputContainer,
    stream: av.video.stream.VideoStream,
    path: str | PathLike,
) -> Iterator[av.Packet]:
    """Packets of a video, the last and empty one included, that flushes the decoder.

    Args:
        container: From ``open_video``.
        stream: From ``open_video``.
        path: The video file, for the error.

    Yields:
        The packets.

    Raises:
        ValueError: The data end early: a packet is incomplete, or packets of the
            container's own list of packets are not there.
    """
    listed = len(stream.index_entries)
    count = 0
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise cut_short(path, count, stream.frames)
        count += packet.size > 0
        if not packet.size and count < listed:
            raise cut_short(path, count, listed)
        yield packet


class DamageLog:
    """Numbers of the frames that a decoder had to guess.

    After damaged data a decoder flags one frame; the frames built on it are as wrong,
    until one stands for itself again.

    Args:
        path: The video, for the warning.
    """

    def __init__(self, path: str | PathLike) -> None:
        self.path = path
        self.frames: list[int] = []
        self._guessing = False

    def note(self, frame: av.VideoFrame, number: int) -> None:
        """Take note of a decoded frame.

        Args:
            frame: The frame.
            number: Its number, 1-based.
        """
        if frame.is_corrupt:
            self._guessing = True
        elif frame.key_frame:
            self._guessing = False
        if self._guessing:
            self.frames.append(number)

    def warn(self) -> None:
        """Say which frames may be wrong, if any."""
        if self.frames:
            _logger.warning(
                "%s: the data are damaged, %d frames between %d and %d may show wrong "
                "pictures. Copy the file again, or cut these frames out",
                *(self.path, len(self.frames), self.frames[0], self.frames[-1]),
            )


def checked_frames(
    container: av.container.InputContainer,
    stream: av.video.stream.VideoStream,
    path: str | PathLike,
) -> Iterator[av.VideoFrame]:
    """Decode a video from its start; frames that may be wrong are told at the end.

    Args:
        container: From ``open_video``.
        stream: From ``open_video``.
        path: The video file, for the error.

    Yields:
        The frames.

    Raises:
        ValueError: The data end early or cannot be decoded.
    """
    count = 0
    damage = DamageLog(path)
    try:
        for packet in checked_packets(container, stream, path):
            for frame in packet.decode():
                count += 1
                damage.note(frame, count)
                yield frame
    except av.FFmpegError:
        raise cut_short(path, count, stream.frames) from None
    damage.warn()
