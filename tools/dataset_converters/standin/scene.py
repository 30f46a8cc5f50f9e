"""Scene: the frames and boxes of one source video."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from standin.appearance import Camera, Handling, Worker
from standin.drawing import make_background, make_noise
from standin.figures import draw_action, draw_body, draw_idle
from standin.motion import PROGRAMMES
from standin.profile import Profile
from standin.schedule import NUM_SLOTS, ActionPlan, SegmentPlan, SourcePlan

_NOISE_PLANES = 7
_NOISE_MEAN = 3.5


class Scene:
    """Renders one source video and gives the boxes of its actions.

    Everything random depends on the seed and on the numbers of source, segment,
    slot and track, never on the class.

    Args:
        profile: Size of the video.
        plan: What happens when.
        seed: Seed of the stand-in.
    """

    def __init__(self, profile: Profile, plan: SourcePlan, seed: int) -> None:
        self.plan = plan
        self.seed = seed
        rng = np.random.default_rng([seed, 2, plan.index])
        self.camera = Camera.draw(profile.width, profile.height, rng, plan.index)
        self._background = make_background(profile.width, profile.height, rng)
        self._noise = make_noise(profile.width, profile.height, _NOISE_PLANES, rng)

    def worker(self, segment: SegmentPlan, slot: int) -> Worker:
        """Return the worker at a place during a segment."""
        key = [self.seed, 3, self.plan.index, segment.index, slot]
        return Worker.draw(slot, np.random.default_rng(key))

    def handling(self, action: ActionPlan) -> Handling:
        """Return look and start state of an action."""
        return Handling.draw(np.random.default_rng([self.seed, 4, action.track_id]))

    def boards(self, segment: SegmentPlan, action: ActionPlan) -> np.ndarray:
        """Place of an action's board in each of its frames.

        Args:
            segment: The segment with the action.
            action: The action.

        Returns:
            Whole pixels (left, top, right, bottom), right and bottom exclusive,
            int64, shape (T, 4).
        """
        worker, handling = self.worker(segment, action.slot), self.handling(action)
        frames = np.arange(action.start, action.stop)
        units = worker.sway.offsets(frames) + handling.reach.offsets(frames)
        centre = self.camera.points(np.array(worker.centre) + units)
        size = np.rint(np.array(handling.size) * self.camera.pixels_per_unit)
        corner = np.rint(centre - size / 2)
        return np.concatenate([corner, corner + size], axis=1).astype(np.int64)

    def boxes(self, segment: SegmentPlan, action: ActionPlan) -> np.ndarray:
        """Labelled boxes of an action.

        Args:
            segment: The segment with the action.
            action: The action.

        Returns:
            Corners (xtl, ytl, xbr, ybr) in pixels: the board and a margin of 1 to 2
            pixels, inside the frame, float64, shape (T, 4).
        """
        margin = self.handling(action).margin * np.array([-1, -1, 1, 1])
        size = np.array([self.camera.width, self.camera.height] * 2)
        return np.clip(self.boards(segment, action) + margin, 0, size)

    def frames(self) -> Iterator[np.ndarray]:
        """Render the video.

        Yields:
            RGB frames of shape (height, width, 3), uint8, each in a buffer of its own.
        """
        for segment in self.plan.segments:
            yield from self.segment_frames(segment)

    def segment_frames(self, segment: SegmentPlan) -> Iterator[np.ndarray]:
        """Render one segment; see :meth:`frames`."""
        rng = np.random.default_rng([self.seed, 5, self.plan.index, segment.index])
        gain = self.camera.gain * rng.uniform(0.85, 1.1)
        still = cv2.convertScaleAbs(self._background, alpha=gain, beta=-_NOISE_MEAN)
        planes = rng.integers(0, _NOISE_PLANES, segment.length)
        workers = [self.worker(segment, slot) for slot in range(NUM_SLOTS)]
        sways = [
            worker.sway.offsets(np.arange(segment.start, segment.stop))
            for worker in workers
        ]
        shows = [self._show(segment, action) for action in segment.actions]
        for time in range(segment.length):
            image = still.copy()
            frame = segment.start + time
            busy = {show.action.slot: show for show in shows if show.covers(frame)}
            for worker, sway in zip(workers, sways, strict=True):
                draw_body(image, self.camera, worker, sway[time])
            for slot, worker in enumerate(workers):
                sway = sways[slot][time]
                if slot in busy:
                    busy[slot].draw(image, self.camera, worker, sway, frame)
                else:
                    draw_idle(image, self.camera, worker, sway)
            cv2.add(image, self._noise[planes[time]], dst=image)
            yield image

    def _show(self, segment: SegmentPlan, action: ActionPlan) -> "_Show":
        """Compute what is drawn of an action in each of its frames."""
        handling = self.handling(action)
        motion = PROGRAMMES[action.label]
        states = motion.states(
            np.array(handling.start), np.arange(action.length), handling.phase
        )
        return _Show(action, handling, self.boards(segment, action), states)


@dataclass(frozen=True)
class _Show:
    """An action with its board and state in each frame."""

    action: ActionPlan
    handling: Handling
    boards: np.ndarray
    states: np.ndarray

    def covers(self, frame: int) -> bool:
        """Whether the action goes on in a frame."""
        return self.action.start <= frame < self.action.stop

    def draw(
        self,
        image: np.ndarray,
        camera: Camera,
        worker: Worker,
        sway: np.ndarray,
        frame: int,
    ) -> None:
        """Draw the action as it is in a frame."""
        time = frame - self.action.start
        board, state = self.boards[time], self.states[time]
        draw_action(image, camera, worker, self.handling, sway, board, state)
