import contextlib
import pickle
import warnings
import zipfile

import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint
from mmengine.runner.checkpoint import CheckpointLoader, load_checkpoint

from stal_plugin.engine.checkpoints import safe_load


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.fixture(autouse=True)
def _loader():
    schemes = dict(CheckpointLoader._schemes)
    trusted = set(safe_load._TRUSTED)
    safe_load.install_safe_load()
    yield
    CheckpointLoader._schemes = schemes
    safe_load._TRUSTED.clear()
    safe_load._TRUSTED.update(trusted)


@pytest.fixture
def foreign(tmp_path):
    """A checkpoint as mmengine writes it."""
    path = tmp_path / "foreign.pth"
    content = {"state_dict": torch.nn.Linear(2, 1).state_dict()}
    torch.save({**content, "log": HistoryBuffer([1.0], [1])}, path)
    return path


def test_tensors_and_plain_values_load(tmp_path):
    path = tmp_path / "good.pth"
    source, target = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    torch.save({"state_dict": source.state_dict(), "meta": {"epoch": 1}}, path)
    loaded = load_checkpoint(target, str(path), map_location="cpu")
    assert loaded["meta"] == {"epoch": 1}
    assert torch.equal(target.weight, source.weight)


def test_foreign_objects_are_refused_with_their_names_and_the_opt_in(foreign):
    with pytest.raises(ValueError, match="--trust-checkpoint") as caught:
        load_checkpoint(torch.nn.Linear(2, 1), str(foreign))
    text = str(caught.value)
    assert "mmengine.logging.history_buffer.HistoryBuffer" in text
    assert "builtins.getattr" in text
    assert str(foreign) in text
    assert "\n" not in text


def test_a_damaged_pickle_says_what_is_wrong_and_nothing_else(foreign, tmp_path):
    """A page of torch advises to turn the protection off."""
    path = tmp_path / "damaged.pth"
    with zipfile.ZipFile(foreign) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("data.pkl"):  # an instruction that pickles do not have
                content = content[:2] + b"\xff" + content[2:]
            target.writestr(name, content)
    with pytest.raises(ValueError, match="Unsupported operand 255") as caught:
        safe_load.load_from_local(str(path))
    text = str(caught.value).replace(str(path), "")
    assert "In PyTorch 2.6" not in text
    assert "\n" not in text
    assert len(text) < 600


@pytest.mark.parametrize("zipped", [True, False])
def test_code_does_not_run_even_in_old_formats_and_old_torch(
    tmp_path, monkeypatch, zipped
):
    trap = tmp_path / "it ran"
    path = tmp_path / "evil.pth"
    torch.save({"a": Evil(trap)}, path, _use_new_zipfile_serialization=zipped)
    # what torch before 2.6 does when it is not told
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with contextlib.suppress(ValueError):
        load_checkpoint(torch.nn.Linear(2, 1), str(path))
    assert not trap.exists()
    # mmengine's own loader does run it there
    CheckpointLoader.register_scheme(
        "", lambda name, map_location: torch.load(name), force=True
    )
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        load_checkpoint(torch.nn.Linear(2, 1), str(path))
    assert trap.exists()


def test_one_trusted_file_loads_and_others_do_not(foreign, tmp_path, monkeypatch):
    other = tmp_path / "other.pth"
    other.write_bytes(foreign.read_bytes())
    monkeypatch.chdir(tmp_path)
    safe_load.trust_checkpoint("foreign.pth")  # the same file by a shorter name
    assert isinstance(safe_load.load_from_local(str(foreign))["log"], HistoryBuffer)
    with pytest.raises(ValueError, match=r"other\.pth"):
        safe_load.load_from_local(str(other))


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no\.pth' does not exist"):
        safe_load.load_from_local(str(tmp_path / "no.pth"))


def test_truncated_file_is_called_damaged(tmp_path, foreign):
    path = tmp_path / "half.pth"
    path.write_bytes(foreign.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"half\.pth' \(500 bytes\).*damaged"):
        safe_load.load_from_local(str(path))


def test_empty_file_is_called_damaged(tmp_path):
    path = tmp_path / "empty.pth"
    path.touch()
    with pytest.raises(ValueError, match=r"\(0 bytes\).*damaged"):
        safe_load.load_from_local(str(path))


def test_downloads_are_loaded_as_safely(tmp_path, monkeypatch, foreign):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    downloads = []

    def download(url, target, hash_prefix):
        downloads.append(url)
        with open(target, "wb") as file:
            file.write(foreign.read_bytes())

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    url = "https://example.org/models/net.pth"
    with pytest.raises(ValueError, match="HistoryBuffer"):
        CheckpointLoader.load_checkpoint(url)
    safe_load.trust_checkpoint(url)
    assert "log" in CheckpointLoader.load_checkpoint(url)
    assert downloads == [url]


