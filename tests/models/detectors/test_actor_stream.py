import pytest
import torch
from fixtures.actors import actor_model, frame

from stal_plugin.models.detectors.actor_people import GivenPeople, People
from stal_plugin.models.detectors.actor_stream import ActorStream, ActorView
from stal_plugin.models.detectors.actor_training import clip_maps


def _offline(model: object, frames: list, boxes: list) -> torch.Tensor:
    """Logits of one person from the whole clip at once."""
    clip = torch.stack(frames, dim=1)
    maps = clip_maps(
        model.clip_network, model.view, clip, torch.tensor(boxes)[None].float()
    )
    return model.head(maps)[0]


def _red(left: int) -> list[int]:
    return [left, 10, left + 8, 26]


def _green(left: int) -> list[int]:
    return [left, 12, left + 10, 22]


@pytest.mark.parametrize("kind", ["crop", "frame"])
def test_streaming_equals_the_whole_clip_along_the_tube(kind: str) -> None:
    model = actor_model(view={"kind": kind, "size": 16})
    model.head.window = 4
    stream, frames, boxes = model.stream(), [], []
    for number in range(1, 8):
        frames.append(frame(red=4 * number))
        boxes.append(_red(4 * number))
        now = stream(number, frames[-1])
        assert now.people.ids == [0]
        assert now.age == 0
        offline = _offline(model, frames, boxes)
        assert torch.allclose(now.output[0], offline, atol=1e-5), number
    assert now.steps == [7]


def test_two_people_who_cross_keep_their_ids_and_states() -> None:
    model = actor_model()
    stream, frames, tubes = model.stream(), [], ([], [])
    for number in range(1, 41):
        red, green = 5 + number, 45 - number  # on the same place at 20
        frames.append(frame(red, green))
        tubes[0].append(_red(red))
        tubes[1].append(_green(green))
        now = stream(number, frames[-1])
    assert sorted(now.people.ids) == [0, 1]
    assert now.steps == [40, 40]
    for actor, boxes in enumerate(tubes):
        row = now.people.ids.index(actor)
        assert now.people.boxes[row].tolist() == boxes[-1]
        offline = _offline(model, frames, boxes)
        assert torch.allclose(now.output[row], offline, atol=1e-5)


def test_an_actor_does_not_depend_on_the_others() -> None:
    """In a frame where others come and go, each has the state of its own steps."""
    model = actor_model()
    together, frames, boxes = model.stream(), [], []
    for number in range(1, 9):
        picture = frame(4 * number, green=44 if number in (3, 4, 7) else None)
        frames.append(picture)
        boxes.append(_red(4 * number))
        now = together(number, picture)
        offline = _offline(model, frames, boxes)
        assert torch.allclose(now.output[0], offline, atol=1e-5), number


def test_who_is_not_seen_has_no_row_and_goes_on_where_it_was() -> None:
    model = actor_model()
    stream = model.stream()
    stream(1, frame(8, 40))
    now = stream(2, frame(8))
    assert now.people.ids == [0]
    assert sorted(stream.states.ids) == [0, 1]
    now = stream(3, frame(8, 40))
    assert now.people.ids == [0, 1]
    assert now.steps == [3, 2]
    assert stream.states.age(1) == 2


def test_the_network_sees_frames_on_which_nobody_is() -> None:
    model = actor_model(view={"kind": "frame", "size": 16})
    outputs = []
    for start in (1, 4):  # of frames 1, 2, 3 without a person, and one with
        stream = model.stream()
        for number in range(start, 5):
            now = stream(number, frame(8) if number == 4 else frame() + 20 * number)
        assert now.people.ids == [0]
        assert now.steps == [1]
        assert stream.frame_states.age(0) == 5 - start
        outputs.append(now.output)
    assert not torch.allclose(*outputs, atol=1e-3)


