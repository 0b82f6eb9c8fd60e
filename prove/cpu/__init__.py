"""verl on a machine without an accelerator, through verl's own plug-in points; no file of verl is patched.

engine.py    generates: qwen3.py is its forward pass, sampling.py draws its tokens; torch only, also used by play
platform.py  "cpu" as a device verl knows
plugin.py    what verl imports in every worker: registers fsdp.py (training) and replica.py (the engine as a server)
"""

import os

# Cores this process may use. Ray sets thread counts from its logical CPUs, which are not cores here.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
