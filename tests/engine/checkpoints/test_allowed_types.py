import contextlib
import inspect
from pathlib import Path
from typing import Any

import mmengine.registry as root
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmengine.config import Config
from mmengine.registry import Registry

from stal_plugin.engine.checkpoints.allowed_hosts import HOST_CLASSES
from stal_plugin.engine.checkpoints.allowed_types import (
    FORBIDDEN,
    allowed,
    allowed_arguments,
)
from stal_plugin.engine.checkpoints.inference_config import find_test_pipeline

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
LEAVES = [*sorted(CONFIGS.glob("*.py")), *sorted(CONFIGS.glob("mini/*.py"))]


@pytest.mark.parametrize(
    ("given_name", "built"),
    [
        ("stal_plugin.YOWOHead", "stal_plugin.YOWOHead"),
        ("mmdet.ResNet", "mmdet.ResNet"),
        ("YOLOV3Head", "mmdet.YOLOV3Head"),
        ("Resize", "mmaction.Resize"),
        ("BN", "BN"),
        ("nms", "nms"),
    ],
)
def test_listed_classes_are_named_with_their_scope(given_name, built):
    assert allowed({"type": given_name}, "model") == {"type": built}


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "mmengine.load",  # unpickles what it is given
        "mmdet.CameraMotionCompensation",  # evaluates an argument
        "mmdet.AppearanceFreeLink",  # unpickles what an address has
        "mmdet.KnowledgeDistillationSingleStageDetector",  # runs a config file
        "LoadImageFromFile",
        "KeyMapper",
        "stal_plugin.OnnxModel",  # opens a path
        "stal_plugin.exported_model",  # so does this
        "stal_plugin.FrameMAP",
        "stal_plugin.registry.MODELS",
        "stal_plugin.NoSuchHead",
        "mmpose.ResNet",
        "mmdet.Resize",
        "torch.nn.Linear",
        "",
        ".nms",
        3,
        None,
        ["BN"],
    ],
)
def test_others_are_refused(name):
    with pytest.raises(ValueError, match=r"^model\.a\[1\]\.b\.type=.* a file may name"):
        allowed({"a": [{"type": "BN"}, {"b": {"type": name}}]}, "model")


def every_registered_name() -> set[str]:
    names = set()
    for registry in vars(root).values():
        if isinstance(registry, Registry):
            family = [registry, *registry.children.values()]
            for node in family:
                with contextlib.suppress(ImportError):  # mmaction lists a missing one
                    node.import_from_location()
            names |= {f"{r.scope}.{key}" for r in family for key in r.module_dict}
            names |= {key for r in family for key in r.module_dict}
    return names


def test_no_registered_class_outside_of_the_list_is_built():
    """A class that a host library adds is closed until somebody has read it."""
    import mmdet.datasets
    import mmdet.models  # noqa: F401  (their classes are registered)

    names = every_registered_name()
    assert len(names) > 1000
    listed = {
        f"{scope}.{name}" if scope else name
        for name, (home, _) in HOST_CLASSES.items()
        for scope in {"", home}
    }
    own = {n for n in names if n.startswith("stal_plugin.")}
    built = {n for n in names - own if allowed_arguments(n) is not None}
    assert built <= listed
    assert len({n.rpartition(".")[2] for n in built}) < 110
    kinds = ("Hook", "Metric", "MAP", "Dataset", "Distributed", "IfPresent")
    assert not [n for n in own if n.endswith(kinds) and allowed_arguments(n)]


@pytest.mark.parametrize("scope", ["mmdet", "mmaction"])
def test_listed_classes_and_arguments_exist(scope):
    """And none of the arguments is one that opens something."""
    registries = (root.MODELS, root.TASK_UTILS, root.TRANSFORMS)
    for name, (home, arguments) in HOST_CLASSES.items():
        if home == scope:
            cls = next(filter(None, (r.get(f"{home}.{name}") for r in registries)))
            names: set[str] = set()
            for base in inspect.getmro(cls):
                if "__init__" in vars(base):
                    names |= set(inspect.signature(vars(base)["__init__"]).parameters)
            assert arguments <= names, name
            assert not (arguments & FORBIDDEN) - {"pretrained", "pretrained2d"}, name


