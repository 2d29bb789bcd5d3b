"""Every test starts from the same seed; helpers here can be imported."""

import contextlib
import io

import keras
import pytest

from keras_attmask.__main__ import main


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(0)


@contextlib.contextmanager
def quick_compilation():
    """Spares JAX most of XLA's optimization, for steps that run once."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", False)


# A whole run in seconds: one block, 64 of the bundled pictures.
TINY = (
    "--recipe=quickstart",
    "--recipe.saved_model=",
    "--recipe.data.limit=64",
    "--recipe.views.local_crops=1",
    "--recipe.backbone.num_layers=1",
    "--recipe.backbone.hidden_dim=16",
    "--recipe.head.num_prototypes=16",
    "--recipe.head.hidden_dim=16",
    "--recipe.head.bottleneck_dim=8",
    "--recipe.training.batch_size=16",
    "--recipe.training.epochs=2",
    "--recipe.training.log_every=1",
    "--recipe.training.jit_compile=false",
    "--recipe.evaluation.limit=40",
    "--recipe.evaluation.num_neighbors=5",
    "--recipe.evaluation.every_epochs=1",
)


@pytest.fixture(scope="session")
def tiny_pretraining(tmp_path_factory):
    """`(run folder, what was printed)` of `attmask pretrain --json`."""
    folder = tmp_path_factory.mktemp("tiny") / "run"
    printed = io.StringIO()
    with quick_compilation(), contextlib.redirect_stdout(printed):
        status = main(["pretrain", *TINY, f"--run={folder}", "--json"])
    assert status == 0
    return folder, printed.getvalue()


@pytest.fixture(scope="session")
def tiny_run(tiny_pretraining):
    """The run folder of a tiny pretraining; read it, change nothing."""
    return tiny_pretraining[0]
