"""Python in a child process."""

import os
import subprocess
import sys

from keras_attmask.errors import ExportError


def run_child(arguments, **environment):
    """Runs Python to its end, without a GPU: the parent may hold it all.

    Args:
        arguments: what follows `python` on the command line.
        **environment: variables to set beside those of this process.

    Raises:
        ExportError: the child failed; the message holds its stderr.
    """
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    child = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | quiet | environment,
        capture_output=True,
        text=True,
    )
    if child.returncode:
        raise ExportError(
            "a child process of the export failed with status "
            f"{child.returncode}:\n{child.stderr.strip()}"
        )
