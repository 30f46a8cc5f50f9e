"""Registry nodes of the plugin.

The parent of every node is mmengine's root registry, and ``locations`` lists the
modules to import on first use. Hence ``type='stal_plugin.X'`` works in the config
of any OpenMMLab library, without ``custom_imports``.
"""

import mmengine.registry as root
from mmengine.registry import Registry

_SCOPE = "stal_plugin"

DATASETS = Registry(
    "dataset",
    parent=root.DATASETS,
    scope=_SCOPE,
    locations=[
        "stal_plugin.datasets.actor_feature_dataset",
        "stal_plugin.datasets.agot_dataset",
        "stal_plugin.datasets.ava_dataset",
        "stal_plugin.datasets.jhmdb_dataset",
        "stal_plugin.datasets.multisports_dataset",
        "stal_plugin.datasets.ucf24_dataset",
    ],
)
TRANSFORMS = Registry(
    "transform",
    parent=root.TRANSFORMS,
    scope=_SCOPE,
    locations=["stal_plugin.datasets.transforms"],
)
MODELS = Registry(
    "model",
    parent=root.MODELS,
    scope=_SCOPE,
    locations=["stal_plugin.models", "stal_plugin.apis.exported.exported_model"],
)
TASK_UTILS = Registry(
    "task util",
    parent=root.TASK_UTILS,
    scope=_SCOPE,
    locations=["stal_plugin.models.task_modules"],
)
METRICS = Registry(
    "metric",
    parent=root.METRICS,
    scope=_SCOPE,
    locations=["stal_plugin.evaluation.frame_map", "stal_plugin.evaluation.video_map"],
)
HOOKS = Registry(
    "hook",
    parent=root.HOOKS,
    scope=_SCOPE,
    locations=["stal_plugin.engine.hooks"],
)
MODEL_WRAPPERS = Registry(
    "model wrapper",
    parent=root.MODEL_WRAPPERS,
    scope=_SCOPE,
    locations=["stal_plugin.compat.cpu_distributed_data_parallel"],
)
WEIGHT_INITIALIZERS = Registry(
    "weight initializer",
    parent=root.WEIGHT_INITIALIZERS,
    scope=_SCOPE,
    locations=["stal_plugin.engine.checkpoints.pretrained_if_present"],
)
