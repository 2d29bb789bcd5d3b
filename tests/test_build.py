import keras
import numpy as np
import pytest
from PIL import Image

from keras_attmask import build
from keras_attmask.data import ArrayBatches
from keras_attmask.data import ArraySource
from keras_attmask.data import FileSource
from keras_attmask.errors import InputError
from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.masking import BlockMasking
from keras_attmask.masking import RandomMasking
from keras_attmask.recipe import make_recipe


def recipe(**sections):
    """A small recipe with the given fields of sections."""
    nested = {
        "data": {"channels": 1, "mean": (0.3,), "std": (0.4,)},
        "views": {"global_size": 16, "local_size": 8, "local_crops": 1},
        "backbone": {
            "patch_size": 4,
            "num_layers": 2,
            "num_heads": 2,
            "hidden_dim": 16,
        },
        "head": {"num_prototypes": 8, "hidden_dim": 8, "bottleneck_dim": 4},
        "training": {"batch_size": 4, "epochs": 20},
    }
    for section, fields in sections.items():
        nested.setdefault(section, {}).update(fields)
    return make_recipe(nested)


def test_epochs_become_steps():
    plan = build.schedules(
        recipe(
            training={"batch_size": 512, "epochs": 20},
            optimizer={"learning_rate": 1e-3, "warmup_epochs": 2.5},
            objective={"temperature_epochs": 5},
        ),
        steps_per_epoch=10,
    )
    rate = plan.learning_rate
    assert rate.warmup_steps == 25 and rate.total_steps == 200
    # The peak grows with the batch: 1e-3 * 512 / 256.
    assert float(rate(24)) == pytest.approx(2e-3)
    assert float(rate(200)) == pytest.approx(1e-6)
    assert float(plan.weight_decay(0)) == pytest.approx(0.04)
    assert float(plan.weight_decay(200)) == pytest.approx(0.4)
    # Half way down a cosine from 0.996 to 1.
    assert float(plan.teacher_momentum(100)) == pytest.approx(0.998)
    # Rises by epochs: 0, 1/4, ... of the way, and stays.
    temperature = plan.teacher_temperature
    found = [float(temperature(step)) for step in (0, 9, 10, 40, 199)]
    assert found == pytest.approx([0.04, 0.04, 0.0475, 0.07, 0.07])


@pytest.mark.parametrize(
    "strategy, kind",
    [
        ("high", AttentionGuidedMasking),
        ("hint", AttentionGuidedMasking),
        ("low", AttentionGuidedMasking),
        ("random", RandomMasking),
        ("block", BlockMasking),
    ],
)
def test_masking_follows_the_recipe(strategy, kind):
    layer = build.masking(
        recipe(
            masking={
                "strategy": strategy,
                "mask_ratio": (0.2, 0.3),
                "masking_probability": 0.7,
                "hint_ratio": 0.25,
            }
        )
    )
    assert type(layer) is kind
    assert tuple(layer.mask_ratio) == (0.2, 0.3)
    assert layer.masking_probability == 0.7
    if kind is AttentionGuidedMasking:
        assert (layer.mode, layer.hint_ratio) == (strategy, 0.25)


def test_no_masking():
    part = recipe(masking={"strategy": "none"}, objective={"patch_weight": 0.0})
    assert build.masking(part) is None


def test_backbone_follows_the_recipe():
    part = recipe(backbone={"mlp_dim": 24, "num_registers": 2})
    backbone = build.backbone(part, stochastic_depth_rate=0.0)
    assert backbone.image_shape == (16, 16, 1) and backbone.grid == (4, 4)
    assert backbone.mlp_dim == 24 and backbone.num_registers == 2
    assert backbone.stochastic_depth_rate == 0.0
    # 0 stands for four widths.
    assert build.backbone(recipe()).mlp_dim in (None, 64)


def test_views_and_preprocessing_agree_on_colours():
    part = recipe(evaluation={"crop_ratio": 0.9})
    law, preprocessing = build.view_law(part), build.preprocessing(part)
    assert law.mean == preprocessing.mean == (0.3,)
    assert law.std == preprocessing.std == (0.4,)
    assert preprocessing.image_shape == (16, 16, 1)
    assert preprocessing.crop_ratio == 0.9
    assert (law.global_size, law.local_size, law.num_crops) == (16, 8, 3)


def test_distiller_is_compiled_and_repeatable():
    part = recipe(training={"batch_size": 4, "seed": 5})
    models = [build.distiller(part, 10) for _ in range(2)]
    first, second = (model.student.get_weights() for model in models)
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a, b)
    other = build.distiller(recipe(training={"seed": 6}), 10)
    pairs = zip(first, other.student.get_weights())
    assert any((a != b).any() for a, b in pairs)
    assert models[0].compiled
    names = {"jax": True, "torch": False, "tensorflow": True}
    assert models[0].jit_compile == names[keras.backend.backend()]


def test_sources_of_a_recipe(tmp_path):
    images = np.zeros((6, 16, 16, 1), "uint8")
    np.savez(tmp_path / "a.npz", images=images, labels=[0, 1, 0, 1, 0, 1])
    path = str(tmp_path / "a.npz")
    part = recipe(
        data={"source": path, "limit": 4},
        evaluation={"bank": path, "queries": path, "limit": 2},
    )
    assert len(build.training_source(part)) == 4
    assert [len(s) for s in build.evaluation_sources(part)] == [2, 2]
    assert build.evaluation_sources(recipe()) is None
    np.save(tmp_path / "b.npy", images)  # nobody votes: without labels
    alone = recipe(evaluation={"queries": str(tmp_path / "b.npy")})
    (queries,) = build.evaluation_sources(alone)
    assert len(queries) == 6 and queries.labels is None


def test_a_source_that_is_not_there_is_named_by_its_field(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 16, 16, 1), "uint8"))
    bare = str(tmp_path / "a.npy")
    gone = {"bank": "no/such", "queries": bare}
    with pytest.raises(InputError, match="^recipe.evaluation.bank: .*no/such"):
        build.evaluation_sources(recipe(evaluation=gone))
    bare = {"bank": bare, "queries": bare}
    with pytest.raises(InputError, match="^recipe.evaluation.bank: .*labels"):
        build.evaluation_sources(recipe(evaluation=bare))
    with pytest.raises(InputError, match="^recipe.data.source: .*no/such"):
        build.training_source(recipe(data={"source": "no/such"}))


def test_images_in_memory_are_fed_whole():
    source = ArraySource(np.zeros((9, 20, 20, 1), "uint8"))
    batches = build.batches(recipe(), source)
    assert isinstance(batches, ArrayBatches) and len(batches) == 2
    assert batches[0]["images"].shape == (4, 20, 20, 1)


def test_photographs_are_cut_on_the_host(tmp_path):
    pytest.importorskip("tensorflow", reason="its pipeline cuts the views")
    paths = [tmp_path / f"{number}.png" for number in range(5)]
    for path in paths:
        Image.new("RGB", (30, 20), "red").save(path)
    source = FileSource([str(path) for path in paths])
    batch = next(iter(build.batches(recipe(), source)))
    assert batch["global_views"].shape == (4, 2, 16, 16, 1)
    assert batch["local_views"].shape == (4, 1, 8, 8, 1)
    assert sorted(set(np.array(batch["index"])) - set(range(5))) == []
