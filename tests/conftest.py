"""What verl reads when it is first imported, whichever test comes first; and which files begin first."""

import os

os.environ |= {"VERL_USE_EXTERNAL_MODULES": "prove.cpu.platform", "VERL_PLATFORM": "cpu"}

FIRST = ("test_trainer.py",)


def pytest_collection_modifyitems(items):
    """What runs for minutes begins first, so that no core is left with it at the end."""
    items.sort(key=lambda item: item.path.name not in FIRST)
