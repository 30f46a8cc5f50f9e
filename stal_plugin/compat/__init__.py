"""Work-arounds for faults of host packages.

Every module says which upstream fault it mends and when it can go. Nothing here is
imported from outside before it is needed: the import fixes wait in ``sys.meta_path``
behind the real packages, so a healthy installation never meets them. The import mends
stand in front of them, for functions of modules that load but are wrong.

Two work-arounds live with what they mend, in the same form: the hosts' visualisation
hooks (``engine.hooks.KeyframeVisualizationHook``) and mmdet's ``nms_pre=-1``
(``models.detectors.key_frame_detector``).
"""

from stal_plugin.compat.import_fixes import install_import_fixes
from stal_plugin.compat.import_mends import install_import_mends

__all__ = ["install_import_fixes", "install_import_mends"]
