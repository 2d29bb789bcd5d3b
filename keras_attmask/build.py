"""From a recipe to parts: the one place where they meet. No arithmetic but
turning epochs into steps."""

import dataclasses

import keras

from keras_attmask.data import ArrayBatches
from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.data import Unreadable
from keras_attmask.data import array_dataset
from keras_attmask.data import host_views
from keras_attmask.data import in_memory
from keras_attmask.data import open_source
from keras_attmask.data.views import MultiCropViews
from keras_attmask.distribution import Devices
from keras_attmask.errors import InputError
from keras_attmask.errors import naming
from keras_attmask.layers import ProjectionHead
from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.masking import BlockMasking
from keras_attmask.masking import RandomMasking
from keras_attmask.models import VisionTransformer
from keras_attmask.processor import multiplies
from keras_attmask.schedules import EpochLinear
from keras_attmask.schedules import WarmupCosine
from keras_attmask.seeding import seed_all
from keras_attmask.training import AdamW
from keras_attmask.training import Distiller
from keras_attmask.view_law import ViewLaw


def training_source(recipe, unreadable=None):
    """Opens the recipe's training images.

    Args:
        recipe: a `Recipe`.
        unreadable: optional `data.Unreadable`, for images that are read
            into memory now.
    """
    part = recipe.data
    unreadable = unreadable or Unreadable(part.unreadable)
    return opened(part, "source", unreadable)


def opened(part, field, unreadable):
    """Opens the images that a field names, as the section asks.

    Args:
        part: the section `data` of a recipe of any kind.
        field: of that section.
        unreadable: `data.Unreadable`, for images that are read now.
    """
    with naming(f"recipe.data.{field}"):
        source = open_source(getattr(part, field), limit=part.limit or None)
        return in_memory(source, unreadable) if part.in_memory else source


def evaluation_sources(recipe):
    """What the recipe measures on.

    Args:
        recipe: a `Recipe`.

    Returns:
        `(bank, queries)` for k-NN, `(queries,)` where nobody votes, or None.

    Raises:
        InputError: nothing readable there, or no labels for k-NN.
    """
    part = recipe.evaluation
    fields = ["bank"] * bool(part.bank) + ["queries"] * bool(part.queries)
    if not fields:
        return None
    opened = []
    for field in fields:
        name = getattr(part, field)
        with naming(f"recipe.evaluation.{field}"):
            opened.append(open_source(name, limit=part.limit or None))
        if part.bank and opened[-1].labels is None:
            raise InputError(
                f"recipe.evaluation.{field}: expected images with labels "
                f"(one sub-folder a class, say), got {name!r} without"
            )
    return tuple(opened)


def preprocessing(recipe):
    """How evaluation and export prepare images for the backbone."""
    size = recipe.views.global_size
    return Preprocessing(
        (size, size, recipe.data.channels),
        recipe.data.mean,
        recipe.data.std,
        recipe.evaluation.crop_ratio,
    )


def backbone(recipe, **changes):
    """The recipe's `VisionTransformer`; `changes` are its arguments."""
    size, part = recipe.views.global_size, dataclasses.asdict(recipe.backbone)
    part["mlp_dim"] = part["mlp_dim"] or None
    part["layer_scale"] = part["layer_scale"] or None
    shape = (size, size, recipe.data.channels)
    return VisionTransformer(shape, **{**part, **changes})


def masking(recipe, **changes):
    """The recipe's masking strategy, or None; `changes` are arguments."""
    part = {**dataclasses.asdict(recipe.masking), **changes}
    strategy, hint_ratio = part.pop("strategy"), part.pop("hint_ratio")
    if strategy == "none":
        return None
    if strategy in ("high", "hint", "low"):
        return AttentionGuidedMasking(strategy, hint_ratio, **part)
    kind = {"random": RandomMasking, "block": BlockMasking}[strategy]
    return kind(**part)


def view_law(recipe):
    """The recipe's `ViewLaw`."""
    views = dataclasses.asdict(recipe.views)
    return ViewLaw(**views, mean=recipe.data.mean, std=recipe.data.std)


@dataclasses.dataclass(frozen=True)
class Schedules:
    """All schedules of a run, in steps."""

    learning_rate: WarmupCosine
    weight_decay: WarmupCosine
    teacher_momentum: WarmupCosine
    teacher_temperature: EpochLinear
    patch_teacher_temperature: EpochLinear


