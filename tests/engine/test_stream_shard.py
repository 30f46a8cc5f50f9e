import threading
from pathlib import Path

import pytest
from fixtures.tool_server import ToolServer

from stal_plugin.engine import stream_shard
from stal_plugin.engine.stream_shard import StreamShard, wait_for_others

SOURCES = {name: name.upper() for name in "abcde"}


def test_every_stream_has_one_process() -> None:
    parts = [StreamShard(rank, 3).part_of(SOURCES) for rank in range(3)]
    assert [[*part] for part in parts] == [["a", "d"], ["b", "e"], ["c"]]
    assert StreamShard().part_of(SOURCES) == SOURCES
    assert StreamShard(6, 7).part_of(SOURCES) == {}


def test_it_is_told_or_read_from_torchrun() -> None:
    environment = {"RANK": "1", "WORLD_SIZE": "4"}
    assert StreamShard.read(None, environment) == StreamShard(1, 4)
    assert StreamShard.read("0/2", environment) == StreamShard(0, 2)
    assert StreamShard.read(None, {"RANK": "1"}) == StreamShard(0, 1)
    for text in ("2/2", "0/0", "-1/2", "1", "a/b"):
        with pytest.raises(ValueError, match=f"'{text}' is no part: it must be I/N"):
            StreamShard.read(text, {})


def test_gpus_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert [StreamShard(n, 4).device() for n in range(3)] == [
        *("cuda:0", "cuda:1", "cuda:0")
    ]
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert StreamShard(1, 4).device() is None


class _Store:
    def __init__(self) -> None:
        self.there: set[str] = set()
        self.asked = threading.Event()
        self.gone = False

    def set(self, key: str, _: str) -> None:
        self.there.add(key)

    def check(self, keys: list[str]) -> bool:
        self.asked.set()
        if self.gone:
            raise RuntimeError("Connection reset by peer")
        return self.there.issuperset(keys)


def test_who_has_failed_waits_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    store = _Store()
    monkeypatch.setattr(stream_shard, "_store", lambda shard: store)
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    wait_for_others(StreamShard(0, 2), failed=True)  # without torchrun
    assert not store.there
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    waiting = threading.Thread(
        target=wait_for_others, args=(StreamShard(0, 2), True, 0.01)
    )
    waiting.start()
    assert store.asked.wait(60)
    assert waiting.is_alive()
    wait_for_others(StreamShard(1, 2), failed=False)
    waiting.join(60)
    assert not waiting.is_alive()
    store.gone = True
    wait_for_others(StreamShard(0, 3), failed=True)  # nobody is left


#: The process that fails must wait: torchrun would stop the other one with it.
PROCESS = """
import sys, time
from pathlib import Path
from stal_plugin.engine.stream_shard import StreamShard, wait_for_others

shard = StreamShard.read(None)
if shard.rank == 1:
    while not Path("failed").exists():
        time.sleep(0.05)
    time.sleep(0.5)
    Path("finished").touch()
else:
    Path("failed").touch()
wait_for_others(shard, failed=shard.rank == 0)
sys.exit(1 - shard.rank)
"""


@pytest.mark.slow
def test_torchrun_stops_nobody_who_still_reads(
    tmp_path: Path, tool_server: ToolServer
) -> None:
    (tmp_path / "process.py").write_text(PROCESS)
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = tool_server.run([*launch, "process.py"], tmp_path)
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "finished").exists(), done.stderr
