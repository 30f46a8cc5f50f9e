from pathlib import Path

from fixtures.tool_server import ToolServer

CODE = """
from mmengine.registry import MODELS, TASK_UTILS, DATASETS, TRANSFORMS, HOOKS, METRICS
from mmengine.registry import MODEL_WRAPPERS, WEIGHT_INITIALIZERS
import sys
assert 'stal_plugin' not in sys.modules and 'stal_plugin' not in MODELS.children
for registry, name in [
    (MODELS, 'LinkNet'), (MODELS, 'YOWOHead'), (MODELS, 'CFAM'), (MODELS, 'ENFLoss'),
    (MODELS, 'ClipDataPreprocessor'), (TASK_UTILS, 'KMeansAnchorGenerator'),
    (DATASETS, 'AgotDataset'), (TRANSFORMS, 'DecodeClip'), (HOOKS, 'RNGStateHook'),
    (METRICS, 'FrameMAP'), (MODEL_WRAPPERS, 'CPUDistributedDataParallel'),
    (WEIGHT_INITIALIZERS, 'PretrainedIfPresent'), (MODELS, 'KeyFrameDetector'),
    (MODELS, 'MoViNet'), (MODELS, 'MoViNetHead'),
    (MODELS, 'ActorDetector'), (MODELS, 'PersonDetector'), (MODELS, 'ActorHead'),
    (DATASETS, 'ActorFeatureDataset'), (HOOKS, 'ActorFeatureHook'),
]:
    found = registry.get('stal_plugin.' + name)
    assert found is not None and found.__name__ == name, name
print('all found')
"""


def test_types_resolve_from_the_root_by_prefix_alone(
    tool_server: ToolServer, tmp_path: Path
) -> None:
    """No custom_imports: the prefix finds the package, in any scope."""
    out = tool_server.run(["-c", CODE], tmp_path)
    assert out.returncode == 0, out.stderr
    assert "all found" in out.stdout
