"""Makes training data from live servers.

python -m prove.synthesize                          the paper's mixture: 13,517 rows of all 20 servers, scripted teacher
python -m prove.synthesize synthesis=tiny           the laptop's rows: short, three servers
python -m prove.synthesize teacher=gemma-4-31b      written by a model behind an OpenAI-compatible endpoint
python -m prove.synthesize synthesis=warm_start     conversations for the default policy's warm start

The same command goes on where it was interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from prove.schemas import to_openai
from prove.synthesis.card import write_card
from prove.synthesis.dataset import conversation_of, row_of, save_lines, save_rows
from prove.synthesis.endpoint import EndpointError
from prove.synthesis.imports import imported
from prove.synthesis.live import in_process, unusable
from prove.synthesis.pages import write_pages
from prove.synthesis.parts import Parts
from prove.synthesis.pipeline import LEAST, SPARE, Pipeline, Split, servers_of
from prove.synthesis.sampler import Catalog
from prove.synthesis.settings import settings_of
from prove.synthesis.speech import personas
from prove.synthesis.statistics import summarise
from prove.synthesis.teachers import endpoint_of
from prove.synthesis.verify import graphs_of
from prove.synthesis.writer import STREAMS
