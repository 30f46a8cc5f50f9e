"""Footage that a clip of a public data set was cut from."""

import re
from pathlib import Path

# UCF101 cuts several clips (c) of one group (g) from the same footage.
_UCF = re.compile(r"(?P<source>.+_g\d+)_c\d+")
# HMDB: body parts, camera motion, number of people, viewpoint, quality, clip.
_HMDB = "_[a-z]_(cm|nm)_np\\d+_(fr|ba|le|ri)_(goo|med|bad)_\\d+"


def source_footage(video: str) -> str:
    """Name of the footage that a clip of UCF101 or (J-)HMDB was cut from.

    Clips of one footage show the same scene and people.

    Args:
        video: ``class/video``, such as ``'Biking/v_Biking_g01_c04'`` or
            ``'catch/Ball_Tricks_catch_f_cm_np1_fr_med_2'``.

    Returns:
        ``'v_Biking_g01'`` or ``'Ball_Tricks'``; the video's own name where it follows
        neither rule.
    """
    action, name = Path(video).parent.name, Path(video).name
    hmdb = re.compile(f"(?P<source>.+)_{re.escape(action)}{_HMDB}")
    match = _UCF.fullmatch(name) or hmdb.fullmatch(name)
    return match["source"] if match else name
