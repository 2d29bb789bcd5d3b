import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.layers import ProjectionHead
from keras_attmask.models import VisionTransformer
from keras_attmask.training.networks import MovingAverage
from keras_attmask.training.networks import make_teacher
from keras_attmask.training.networks import paired


def student(name="student", **settings):
    settings = {"use_mask_token": True, **settings}
    # The widths of the tiny network: JAX compiles each new shape.
    backbone = VisionTransformer(
        (16, 16, 3), 8, 2, 3, 12, name=name, **settings
    )
    head = ProjectionHead(10, 16, 8, shared=False, name=name + "_head")
    head.build((None, 12))
    return backbone, head


def images():
    random = np.random.default_rng(0)
    return random.normal(size=(2, 16, 16, 3)).astype("float32")


def arrays(variables):
    return [ops.convert_to_numpy(v) for v in variables]


def test_teacher_starts_as_a_copy_without_mask_or_depth():
    backbone, head = student(stochastic_depth_rate=0.5)
    teacher, teacher_head = make_teacher(backbone, head)
    assert teacher.mask_token is None
    assert teacher.stochastic_depth_rate == 0.0
    tokens = [
        network(images(), training=False)["patch_tokens"]
        for network in (backbone, teacher)
    ]
    logits = [h(t) for h, t in zip((head, teacher_head), tokens)]
    for pair in (tokens, logits):
        np.testing.assert_array_equal(*arrays(pair))
    # In training mode it stays the same: nothing is dropped.
    moving = teacher(images(), training=True)["patch_tokens"]
    np.testing.assert_array_equal(*arrays([moving, tokens[1]]))


class OfAUser(VisionTransformer):
    """A backbone whose arguments are its own."""

    def __init__(self, rate=0.0, **options):
        super().__init__(
            (16, 16, 3), 8, 2, 3, 12, stochastic_depth_rate=rate, **options
        )

    def get_config(self):
        name, mask = self.name, self.use_mask_token
        return {"rate": 0.0, "name": name, "use_mask_token": mask}

    @classmethod
    def from_config(cls, config):
        for name in ("stochastic_depth_rate", "remat"):
            config.pop(name)
        return cls(**config)


def test_teacher_of_a_users_own_network_comes_from_its_config():
    head = student()[1]
    backbone = OfAUser(0.5, use_mask_token=True, name="own")
    teacher, _ = make_teacher(backbone, head)
    assert type(teacher) is OfAUser and teacher.stochastic_depth_rate == 0.0
    tokens = [
        network(images(), training=False)["class_token"]
        for network in (backbone, teacher)
    ]
    np.testing.assert_array_equal(*arrays(tokens))


def test_teacher_has_nothing_to_train_and_nothing_shared():
    networks = student()
    teachers = make_teacher(*networks)
    for network, teacher in zip(networks, teachers):
        assert network.trainable_variables
        assert not teacher.trainable_variables
        ours = {id(v) for v in network.variables}
        assert not ours & {id(v) for v in teacher.variables}
    before = arrays(teachers[0].variables)
    for variable in networks[0].trainable_variables:
        variable.assign(variable + 1.0)
    for old, new in zip(before, arrays(teachers[0].variables)):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    "settings",
    [{"num_registers": 2, "layer_scale": 0.1}, {"dtype": "mixed_bfloat16"}],
)
def test_teacher_keeps_the_students_settings(settings):
    backbone, head = student(**settings)
    teacher, _ = make_teacher(backbone, head)
    ours, theirs = backbone.get_config(), teacher.get_config()
    changed = {name for name in ours if ours[name] != theirs[name]}
    assert changed <= {"name", "use_mask_token", "trainable"}
    assert teacher.dtype_policy.name == backbone.dtype_policy.name


@pytest.mark.parametrize("name", ["student", "mlp", "dense", "seed"])
def test_every_variable_of_the_teacher_has_a_partner(name):
    # Names that also occur inside of paths must not confuse it.
    networks = student(name, stochastic_depth_rate=0.5)
    teachers = make_teacher(*networks)
    for network, teacher in zip(networks, teachers):
        pairs = paired(network, teacher)
        assert len(pairs) == len(teacher.weights) > 0
        for source, copy in pairs:
            assert source.shape == copy.shape
            # The same place: all of the path but the network's name.
            ends = [v.path.split("/", 1)[1] for v in (source, copy)]
            assert ends[0] == ends[1]
    # The mask token is the student's own, seeds are nobody's weights.
    assert len(networks[0].weights) > len(teachers[0].weights)


def test_a_teacher_with_more_than_the_student_is_refused():
    backbone, _ = student()
    other, _ = student("other", num_registers=1)
    with pytest.raises(ValueError, match="`backbone` .*registers/token"):
        paired(backbone, other)


def test_moving_average_by_hand():
    ours, theirs = keras.Variable([1.0, 2.0]), keras.Variable([5.0, 6.0])
    average = MovingAverage([(ours, theirs)])
    average.update(0.75)
    assert ops.convert_to_numpy(theirs).tolist() == [4.0, 5.0]
    average.update(1.0)
    assert ops.convert_to_numpy(theirs).tolist() == [4.0, 5.0]
    average.update(0.0)
    assert ops.convert_to_numpy(theirs).tolist() == [1.0, 2.0]
    assert ops.convert_to_numpy(ours).tolist() == [1.0, 2.0]


def test_moving_average_of_the_networks():
    networks = student()
    teachers = make_teacher(*networks)
    before = arrays(teachers[0].weights)
    pairs = paired(networks[0], teachers[0])
    for variable in networks[0].trainable_variables:
        variable.assign(variable + 1.0)
    MovingAverage(pairs).update(ops.convert_to_tensor(0.9, "float32"))
    for old, new in zip(before, arrays(teachers[0].weights)):
        np.testing.assert_allclose(new, old + 0.1, rtol=0, atol=1e-6)
