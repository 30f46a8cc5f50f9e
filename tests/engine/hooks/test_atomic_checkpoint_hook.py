from pathlib import Path

import pytest
import torch

from stal_plugin.engine.checkpoints.checkpoint_storage import CheckpointStorage
from stal_plugin.engine.checkpoints.last_checkpoint import last_intact_checkpoint

BEST = "best_tiny_accuracy_epoch_{}.pth"


def atomic(**options: object) -> dict:
    return {
        "type": "stal_plugin.AtomicCheckpointHook",
        "save_best": "tiny/accuracy",
        "max_keep_ckpts": 1,
        **options,
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.pth"))


def test_same_files_and_weights_as_mmengines_hook(tiny_runner, tmp_path):
    host = {"type": "CheckpointHook", "save_best": "tiny/accuracy", "max_keep_ckpts": 1}
    for name, hook in (("host", host), ("own", atomic())):
        tiny_runner(name, default_hooks={"checkpoint": hook}).train()
    assert names(tmp_path / "own") == names(tmp_path / "host")
    a, b = (
        torch.load(tmp_path / n / "epoch_2.pth", weights_only=True)["state_dict"]
        for n in ("own", "host")
    )
    assert all(torch.equal(a[key], b[key]) for key in b)


@pytest.mark.parametrize("crash_at", range(1, 5))
def test_a_crash_at_any_write_leaves_a_checkpoint(
    tiny_runner, tmp_path, monkeypatch, crash_at
):
    """Of mmengine's own hook, two of these crashes leave none."""
    writes = []
    put = CheckpointStorage.put

    def crash(self, obj, filepath):
        writes.append(Path(filepath).name)
        if len(writes) == crash_at:
            part = Path(f"{filepath}.part")
            part.write_bytes(obj[: len(obj) // 2])  # what SIGKILL leaves
            raise KeyboardInterrupt
        put(self, obj, filepath)

    monkeypatch.setattr(CheckpointStorage, "put", crash)
    runner = tiny_runner(default_hooks={"checkpoint": atomic()})
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    monkeypatch.undo()
    path, problems = last_intact_checkpoint(tmp_path / "run")
    assert problems == []
    assert (path is None) is (crash_at == 1)  # before the first was written
    for file in (tmp_path / "run").glob("*.pth"):
        torch.load(file, weights_only=True)


def test_the_folder_of_a_resumed_checkpoint_is_left_alone(tiny_runner, tmp_path):
    """Neither the honest case (another run's best) nor a forged one deletes."""
    tiny_runner(
        "first", train_cfg={"max_epochs": 1}, default_hooks={"checkpoint": atomic()}
    ).train()
    first = tmp_path / "first"
    content = torch.load(first / "epoch_1.pth", weights_only=True)
    (tmp_path / "victim/sub").mkdir(parents=True)
    before = names(first)
    for best in (str(first / BEST.format(1)), str(tmp_path / "victim")):
        content["message_hub"]["runtime_info"] |= {
            "best_ckpt": best,
            "best_score": -1.0,
        }
        content["message_hub"]["runtime_info"]["keep_ckpt_ids"] = [
            "../../victim/sub",
            1,
        ]
        torch.save(content, tmp_path / "start.pth")
        runner = tiny_runner(
            "second",
            load_from=str(tmp_path / "start.pth"),
            resume=True,
            default_hooks={"checkpoint": atomic()},
        )
        runner.train()
        assert names(first) == before
        assert (tmp_path / "victim/sub").is_dir()
        assert names(tmp_path / "second") == [BEST.format(2), "epoch_2.pth"]


def test_own_best_is_replaced_after_a_resume(tiny_runner, tmp_path):
    hooks = {"checkpoint": atomic()}
    tiny_runner(train_cfg={"max_epochs": 1}, default_hooks=hooks).train()
    path = tmp_path / "run/epoch_1.pth"
    content = torch.load(path, weights_only=True)
    content["message_hub"]["runtime_info"]["best_score"] = -1.0
    torch.save(content, path)
    tiny_runner(resume=True, default_hooks=hooks).train()
    assert names(tmp_path / "run") == [BEST.format(2), "epoch_2.pth"]


def test_mmengines_own_hook_deletes_nothing_that_a_file_names(tiny_runner, tmp_path):
    """Configs that were saved before name it still."""
    tiny_runner("first", train_cfg={"max_epochs": 1}).train()
    content = torch.load(tmp_path / "first/epoch_1.pth", weights_only=True)
    (tmp_path / "victim/sub").mkdir(parents=True)
    info = content["message_hub"]["runtime_info"]
    info |= {"best_ckpt": str(tmp_path / "victim"), "best_score": -1.0}
    info["keep_ckpt_ids"] = ["x/../../victim", 1]
    torch.save(content, tmp_path / "start.pth")
    hook = {"type": "CheckpointHook", "save_best": "tiny/accuracy", "max_keep_ckpts": 1}
    tiny_runner(
        "second",
        load_from=str(tmp_path / "start.pth"),
        resume=True,
        default_hooks={"checkpoint": hook},
    ).train()
    assert (tmp_path / "victim/sub").is_dir()
    assert names(tmp_path / "second") == [BEST.format(2), "epoch_2.pth"]