def test_pickle_that_is_no_checkpoint(tmp_path):
    path = tmp_path / "list.pkl"
    path.write_bytes(pickle.dumps([Evil(tmp_path / "it ran")]))
    with pytest.raises(ValueError, match=r"list\.pkl"):
        safe_load.load_from_local(str(path))
    assert not (tmp_path / "it ran").exists()


def test_the_text_that_mmengine_would_run_at_resume_is_dropped(tmp_path):
    path = tmp_path / "a.pth"
    code = f"open({str(tmp_path / 'ran')!r}, 'w')"
    torch.save({"meta": {"config": code, "epoch": 1}, "state_dict": {}}, path)
    assert safe_load.load_from_local(str(path))["meta"] == {"epoch": 1}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("nested", [True, False])
def test_weights_that_are_not_finite_are_refused(tmp_path, bad, nested):
    path = tmp_path / "a.pth"
    weights = {"fine": torch.ones(3), "head.weight": torch.tensor([1.0, bad, bad])}
    torch.save({"state_dict": weights} if nested else weights, path)
    with pytest.raises(
        ValueError, match=r"2 of 3 values of head\.weight are not finite"
    ):
        safe_load.load_from_local(str(path))


def test_two_addresses_with_one_file_name_have_two_files(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    fetched = []

    def download(url, dst, hash_prefix):
        fetched.append((url, hash_prefix))
        torch.save({"weight": torch.full((1,), float(len(fetched)))}, dst)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    addresses = [f"http://127.0.0.1/{name}/net.pth" for name in "ab"]
    addresses.append("http://127.0.0.1/net-5c106cde.pth")
    values = [safe_load.load_from_http(a)["weight"].item() for a in addresses * 2]
    assert values == [1, 2, 3, 1, 2, 3]
    assert fetched == list(zip(addresses, [None, None, "5c106cde"], strict=True))


def test_another_checksum_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))

    def download(url, dst, hash_prefix):
        raise RuntimeError('invalid hash value (expected "5c106cde", got "0")')

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    with pytest.raises(ValueError, match=r"net-5c106cde\.pth': invalid hash value"):
        safe_load.load_from_http("http://127.0.0.1/net-5c106cde.pth")


def test_meta_is_read_without_the_tensors(tmp_path, monkeypatch):
    path = tmp_path / "a.pth"
    weights = {"w": torch.full((1000,), float("nan"))}  # not looked at
    torch.save({"meta": {"epoch": 3, "config": "run me"}, "state_dict": weights}, path)
    assert safe_load.load_meta(str(path)) == {"epoch": 3}
    torch.save(weights, path)
    assert safe_load.load_meta(str(path)) == {}
    torch.save({"meta": {"epoch": 4}}, path, _use_new_zipfile_serialization=False)
    assert safe_load.load_meta(str(path)) == {"epoch": 4}


def test_meta_with_code_is_refused(foreign):
    with pytest.raises(ValueError, match="--trust-checkpoint"):
        safe_load.load_meta(str(foreign))


def test_no_password_is_printed_and_other_loaders_are_safe(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))

    def download(url, dst, hash_prefix):
        assert "secret" in url
        torch.save({"w": torch.ones(1)}, dst)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    address = "http://user:secret@127.0.0.1/net.pth"
    CheckpointLoader.load_checkpoint(address, logger=None)
    printed = capsys.readouterr().out
    assert "Loads checkpoint from http://user:***@127.0.0.1/net.pth" in printed
    assert "secret" not in printed
    assert checkpoint.load_from_http is safe_load.load_from_http
    safe_load.load_from_http(address, model_dir=str(tmp_path / "own"))
    assert [p.suffix for p in (tmp_path / "own").iterdir()] == [".pth"]


@pytest.mark.parametrize(
    ("best", "left"),
    [
        ("runs/a/best_frame-mAP@0.5_epoch_3.pth", "best_frame-mAP@0.5_epoch_3.pth"),
        ("data", None),
        ("/home/somebody", None),
        ("../notes.pth", None),
        (3, None),
    ],
)
def test_what_a_resumed_run_would_delete_is_a_checkpoint_by_name(tmp_path, best, left):
    path = tmp_path / "a.pth"
    info = {"best_ckpt": best, "keep_ckpt_ids": [1, "../x", 2.5, 4], "epoch": 3}
    torch.save({"message_hub": {"runtime_info": info}}, path)
    loaded = safe_load.load_from_local(str(path))["message_hub"]["runtime_info"]
    assert loaded.get("best_ckpt") == left
    assert loaded["keep_ckpt_ids"] == [1, 4]
    assert loaded["epoch"] == 3
