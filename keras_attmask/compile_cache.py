"""Programs that JAX has compiled are kept on disk for the next run."""

import hashlib
import os
import platform

import keras


def _processor():
    """A short name for what this machine's processor can do.

    A program compiled for one processor may end another's process, and a
    home folder may be shared by many machines.
    """
    abilities = platform.machine() + platform.processor()
    try:
        with open("/proc/cpuinfo") as file:
            rows = (line for line in file if line.startswith("flags"))
            abilities += next(rows, "")
    except OSError:
        pass
    return hashlib.sha256(abilities.encode()).hexdigest()[:12]


def keep_compiled():
    """Has JAX look for compiled programs on disk, and leave them there.

    The place is `$XDG_CACHE_HOME/keras_attmask/jax` (`~/.cache/...`), unless
    JAX was told of another one by JAX_COMPILATION_CACHE_DIR; nothing is kept
    with JAX_ENABLE_COMPILATION_CACHE=false. A place that cannot be written
    to costs nothing but JAX's warning.

    Returns:
        The folder; None on other backends.
    """
    if keras.backend.backend() != "jax":
        return None
    import jax

    if not jax.config.jax_enable_compilation_cache:
        return None
    folder = jax.config.jax_compilation_cache_dir
    if folder is None:
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        folder = os.path.join(home, "keras_attmask", "jax", _processor())
        folder = os.path.expanduser(folder)
        jax.config.update("jax_compilation_cache_dir", folder)
        # Also the fifty small programs that make the first weights.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
