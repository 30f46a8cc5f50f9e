"""ArticulatedFigure: a person of 15 joints, for the J-HMDB stand-in."""

from dataclasses import dataclass

import cv2
import numpy as np

from stal_plugin.annotations.importers.jhmdb_release import JOINT_NAMES
from standin.appearance import Colour, to_colour

_JOINT_INDEX = {name: k for k, name in enumerate(JOINT_NAMES)}
_ARM, _FOREARM, _THIGH, _SHANK = 0.17, 0.17, 0.25, 0.25
_SHOULDER, _HIP = 0.11, 0.07  # half widths
_STANDING_HIP, _SEATED_HIP = 0.5, 0.3
_TRUNK, _NECK, _FACE = 0.29, 0.33, 0.42  # above the hip
_HEAD_RADIUS, _LIMB_WIDTH = 0.075, 0.07


@dataclass(frozen=True)
class ArticulatedFigure:
    """Build and clothes of one person.

    Lengths are shares of the height.

    Args:
        height: Height in pixels.
        side: 1 if the right hand is on the left of the image (the person faces the
            camera), -1 if it is on the right.
        shirt: Colour of trunk and upper arms, RGB.
        trousers: Colour of the legs, RGB.
        skin: Colour of head and forearms, RGB.
    """

    height: float
    side: int
    shirt: Colour
    trousers: Colour
    skin: Colour

    @classmethod
    def draw_at_random(
        cls, heights: tuple[float, float], rng: np.random.Generator
    ) -> "ArticulatedFigure":
        """Draw a person, independent of what the person will do.

        Args:
            heights: Smallest and largest height in pixels.
            rng: Source of randomness.

        Returns:
            The person.
        """
        skin = np.array([215, 165, 130]) * rng.uniform(0.45, 1.0)
        return cls(
            height=float(rng.uniform(*heights)),
            side=int(rng.choice((-1, 1))),
            shirt=to_colour(rng.uniform(20, 235, 3)),
            trousers=to_colour(rng.uniform(20, 235, 3)),
            skin=to_colour(skin + rng.uniform(-10, 10, 3)),
        )

    def joints(self, poses: np.ndarray) -> np.ndarray:
        """Place the joints.

        Args:
            poses: Parameters in [0, 1], shape (T, 5): stance (0 stands, 1 sits), sweep
                of the right arm, stride, right and left forearm.

        Returns:
            Joints in pixels around the point on the ground below the hips, x right, y
            down, shape (T, 15, 2), in J-HMDB's order.
        """
        stance, sweep, stride, *forearms = poses.T
        hip_height = _STANDING_HIP + (_SEATED_HIP - _STANDING_HIP) * stance
        hip = np.stack([0 * stance, -hip_height], axis=-1)
        up = np.array([0.0, -1.0])
        points = {
            "belly": hip + 0.45 * _TRUNK * up,
            "neck": hip + _NECK * up,
            "face": hip + _FACE * up,
        }
        upper_arms = (sweep * 230 - 110, np.full_like(sweep, 15.0))
        swing = 55 * (stride - 0.5)
        rows = zip(("right", "left"), (-1, 1), upper_arms, forearms, strict=True)
        for name, sign, arm, forearm in rows:
            shoulder = hip + np.array([sign * _SHOULDER, -_TRUNK])
            elbow = shoulder + _ARM * _direction(arm)
            thigh = 70 * stance - sign * swing
            shank = -10 * stance - sign * 0.5 * swing
            hip_joint = hip + np.array([sign * _HIP, 0.0])
            knee = hip_joint + _THIGH * _direction(thigh)
            points[f"{name}_shoulder"], points[f"{name}_elbow"] = shoulder, elbow
            points[f"{name}_wrist"] = elbow + _FOREARM * _direction(arm + 140 * forearm)
            points[f"{name}_hip"] = hip_joint
            points[f"{name}_knee"] = knee
            points[f"{name}_ankle"] = knee + _SHANK * _direction(shank)
        stacked = np.stack([points[name] for name in JOINT_NAMES], axis=1)
        return stacked * self.height * [self.side, 1]

    def draw(self, image: np.ndarray, mask: np.ndarray, joints: np.ndarray) -> None:
        """Draw the person and the mask of the same pixels.

        Args:
            image: RGB image, drawn into, shape (H, W, 3).
            mask: Set to 1 where the person is, shape (H, W), uint8.
            joints: Joints in pixels, 0 at the edge of the image, shape (15, 2).
        """
        # OpenCV's pixel (0, 0) has its middle at the origin, hence half a pixel less.
        pixels = np.rint(joints - 0.5).astype(int)
        at = {name: tuple(pixels[k].tolist()) for name, k in _JOINT_INDEX.items()}
        width = max(2, round(_LIMB_WIDTH * self.height))
        for canvas, colours in (
            (image, (self.shirt, self.trousers, self.skin)),
            (mask, (1, 1, 1)),
        ):
            shirt, trousers, skin = colours
            for side in ("left", "right"):
                leg = [at[f"{side}_{part}"] for part in ("hip", "knee", "ankle")]
                _draw_limb(canvas, leg, (trousers, trousers), width)
            corners = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
            trunk = np.array([at[name] for name in corners])
            cv2.fillConvexPoly(canvas, trunk, shirt)
            cv2.polylines(canvas, [trunk], True, shirt, width)
            cv2.line(canvas, at["neck"], at["face"], skin, width)
            cv2.circle(canvas, at["face"], round(_HEAD_RADIUS * self.height), skin, -1)
            for side in ("left", "right"):
                arm = [at[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist")]
                _draw_limb(canvas, arm, (shirt, skin), max(2, round(0.8 * width)))


def _direction(degrees: np.ndarray) -> np.ndarray:
    """Unit vectors by angle from straight down, towards the right; shape (..., 2)."""
    angle = np.deg2rad(degrees)
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def _draw_limb(canvas: np.ndarray, points: list, colours: tuple, width: int) -> None:
    """Draw two connected segments."""
    for start, end, colour in zip(points[:-1], points[1:], colours, strict=True):
        cv2.line(canvas, start, end, colour, width)
