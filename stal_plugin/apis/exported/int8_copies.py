"""int8 copies of an exported file that are as good as the file itself."""

import hashlib
import logging

from stal_plugin.apis.exported.onnx_file import OnnxFile, read_onnx
from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.files.exported_files import INT8_KINDS, int8_copy

#: Of frame-mAP, so much may a copy lose to be taken in place of the file.
MOST_MAP_COST = 0.01
_logger = logging.getLogger(__name__)


def content_digest(content: bytes) -> str:
    """Return what a copy knows its original by."""
    return hashlib.sha256(content).hexdigest()


def good_int8_copies(file: OnnxFile) -> dict[str, OnnxFile]:
    """Find copies beside a file that were made of it and were measured to be as good.

    Args:
        file: The file.

    Returns:
        By kind, those that lost at most ``MOST_MAP_COST`` of frame-mAP on labelled
        footage when they were made. Those that are damaged or cannot be read
        are left out, with a warning.
    """
    found = {}
    for kind in INT8_KINDS:
        path = int8_copy(file.path, kind)
        if not path.is_file():
            continue
        try:
            copy = read_onnx(path)
            settings = OnnxMetadata.from_properties(copy.properties, str(path))
        except (OSError, ValueError) as error:
            _logger.warning("%s", error)
            continue
        cost = settings.map_cost
        made_of_it = settings.made_of == content_digest(file.content)
        if made_of_it and cost is not None and cost <= MOST_MAP_COST:
            found[kind] = copy
    return found
