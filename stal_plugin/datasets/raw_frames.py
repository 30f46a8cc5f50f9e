"""What mmaction2's ``RawFrameDecode`` needs to know about a folder of frames."""

import re
from functools import lru_cache
from typing import Any

from stal_plugin.video import FrameFolderReader


@lru_cache(maxsize=4096)
def raw_frame_keys(folder: str) -> dict[str, Any]:
    """Describe the file names of a folder for ``mmaction.RawFrameDecode``.

    Args:
        folder: Folder of numbered images.

    Returns:
        ``frame_dir``, ``filename_tmpl`` and ``offset`` (number of the first image;
        frame indices are 0-based). Empty where no template fits the names: such a
        folder is for ``stal_plugin.DecodeClip`` only.
    """
    names = [file.name for file in FrameFolderReader(folder).files]
    match = re.match(r"(.*?)(\d+)(\.\w+)$", names[0])
    if match is None:
        return {}
    prefix, digits, suffix = match.groups()
    literal = prefix.replace("{", "{{").replace("}", "}}")
    template = f"{literal}{{:0{len(digits)}d}}{suffix}"
    first = int(digits)
    if names != [template.format(first + i) for i in range(len(names))]:
        return {}
    return {"frame_dir": folder, "filename_tmpl": template, "offset": first}
