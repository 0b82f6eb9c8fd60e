"""The embedded policy behind the project's own endpoint, in a thread of this process.

with served() as url: ...      http://127.0.0.1:PORT/v1
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import uvicorn

from prove.serve import listening
from prove.serving.app import Endpoint
from prove.serving.model import open_chat

MODEL = "experiments/tiny_model/model"


@contextmanager
def served(max_len: int | None = None, concurrency: int = 4, piece: int = 4) -> Iterator[str]:
    chat, engine = open_chat("tiny", MODEL, max_len, concurrency, piece, seed=0)
    with listening("127.0.0.1", 0) as door:
        server = uvicorn.Server(
            uvicorn.Config(Endpoint(chat, piece, lambda: 0.0).app(), log_level="error", lifespan="off")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            sleep(0.01)
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join()
            engine.close()
