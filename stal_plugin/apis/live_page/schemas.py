"""What the JSON API takes and gives; its OpenAPI document is made of this."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[int, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]


class Action(BaseModel):
    """A class of the detector."""

    label: Number = Field(description="0-based")
    name: str
    threshold: Score = Field(description="score from which it counts")
    color: str = Field(description="of boxes, as #rrggbb")
    text_color: str = Field(description="black or white, whichever is legible on it")


class StreamStatus(BaseModel):
    """How a stream fares."""

    stream: Number = Field(description="number, from 0")
    name: str
    state: Literal["waiting", "running", "reconnecting", "ended", "failed"]
    since: float | None = Field(
        description="Unix time at which it broke off or ended, if it did"
    )
    error: str | None = Field(description="why it failed, or is not there yet")
    frame: Number = Field(description="number of the newest frame, 1-based; 0: none")
    time: float = Field(description="seconds of the stream, at this frame")
    age: float | None = Field(description="seconds since its result")
    fps: float = Field(description="results per second, over the last 50")
    latency: float | None = Field(
        description="seconds from a frame to its result, mean of the last 50"
    )
    people: Number = Field(description="persons with an action above its threshold")
    skipped: Number = Field(description="frames that only completed a clip")
    lost: Number = Field(description="frames that came too fast and were dropped")


class Event(BaseModel):
    """Somebody begins or ends an action."""

    number: int = Field(description="counts the events of all streams, from 1")
    stream: Number
    event: Literal["start", "end"]
    track_id: Number = Field(description="who")
    label: Number
    name: str
    start: float = Field(description="seconds of the stream")
    end: float = Field(description="at a start: when it was last seen")
    score: float = Field(description="best score so far")


class Segment(BaseModel):
    """An action of the timeline."""

    stream: Number
    track_id: Number
    label: Number
    name: str
    start: float
    end: float = Field(description="the newest frame, if it goes on")
    score: float
    ended: bool


class Status(BaseModel):
    """How streams and browsers fare."""

    streams: list[StreamStatus]
    clients: Number = Field(description="listeners of /events")
    missed: Number = Field(description="events that slow listeners have missed")


class State(Status):
    """Everything except pictures."""

    classes: list[Action]
    floor: Score = Field(description="the detector reports nothing below")
    num_events: Number = Field(description="number of the last event")
    events: list[Event] = Field(description="the last 500")
    timeline: list[Segment] = Field(description="actions of the last minute")


class ThresholdChange(BaseModel):
    """A new threshold."""

    model_config = ConfigDict(extra="forbid")

    label: Number | None = Field(None, description="of this class; null: of all")
    threshold: float = Field(ge=0, le=1, allow_inf_nan=False)


class Refusal(BaseModel):
    """Why a request was refused."""

    detail: str
