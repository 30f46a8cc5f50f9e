"""How foreign annotations are to be read."""

from dataclasses import dataclass, field
from pathlib import Path

from stal_plugin.annotations.importers.action_rule import ActionRule


@dataclass(frozen=True)
class ImportOptions:
    """How foreign annotations are to be read.

    Args:
        rule: Where a tool's boxes hold actions and tracks.
        labels: File with the names of the classes; see ``read_label_list``.
        frame_base: Number of a video's first frame; None: what the format says.
        unit: ``'seconds'`` or ``'frames'`` of timestamps; None: what the format says.
        start: Timestamp in seconds of a video's first frame (AVA: 900).
        size: Width and height in pixels that the boxes refer to; None: what the file
            says, or else the video's.
        rotate: Clockwise turn of the boxes in degrees, for boxes that were drawn on
            frames without the rotation that the video asks for.
        tolerance: Largest overshoot beyond the image in pixels that is clipped.
        split: Official split of ground truth pickles.
        labelled: ``'every'`` frame of a video is labelled, or those ``'listed'`` in
            the file; None: what the format says.
        drop_occluded: Leave out boxes that CVAT marks as occluded.
    """

    rule: ActionRule = field(default_factory=ActionRule)
    labels: Path | None = None
    frame_base: int | None = None
    unit: str | None = None
    start: float = 0.0
    size: tuple[int, int] | None = None
    rotate: int = 0
    tolerance: float = 2.0
    split: int = 1
    drop_occluded: bool = False
    labelled: str | None = None


# Options that a format does not have; --split is that of pickles, see below.
_TUBES_LACK = {
    **{"rule": "--action, --ignore or --track", "labels": "--labels"},
    **{"frame_base": "--frame-base", "unit": "--unit", "start": "--start"},
    **{"size": "--size", "rotate": "--rotate", "tolerance": "--tolerance"},
    **{"drop_occluded": "--drop-occluded", "labelled": "--labelled"},
}


def check_options(form: str, options: ImportOptions) -> None:
    """Refuse options that would have no effect.

    Args:
        form: Name of the format, as after ``--from``.
        options: What the user asks for.

    Raises:
        ValueError: Names the first such option.
    """
    lacking = _TUBES_LACK if form == "tubes" else {"split": "--split"}
    if form not in ("cvat", "tubes"):
        lacking = {**lacking, "drop_occluded": "--drop-occluded"}
    plain = ImportOptions()
    for name, flag in lacking.items():
        if getattr(options, name) != getattr(plain, name):
            raise ValueError(f"--from {form} has no {flag}: leave it out")
