"""Serves a local model with the laptop engine, as an OpenAI-compatible endpoint.

    python -m prove.serve                                    http://127.0.0.1:8000/v1, the embedded policy
    python -m prove.serve model.path=runs/NAME/checkpoints/global_step_16/actor/huggingface port=8001

On GPUs `vllm serve` takes its place. docs/evaluation.md
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import hydra
from omegaconf import DictConfig

from prove.options.overrides import problem

CONF = Path(__file__).resolve().parent.parent / "conf"
CANNOT = 2


def listening(host: str, port: int) -> socket.socket:
    """ValueError: the address is taken or is none of this machine."""
    try:
        return socket.create_server((host, port))
    except (OSError, OverflowError) as error:
        raise ValueError(f"cannot listen at {host}:{port}: {error}; port=0 takes a free one") from None


def serve(cfg: DictConfig) -> None:
    """Until it is interrupted. ValueError: it cannot be served as asked. Imports torch when that is settled."""
    for key in ("concurrency", "piece", *(["max_len"] if cfg.max_len is not None else [])):
        if type(cfg[key]) is not int or cfg[key] < 1:
            raise ValueError(f"{key}={cfg[key]} is no whole number of at least 1")
    if not (Path(cfg.model.path) / "config.json").is_file():
        raise ValueError(f"model.path={cfg.model.path} has no config.json; name the folder of a model")
    from prove.serving.door import guarded, token_for

    token = token_for(cfg.host, cfg.token_env, cfg.without_token, os.environ)
    with listening(cfg.host, cfg.port) as door:
        import uvicorn

        from prove.serving.app import Endpoint
        from prove.serving.model import open_chat

        chat, engine = open_chat(cfg.model.name, cfg.model.path, cfg.max_len, cfg.concurrency, cfg.piece, cfg.seed)
        try:
            app = guarded(Endpoint(chat, cfg.piece, time.time).app(), cfg.host, token)
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
            print(f"{', '.join(chat.names)} at http://{cfg.host}:{door.getsockname()[1]}/v1", flush=True)
            server.run(sockets=[door])
        finally:
            engine.close()


@hydra.main(config_path="../conf", config_name="serve", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        serve(cfg)
    except ValueError as error:
        end(str(error))
    except KeyboardInterrupt:
        return


def end(sentence: str) -> None:
    print(f"prove.serve: {sentence}", file=sys.stderr)
    sys.exit(CANNOT)


if __name__ == "__main__":
    if wrong := problem(sys.argv[1:], CONF, "serve"):
        end(wrong)
    main()