def schedules(recipe, steps_per_epoch):
    """The recipe's schedules; here epochs become steps."""
    part, total = recipe.optimizer, recipe.training.epochs * steps_per_epoch
    scale = recipe.training.batch_size / 256
    objective = recipe.objective

    def temperature(pair):
        epochs = objective.temperature_epochs
        return EpochLinear(*pair, epochs, steps_per_epoch)

    return Schedules(
        WarmupCosine(
            part.learning_rate * scale,
            part.final_learning_rate,
            total,
            round(part.warmup_epochs * steps_per_epoch),
        ),
        WarmupCosine(*part.weight_decay, total),
        WarmupCosine(*recipe.teacher.momentum, total),
        temperature(objective.teacher_temperature),
        temperature(objective.patch_teacher_temperature),
    )


def dtype_policy(recipe):
    """The recipe's, or float32 where that type would only be slow."""
    wished = recipe.training.dtype
    return wished if multiplies(wished) else "float32"


def distiller(recipe, steps_per_epoch, devices=Devices()):
    """A compiled `Distiller` that follows the recipe.

    The teacher's momentum still comes from `callbacks.TeacherEMA`.

    Args:
        recipe: a `Recipe`.
        steps_per_epoch: steps an epoch.
        devices: that will train it; call this in their `scope`.
    """
    seed_all(recipe.training.seed)
    dtype, plan = dtype_policy(recipe), schedules(recipe, steps_per_epoch)
    objective, strategy = recipe.objective, masking(recipe)
    student = backbone(
        recipe,
        use_mask_token=strategy is not None,
        remat=recipe.training.remat,
        dtype=dtype,
    )
    model = Distiller(
        student,
        ProjectionHead(**dataclasses.asdict(recipe.head), dtype=dtype),
        MultiCropViews(view_law(recipe)),
        strategy,
        cls_weight=objective.cls_weight,
        patch_weight=objective.patch_weight,
        student_temperature=objective.student_temperature,
        teacher_temperature=plan.teacher_temperature,
        patch_teacher_temperature=plan.patch_teacher_temperature,
        center_momentum=objective.center_momentum,
        accumulation=recipe.training.accumulation,
        chunk_tokens=recipe.training.chunk_tokens,
        seed=recipe.training.seed,
        dtype=dtype,
    )
    model.compile(
        optimizer=AdamW(
            plan.learning_rate,
            plan.weight_decay,
            clip_norm=recipe.optimizer.clip_norm or None,
            frozen_steps=round(
                recipe.optimizer.frozen_epochs * steps_per_epoch
            ),
        ),
        jit_compile=jit_compile(recipe, devices),
    )
    return model


def jit_compile(recipe, devices):
    """Whether XLA compiles the step."""
    backend = keras.backend.backend()
    choices = {"jax": True, "torch": False}
    wished = recipe.training.jit_compile and devices.compiles
    return choices.get(backend, wished)


def batches(
    recipe,
    source,
    unreadable=None,
    waiting=None,
    start_epoch=0,
    start_step=0,
    devices=Devices(),
    law=None,
    beside=None,
):
    """Training batches for `fit`, in a seeded order.

    Images in memory are cropped on the device; others by host threads.

    Args:
        recipe: a `Recipe`, or one of fine-tuning, which needs `law`.
        source: images, see `data.open_source`.
        unreadable: optional `data.Unreadable` to take down what the threads
            cannot read.
        waiting: optional `data.Waiting` to measure how long batches are
            waited for; none for devices that feed ahead.
        start_epoch: the epoch to begin in, from 0.
        start_step: the step of it to begin with.
        devices: that will train.
        law: a `ViewLaw`; None takes the recipe's.
        beside: dict of further arrays `(n, ...)`, whose rows join a batch.
    """
    part, law = recipe.training, law or view_law(recipe)
    order = {
        "batch_size": part.batch_size,
        "seed": part.seed,
        "start_epoch": start_epoch,
        "start_step": start_step,
        "share": devices.share,
        "beside": beside,
    }
    in_arrays = isinstance(source, ArraySource)
    if in_arrays and not devices.feeds_ahead:
        return ArrayBatches(source, **order, waiting=waiting)
    order["epochs"] = part.epochs
    if in_arrays:
        dataset = array_dataset(source, **order)
    else:
        dataset = host_views(
            source,
            law,
            **order,
            channels=len(law.mean),
            unreadable=unreadable or Unreadable(recipe.data.unreadable),
            waiting=waiting,
            processes=recipe.data.processes,
        )
    return devices.feed(dataset, part.batch_size // devices.hosts)