@pytest.mark.parametrize("argument", sorted(FORBIDDEN))
def test_arguments_that_open_something_are_refused_at_any_depth(argument):
    node = {"test_cfg": [{"deep": {argument: "http://127.0.0.1:9/a"}}]}
    with pytest.raises(ValueError, match=rf"model\.test_cfg\[0\]\.deep\.{argument}="):
        allowed(node, "model")
    assert allowed({argument: None}, "model") == {argument: None}


def test_arguments_outside_of_the_list_are_refused():
    with pytest.raises(ValueError, match=r"^model: argument 'plugins' of mmdet.ResNet"):
        allowed({"type": "mmdet.ResNet", "depth": 18, "plugins": []}, "model")
    with pytest.raises(ValueError, match=r"argument 'no_such' of stal_plugin.CFAM"):
        allowed({"type": "stal_plugin.CFAM", "no_such": 1}, "model")


@pytest.mark.parametrize(
    "node",
    [
        {"type": "stal_plugin.ENFLoss", "num_classes": 2, "beta": 0, "alpha": 2.0},
        {"type": "stal_plugin.Conv3dLink", "stages": [], "slots": "padded"},
    ],
)
def test_old_names_of_arguments_are_accepted(node):
    assert allowed(node, "model") == node


def test_weights_are_not_initialised_from_elsewhere():
    """The weights are those of the file itself."""
    config = {"type": "Pretrained", "checkpoint": "http://127.0.0.1:9/a.pth"}
    node = {"type": "mmdet.ResNet", "depth": 18, "init_cfg": config}
    assert allowed(node, "model") == {"type": "mmdet.ResNet", "depth": 18}


@pytest.mark.parametrize("scope", ["evil", "mmpose", "", None, 3])
def test_other_scopes_are_refused(scope):
    with pytest.raises(ValueError, match=r"model: scope"):
        allowed({}, "model", scope)
    with pytest.raises(ValueError, match=r"model\._scope_: scope"):
        allowed({"_scope_": scope}, "model")


def test_bottomless_descriptions_are_one_clear_error():
    node: Any = {}
    for _ in range(5000):
        node = {"a": node}
    with pytest.raises(ValueError, match="more than 30 levels deep"):
        allowed(node, "model")


@pytest.mark.parametrize(
    "leaf", LEAVES, ids=lambda leaf: f"{leaf.parent.name}-{leaf.stem}"
)
def test_every_config_of_ours_is_accepted(leaf):
    settings = Config.fromfile(leaf).to_dict()
    pipeline = find_test_pipeline(settings)
    assert pipeline
    assert allowed(pipeline, "pipeline") == pipeline
    model = allowed(settings["model"], "model")
    assert model == without_initialisation(settings["model"])


def without_initialisation(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            k: without_initialisation(v) for k, v in node.items() if k != "init_cfg"
        }
    if isinstance(node, (list, tuple)):
        return type(node)(map(without_initialisation, node))
    return node


LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(TREE, st.data())
def test_a_forbidden_class_is_found_wherever_it_hides(tree, data):
    assert allowed(tree, "model") == tree
    evil = {"type": "mmdet.CameraMotionCompensation"}
    node = evil
    for key in data.draw(st.lists(st.sampled_from(["a", 0]), max_size=9)):
        node = [tree, node] if key == 0 else {key: node, "b": tree}
    with pytest.raises(ValueError, match="CameraMotionCompensation"):
        allowed(node, "model")


def test_movinets_of_a_file_may_be_built():
    backbone = {"type": "stal_plugin.MoViNet", "arch": "A1", "se_type": "none"}
    head = {
        "type": "stal_plugin.MoViNetHead",
        "num_classes": 3,
        "in_channels": 600,
        "topk": (1,),
    }
    assert allowed([backbone, head], "model") == [backbone, head]
    with pytest.raises(ValueError, match=r"argument 'weights' of stal_plugin\.Mo"):
        allowed({**backbone, "weights": "http://host/a.pth"}, "model")
