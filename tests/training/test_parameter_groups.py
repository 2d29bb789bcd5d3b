import keras

from keras_attmask.training import AdamW


def test_variables_of_a_shape_share_moments_those_of_a_kind_side_by_side():
    names = [f"block_{n}/{part}" for n in (0, 1, 10) for part in ("a_1", "a_2")]
    variables = [
        keras.Variable([0.0, 0.0, 0.0], name=name.replace("/", "|"))
        for name in names
    ]
    for variable, name in zip(variables, names):
        variable._path = name
    variables.append(keras.Variable([[0.0]], name="other"))
    variables.append(keras.Variable([0.0, 0.0, 0.0], name="prototypes"))
    optimizer = AdamW(frozen_steps=3)
    optimizer.build(variables)
    groups = sorted(optimizer._groups, key=lambda group: group.indices)
    assert [group.indices for group in groups] == [[0, 2, 4, 1, 3, 5], [6], [7]]
    assert [group.law.start for group in groups] == [0, 0, 3]
    for group in groups:
        shape = variables[group.indices[0]].shape
        for slot in (group.moments, group.velocities):
            assert tuple(slot.shape) == (len(group.indices), *shape)
