"""PredictionReport: predictions beside the ground truth, as contact sheet and mp4."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.markup import escape
from rich.progress import Progress, TaskID

from stal_plugin.annotations import Annotation
from stal_plugin.video import write_video
from stal_plugin.visualization.draw import (
    add_caption,
    centred,
    draw_frame,
    resize_frame,
)
from stal_plugin.visualization.picture_grid import contact_sheet, write_png
from stal_plugin.visualization.selection import (
    choose_frames,
    choose_videos,
    frame_outcomes,
)
from stal_plugin.visualization.split_frames import SplitFrames
from stal_plugin.wording import counted

_LEGEND = "solid: prediction, dashed: ground truth"
_TILE_WIDTH, _COLUMNS = 480, 4
_SHORT_SIDE = 360  # smaller videos are enlarged, so that labels can be read


@dataclass
class _Sheet:
    """The frames of the contact sheet: ``(3,)`` hits, misses, false alarms; tiles."""

    counts: dict[int, np.ndarray]
    tiles: dict[int, np.ndarray] = field(default_factory=dict)


@dataclass
class PredictionReport:
    """Draw predictions on chosen frames and videos, decoding each frame once.

    Args:
        annotation: Videos, classes and ground truth.
        frames: The frames of the split to draw.
        root: Folder that the video files of the annotation are relative to.
        score_thr: Predictions with a smaller score are not drawn.
        progress: Bar that shows the remaining time; none by default.
    """

    annotation: Annotation
    frames: SplitFrames
    root: Path
    score_thr: float = 0.3
    progress: Progress = field(default_factory=lambda: Progress(disable=True))

    def write(
        self,
        out_dir: Path,
        num_frames: int = 24,
        num_videos: int = 4,
        per_video: bool = False,
    ) -> list[Path]:
        """Write ``contact_sheet.png`` and ``predictions.mp4``.

        First on the sheet are frames at even distances, then some with errors, see
        ``choose_frames``. Videos are chosen so that all classes, hits and misses show.
        The same input gives the same choice.

        Args:
            out_dir: Folder of the files; it is made.
            num_frames: Most frames on the sheet.
            num_videos: Most videos to draw; 0 for none.
            per_video: Write one mp4 per video instead of one of all.

        Returns:
            The files.
        """
        out_dir.mkdir(parents=True, exist_ok=True)
        num_classes = len(self.annotation.classes)
        outcomes = frame_outcomes(self.frames, num_classes, self.score_thr)
        even, wrong = choose_frames(self.frames, outcomes, num_frames)
        chosen = [*even.tolist(), *wrong.tolist()]
        videos = choose_videos(self.frames, outcomes, num_videos).tolist()
        sheet = _Sheet({i: outcomes[i].sum(1) for i in chosen})
        groups = [[v] for v in videos] if per_video else [videos] if videos else []
        files = []
        for group in groups:
            name = file_name(self.frames.videos[group[0]]) if per_video else None
            path = out_dir / f"{name or 'predictions'}.mp4"
            self._write_video(path, group, sheet)
            files.append(path)
        self._tile_others(sheet)
        tiles = [sheet.tiles[i] for i in chosen]
        heading, classes = self._heading(len(even), len(wrong)), self.annotation.classes
        path = out_dir / "contact_sheet.png"
        write_png(path, contact_sheet(tiles, _COLUMNS, heading, classes))
        return [path, *files]

    def _write_video(self, path: Path, videos: list[int], sheet: _Sheet) -> None:
        """Stream the frames of videos into one file, keeping tiles of chosen ones."""
        infos = [self.annotation.videos[self.frames.videos[v]] for v in videos]
        if len({info.fps for info in infos}) > 1:
            logging.getLogger(__name__).warning(
                "%s: the videos have different frame rates; all play at %g fps",
                path,
                infos[0].fps,
            )
        offsets = self.frames.offsets
        total = int(sum(offsets[v + 1] - offsets[v] for v in videos))
        task = self.progress.add_task(escape(path.name), total=total)
        write_video(path, self._stream(videos, sheet, task), infos[0].fps)

    def _stream(
        self, videos: list[int], sheet: _Sheet, task: TaskID
    ) -> Iterator[np.ndarray]:
        size = self._common_size(videos)
        offsets = self.frames.offsets.tolist()
        for video in videos:
            ids = range(offsets[video], offsets[video + 1])
            for frame_id, image in self._decode(ids):
                if frame_id in sheet.counts:
                    sheet.tiles[frame_id] = self._tile(frame_id, image, sheet)
                self.progress.advance(task)
                name, number = self._name(frame_id)
                drawn = self._draw(frame_id, image, self._display_size(video))
                end = f"  frame {number}   {_LEGEND}"
                yield add_caption(centred(drawn, size), name, end)

    def _tile_others(self, sheet: _Sheet) -> None:
        """Decode the chosen frames that no video has shown yet."""
        missing = np.array([i for i in sheet.counts if i not in sheet.tiles], np.int64)
        videos = self.frames.video_of(missing)
        task = self.progress.add_task("contact_sheet.png", total=len(missing))
        for video in np.unique(videos):
            for frame_id, image in self._decode(missing[videos == video].tolist()):
                sheet.tiles[frame_id] = self._tile(frame_id, image, sheet)
                self.progress.advance(task)

    def _decode(self, frame_ids: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Read frames of one video, one at a time and in rising order."""
        images = self.frames.decode(self.annotation, self.root, frame_ids)
        return zip(frame_ids, images, strict=True)

    def _draw(
        self, frame_id: int, image: np.ndarray, size: tuple[int, int]
    ) -> np.ndarray:
        """Scale a frame to a size and draw what belongs to it."""
        overlays = self.frames.boxes_of(
            frame_id, size, self.annotation.classes, self.score_thr
        )
        return draw_frame(resize_frame(image, *size), *overlays)

    def _tile(self, frame_id: int, image: np.ndarray, sheet: _Sheet) -> np.ndarray:
        height = round(_TILE_WIDTH * image.shape[0] / image.shape[1])
        drawn = self._draw(frame_id, image, (_TILE_WIDTH, height))
        name, number = self._name(frame_id)
        hits, misses, alarms = sheet.counts[frame_id].tolist()
        result = f"{hits} hit, {misses} missed, {alarms} false"
        return add_caption(drawn, f"{result}   {name}", f"  {number}")

    def _name(self, frame_id: int) -> tuple[str, int]:
        video, number = self.frames.locate(frame_id)
        return self.frames.videos[video], number

    def _heading(self, num_even: int, num_wrong: int) -> str:
        kind = "synthetic data, " if self.annotation.synthetic else ""
        frames = f"{num_even} of {counted(len(self.frames), 'frame')} at even distances"
        errors = f", then {num_wrong} chosen for their errors" if num_wrong else ""
        rule = f"score >= {self.score_thr:g}, hit: IoU >= 0.5 and right class"
        return f"{kind}{frames}{errors}   {_LEGEND}   {rule}"

    def _display_size(self, video: int) -> tuple[int, int]:
        """Return width and height of a drawn video: small ones are multiplied."""
        width, height = self.frames.sizes[video].astype(int).tolist()
        factor = max(1, -(-_SHORT_SIDE // min(height, width)))
        return width * factor, height * factor

    def _common_size(self, videos: list[int]) -> tuple[int, int]:
        """Return width and height that hold every drawn video, without captions."""
        width, height = np.max([self._display_size(v) for v in videos], axis=0).tolist()
        return width, height


def file_name(video_id: str) -> str:
    """Make a file name of a video id, which may hold slashes."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in video_id)
