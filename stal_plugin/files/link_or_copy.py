"""A file under a second name."""

import filecmp
import os
import shutil
from pathlib import Path

from stal_plugin.files.atomic_file import atomic_file


def link_or_copy(source: Path, target: Path) -> bool:
    """Give a file a second name, or copy it where the file system cannot do that.

    Args:
        source: The file; of a symbolic link, the file that it leads to.
        target: The hard link or copy; its folder is made. An equal file that is there
            stays.

    Returns:
        Whether the two are one file.

    Raises:
        ValueError: Another file, or a symbolic link, has the name.
        OSError: It cannot be written; the error names ``target``.
    """
    source = source.resolve()
    if os.path.lexists(target):
        plain = target.is_file() and not target.is_symlink()
        if not plain or not filecmp.cmp(source, target, shallow=False):
            raise ValueError(
                f"{target} is there already and is not a copy of {source}: choose "
                "another folder, or move it away"
            )
        return os.path.samefile(source, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
        return True
    except OSError:  # another disk, or a file system without hard links
        with atomic_file(target) as part:
            shutil.copyfile(source, part)
        return False