@pytest.mark.parametrize("kind", ["crop", "frame"])
def test_frames_of_bytes_before_the_first_known_person(kind: str) -> None:
    """As kept features are made of videos that are labelled on a part of them."""
    model = actor_model(view={"kind": kind, "size": 16})
    outputs = []
    for as_bytes in (True, False):
        own = People([7], torch.tensor([[8.0, 8, 24, 40]]), torch.ones(1))
        stream = model.stream(people=GivenPeople({3: own}))
        for number in (1, 2, 3):
            picture = (frame() + 20 * number).round().clamp(0, 255)
            picture = torch.nn.functional.pad(picture, (0, 300))  # no width of a byte
            now = stream(number, picture.byte() if as_bytes else picture)
            assert now.people.ids == ([7] if number == 3 else [])
        outputs.append(now.output)
    assert torch.allclose(*outputs, atol=1e-5)
    assert outputs[0].abs().max() > 0


def test_states_die_with_the_track_and_are_reset_on_a_gap() -> None:
    model = actor_model()
    stream = model.stream()
    stream(1, frame(8, 40))
    for number in range(2, 9):
        stream(number, frame(8))
    assert stream.states.ids == [0]
    stream.reset()
    assert len(stream.states) == 0
    now = stream(20, frame(8))
    assert now.people.ids == [2]  # a new person: nobody knows who it is
    assert now.steps == [1]


def test_another_size_of_the_frame_starts_anew() -> None:
    model = actor_model()
    stream = model.stream()
    stream(1, frame(8))
    now = stream(2, frame(8)[:, :40])
    assert now.steps == [1]


def test_steps_have_the_rate_of_the_network_not_of_the_video() -> None:
    model = actor_model()
    stream = model.stream(interval=25 / 6)
    looked = [n for n in range(1, 27) if stream(n, frame(8)).age == 0]
    assert looked == [1, 5, 9, 13, 18, 22, 26]  # 1 + 25 / 6 k, rounded


def test_after_frames_that_were_left_out_the_rhythm_starts_anew() -> None:
    stream = actor_model().stream(interval=4)
    numbers = [1, 2, 20, 21, 22, 23, 24]
    assert [n for n in numbers if stream(n, frame(8)).age == 0] == [1, 20, 22]


def test_between_steps_boxes_are_new_and_classes_stay() -> None:
    stream = actor_model().stream(interval=3)
    first = stream(1, frame(8))
    second = stream(2, frame(10))
    assert second.age == 1
    assert second.people.boxes.tolist() == [[10, 10, 18, 26]]
    assert torch.equal(first.output, second.output)


def test_who_was_not_looked_at_yet_has_no_row() -> None:
    stream = actor_model().stream(interval=3)
    stream(1, frame(8))
    assert stream(2, frame(8, 40)).people.ids == [0]
    assert stream(4, frame(8, 40)).people.ids == [0, 1]


def test_history_bounds_what_counts() -> None:
    """A picture that changed long ago has no influence any more."""
    model = actor_model(view={"size": 16, "history": 4})
    outputs = []
    for first in (8, 30):
        stream = model.stream()
        for number in range(1, 14):
            now = stream(number, frame(first if number < 5 else 18))
        outputs.append(now.output[-1])
    assert torch.allclose(*outputs, atol=1e-6)


def test_vectors_are_what_the_head_averages() -> None:
    model = actor_model()
    logits, vectors = model.stream(), model.stream(vectors=True)
    rows = []
    for number in range(1, 6):
        picture = frame(4 * number)
        rows.append(vectors(number, picture).output)
        now = logits(number, picture)
    kept = torch.stack(rows, dim=1)[:, -model.head.window :]
    assert torch.allclose(model.head.classify(kept), now.output, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "clip"}, "view.kind='clip' must be 'crop' or 'frame'"),
        ({"context": 0}, "context=0 above 0"),
        ({"size": 0}, "size=0"),
    ],
)
def test_wrong_views_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ActorView(**changes)


def test_stream_is_built_of_any_parts() -> None:
    model = actor_model()
    stream = ActorStream(
        model.clip_network, model.head, model.view, model.stream().people
    )
    assert stream(1, frame(8)).output.shape == (1, 3)
