"""Read UCF101-24's annotation in a MATLAB file (``finalAnnots.mat``)."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from stal_plugin.datasets.formats.problems import raise_problems
from stal_plugin.datasets.formats.tool_boxes import ToolBoxes, ToolRow, boxes_of_rows

_FIX = (
    "The file has a struct array 'annot' with the fields name and tubes; a tube has "
    "sf (first frame, from 1), class (from 1) and boxes (x y width height per frame)."
)


def read_ucf24_mat(
    path: str | PathLike, labels: dict[int, str] | None = None
) -> ToolBoxes:
    """Read tubes.

    Args:
        path: The ``.mat`` file.
        labels: Names by number. None: the name of class k is the first part of
            ``name`` (``Biking/v_Biking_g01_c01``) of the videos that have it.

    Returns:
        The boxes in pixels; each tube is a track.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged or of another form.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"MATLAB file {path} is missing. {_FIX}")
    try:
        content = loadmat(str(path), squeeze_me=True, variable_names=["annot"])
    except Exception as error:  # a damaged file may raise anything
        raise ValueError(f"{path} is no readable MATLAB file: {error!r}") from None
    annot = np.atleast_1d(np.asarray(content.get("annot")))
    if not {"name", "tubes"} <= set(annot.dtype.names or ()):
        raise ValueError(f"{path} has no struct array 'annot'. {_FIX}")
    names = dict(labels or {})
    rows: list[ToolRow] = []
    problems: list[str] = []
    videos: dict[str, tuple[int, int] | None] = {}
    for item in annot:
        video = str(item["name"]).strip()
        videos[video] = None
        for number, tube in enumerate(np.atleast_1d(item["tubes"])):
            place = f"{video}, tube {number + 1}"
            found = _tube(tube)
            if found is None:
                problems.append(f"{place}: no sf, class or boxes")
                continue
            first, k, boxes = found
            own = video.partition("/")[0]
            name = names.get(k) if labels else names.setdefault(k, own)
            if name is None or (labels is None and name != own):
                problems.append(f"{place}: class {k} is {name!r} elsewhere")
                continue
            rows += [
                ToolRow(
                    video, first + i, (x, y, x + w, y + h), name, str(number), place
                )
                for i, (x, y, w, h) in enumerate(boxes.tolist())
            ]
    raise_problems(path, problems, _FIX)
    result = boxes_of_rows(rows, videos)
    result.classes = [names[k] for k in sorted(names)]
    result.base = 1
    return result


def _tube(tube: Any) -> tuple[int, int, NDArray[np.float64]] | None:
    """First frame, class and boxes ``(N, 4)``; None if it is no tube."""
    names = getattr(getattr(tube, "dtype", None), "names", None)
    if not {"sf", "class", "boxes"} <= set(names or ()):
        return None
    try:
        first, k = int(tube["sf"]), int(tube["class"])
        boxes = np.asarray(tube["boxes"], np.float64).reshape(-1, 4)
    except (TypeError, ValueError, OverflowError):
        return None
    return (first, k, boxes) if np.isfinite(boxes).all() else None
