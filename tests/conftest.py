"""What verl reads when it is first imported, whichever test comes first."""

import os

os.environ |= {"VERL_USE_EXTERNAL_MODULES": "prove.cpu.platform", "VERL_PLATFORM": "cpu"}
