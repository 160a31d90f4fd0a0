"""What the studio's server takes at most, and how long it waits. Every queue, body and job is bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

PROTOCOL = "1"
"""Of the routes and their answers. A page of another one is asked to reload."""


@final
@dataclass(frozen=True)
class Limits:
    """Bounds of one server."""

    body: int = 1 << 20
    """Bytes of a request's body."""
    upload: int = 32 << 20
    """Bytes of an uploaded picture."""
    held: int = 128 << 20
    """Bytes of all bodies that are being received at once."""
    connections: int = 1200
    """Connections at once, and never more than half of the files that the system lets the process open: the others are
    for models and data. A page takes about seven."""
    head: float = 10.0
    """Seconds that the head of a request may take to arrive, however it dribbles: it is one packet."""
    head_bytes: int = 32 << 10
    """Bytes of a request's head. All cookies of this machine's other servers come along with each."""
    idle: float = 10.0
    """Seconds that a connection may be open without a request. Browsers open another one when they want one."""
    stuck: float = 20.0
    """Seconds in which `moved` bytes of what was sent have to be taken, or all that is left."""
    moved: int = 16 << 10
    """Bytes: less than a modem takes."""
    farewell: float = 1.0
    """Seconds that whoever is sent away from a live connection gets to say goodbye."""
    look: float = 1.0
    """Seconds between two looks at the connections."""
    logged: int = 3
    """Lines of one sort in the log within `log_span`; of more, their number is said."""
    log_span: float = 60.0
    """Seconds."""
    knock: float = 15.0
    """Seconds that a browser may take to come in before it is said that none did."""
    slow: float = 15.0
    """Seconds that a body may take to arrive."""
    queue: int = 512
    """Latents of one space that wait to be decoded."""
    batch: int = 64
    """Latents that are decoded together."""
    gather: float = 0.004
    """Seconds to wait for as many as asked for the last batch, after the first of the next one."""
    latent: float = 1e9
    """A number of a latent that a page sends, at most: as a coordinate of a map. Its square is still a float32."""
    points: int = 64
    """Points of one request."""
    workers: int = 4
    """Threads for everything else that takes a moment."""
    waiting: int = 64
    """Requests that wait for one of them."""
    models: int = 4
    """Open models that are held; of more, the one used longest ago is let go."""
    cells: int = 600
    """Places of one sheet of a map."""
    sheet: int = 16 << 20
    """Pixels of one sheet."""
    sheets: int = 64 << 20
    """Bytes of all sheets that are held; of more, the one looked at longest ago is let go."""
    maps: int = 12
    """Open maps that are held."""
    jobs: int = 3
    """Jobs that run at once."""
    queued_jobs: int = 8
    """Jobs that wait."""
    frames: int = 240
    """Frames of a path."""
    played: float = 300.0
    """Seconds of one file that is to be played, of a path for instance: while it is made it takes a hundred times its
    bytes."""
    handed: int = 4
    """Data sets that pages hand over at once."""
    forsaken: float = 600.0
    """Seconds without a piece after which a data set that was on its way is let go."""
    held_jobs: int = 16
    """Finished jobs whose results are held."""
    patience: float = 1.5
    """Seconds after which a request for something long is answered with its job instead of its result."""
    watchers: int = 16
    """Requests that wait for news of jobs."""
    sockets: int = 16
    """Live connections at once."""
    unread: int = 4
    """Frames on the way to a client that has not said that it saw them; more are dropped."""
    stale: float = 5.0
    """Seconds of asking without seeing after which a live connection is closed."""
    wrong: int = 20
    """Messages that cannot be read after which a live connection is closed."""
    gone: float = 0.25
    """Seconds between two looks whether the page is still there."""
