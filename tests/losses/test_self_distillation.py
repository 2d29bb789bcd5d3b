import numpy as np
import pytest
from gradients import gradient
from keras import ops
from official_vectors import wave

from keras_attmask.losses import Centering
from keras_attmask.losses import class_loss
from keras_attmask.losses import patch_loss
from keras_attmask.losses import teacher_probabilities
from keras_attmask.schedules import EpochLinear

# Two images, two global views, one local view, four patches, K = 4. Rows
# of global tensors are view by view.
STUDENT, TEACHER = wave(0.7, (4, 4)), wave(1.3, (4, 4))
STUDENT_PATCHES, TEACHER_PATCHES = wave(0.37, (4, 4, 4)), wave(0.91, (4, 4, 4))
LOCAL = wave(1.7, (2, 4))
MASK = np.array([[1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 1], [0, 1, 1, 0]])
CALLS = [
    (
        (0, 7.108058, 1.250264),
        (-0.012811, 0.033234, 0.030591, -0.016868),
        (-0.000310, 0.003612, 0.004744, 0.002211),
    ),
    (
        (0, 7.107559, 1.251111),
        (-0.024340, 0.063145, 0.058123, -0.032050),
        (-0.000590, 0.006863, 0.009014, 0.004202),
    ),
    (
        (29, 7.113516, 1.307197),
        (-0.034717, 0.090065, 0.082902, -0.045713),
        (-0.000841, 0.009789, 0.012857, 0.005993),
    ),
    (
        (50, 7.110656, 1.309679),
        (-0.044056, 0.114293, 0.105203, -0.058010),
        (-0.001067, 0.012423, 0.016316, 0.007605),
    ),
]


def losses(cls_center, patch_center, temperature, local=LOCAL, mask=MASK):
    """Both losses, as plain numbers."""
    cls_targets = teacher_probabilities(TEACHER, cls_center, temperature)
    rows = np.concatenate([STUDENT, local]).reshape(-1, 2, 4)
    cls = class_loss(rows, ops.reshape(cls_targets, (2, 2, 4)))
    targets = teacher_probabilities(TEACHER_PATCHES, patch_center, temperature)
    patch = patch_loss(STUDENT_PATCHES, targets, mask)
    return float(cls), float(patch)


def test_four_calls_with_centres_are_the_official_ones():
    temperature = EpochLinear(0.04, 0.07, 30, 1)
    centers = Centering(4), Centering(4)
    for (epoch, cls, patch), *wanted in CALLS:
        found = losses(
            centers[0].centre, centers[1].centre, float(temperature(epoch))
        )
        assert found == pytest.approx((cls, patch), rel=1e-6)
        # 8.358322 is the first sum.
        if (epoch, patch) == (0, 1.250264):
            assert sum(found) == pytest.approx(8.358322, rel=1e-6)
        centers[0].update(TEACHER.mean(axis=0))
        centers[1].update(TEACHER_PATCHES.mean(axis=(0, 1)))
        for center, value in zip(centers, wanted):
            np.testing.assert_allclose(
                ops.convert_to_numpy(center.centre), value, rtol=0, atol=1e-6
            )


def test_without_local_views():
    found = losses(np.zeros(4), np.zeros(4), 0.04, local=LOCAL[:0])
    assert found == pytest.approx((5.302649, 1.250264), rel=1e-6)


def test_without_hidden_patches_the_patch_loss_is_zero():
    found = losses(np.zeros(4), np.zeros(4), 0.04, mask=np.zeros((4, 4)))
    assert found == (pytest.approx(7.108058, rel=1e-6), 0.0)
    flat = gradient(
        lambda z: patch_loss(z, np.full((4, 4, 4), 0.25), np.zeros((4, 4))),
        STUDENT_PATCHES,
    )
    assert not flat.any()


