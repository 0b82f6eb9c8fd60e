"""What verl reads when it is first imported, whichever test comes first; and which files begin first."""

import os

os.environ |= {"VERL_USE_EXTERNAL_MODULES": "prove.cpu.platform", "VERL_PLATFORM": "cpu"}

LONG = ("test_sft.py", "test_trainer.py")


def pytest_collection_modifyitems(items):
    """Files that run for minutes begin first, so that no core is left with one of them at the end."""
    items.sort(key=lambda item: item.path.name not in LONG)