def test_class_loss_by_hand():
    # Uniform students: every pair costs ln K, whatever the targets.
    targets = np.eye(4, dtype="float32")[[0, 1, 2, 3]].reshape(2, 2, 4)
    found = float(class_loss(np.zeros((5, 2, 4), "float32"), targets))
    assert found == pytest.approx(np.log(4), rel=1e-6)


def test_class_loss_leaves_out_the_view_itself():
    # Student 0 is right about target 0 only, which must not count.
    targets = np.array([[[1.0, 0.0]], [[0.0, 1.0]]], "float32")
    student = np.array([[[9.0, 0.0]], [[0.0, 9.0]]], "float32")
    wrong = float(class_loss(student, targets, 1.0))
    assert wrong == pytest.approx(9.0 + np.log1p(np.exp(-9.0)), rel=1e-6)
    # A local view meets both targets: two pairs more, right and wrong.
    local = np.concatenate([student, student[:1]])
    found = float(class_loss(local, targets, 1.0))
    right = np.log1p(np.exp(-9.0))
    assert found == pytest.approx((3 * wrong + right) / 4, rel=1e-6)


def test_patch_loss_is_a_mean_of_means_over_all_images():
    # Entropies ln 2 (three patches of image 0) and 9 (one of image 1);
    # image 2 has nothing hidden and still counts as one of three.
    student = np.zeros((3, 4, 2), "float32")
    student[1, 0] = [0.0, 90.0]
    targets = np.tile(np.array([1.0, 0.0], "float32"), (3, 4, 1))
    weights = np.array([[1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    found = float(patch_loss(student, targets, weights, 10.0))
    entropy = 9.0 + np.log1p(np.exp(-9.0))
    assert found == pytest.approx((np.log(2) + entropy) / 3, rel=1e-6)


def test_targets_are_sharpened_and_centred():
    logits = np.array([[0.3, 0.1]], "float32")
    found = teacher_probabilities(logits, np.array([0.1, 0.0]), 0.05)
    # ((.3 - .1) - .1) / .05 = 2
    assert ops.convert_to_numpy(found)[0] == pytest.approx(
        [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))], rel=1e-5
    )


def test_student_temperature_divides():
    targets = np.array([[[1.0, 0.0]], [[1.0, 0.0]]], "float32")
    student = np.array([[[1.0, 0.0]]] * 2, "float32")
    for temperature in (0.2, 0.5):
        found = float(class_loss(student, targets, temperature))
        wanted = np.log1p(np.exp(-1 / temperature))
        assert found == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_logits_are_widened(dtype):
    # exp(1 / 0.01) overflows float16 and float32; the loss must not.
    logits = ops.cast(np.array([[1.0, -1.0]]), dtype)
    targets = teacher_probabilities(logits, np.zeros(2), 0.01)
    assert ops.convert_to_numpy(targets).dtype == np.float32
    found = patch_loss(
        ops.expand_dims(-logits, 0), ops.expand_dims(targets, 0), [[1]], 0.001
    )
    assert float(found) == pytest.approx(2000.0)


def test_teacher_carries_no_gradient():
    def loss(teacher):
        targets = teacher_probabilities(teacher, np.zeros(4), 0.04)
        rows = ops.convert_to_tensor(STUDENT.reshape(2, 2, 4))
        cls = class_loss(rows, ops.reshape(targets, (2, 2, 4)))
        # A term of its own, so that there is a graph at all.
        return cls + ops.sum(teacher)

    np.testing.assert_array_equal(gradient(loss, TEACHER), 1.0)


def test_student_gradient_is_probability_minus_target():
    targets = np.array([[[0.75, 0.25]]] * 2, "float32")
    zero = np.zeros((2, 1, 2), "float32")
    found = gradient(lambda z: class_loss(z, targets, 0.5), zero)
    # Two pairs, each student in one: (1/2 - p) / 0.5 / 2.
    np.testing.assert_allclose(found, [[[-0.25, 0.25]]] * 2, rtol=0, atol=1e-6)
