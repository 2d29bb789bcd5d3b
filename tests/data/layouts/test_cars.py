import numpy as np
import pytest
from retrieval_layouts import garments
from retrieval_layouts import write_cars
from retrieval_layouts import write_cars_devkit
from scipy.io import savemat

from keras_attmask.data.layouts.cars import is_cars
from keras_attmask.data.layouts.cars import open_cars
from keras_attmask.errors import InputError

CLASSES = [98, 99, 1, 196, 99]


def devkit_beside(folder, images, classes):
    return write_cars_devkit(folder, images, classes, test="")


@pytest.mark.parametrize(
    "write, order",
    [
        (write_cars, [1, 3, 4]),
        (write_cars_devkit, [4, 1, 3]),  # those of cars_train first
        (devkit_beside, [4, 1, 3]),
    ],
)
def test_the_second_half_of_the_classes_is_tested(tmp_path, write, order):
    images = garments(5)
    folder = write(tmp_path / "cars196", images, CLASSES)
    for path in (folder, tmp_path):
        assert is_cars(path)
        source = open_cars(path)
        assert source.labels.tolist() == [CLASSES[n] - 1 for n in order]
        for place, number in enumerate(order):
            np.testing.assert_array_equal(source.read(place), images[number])


def test_one_car_is_a_list_of_one(tmp_path):
    assert len(open_cars(write_cars(tmp_path, garments(1), [150]))) == 1


def test_broken_files_are_named(tmp_path):
    path = write_cars(tmp_path, garments(2), [99, 99]) / "cars_annos.mat"
    savemat(path, {"annotations": np.zeros(3)})
    with pytest.raises(InputError, match="relative_im_path and class, .*annos"):
        open_cars(tmp_path)
    path.write_bytes(b"no annotations")
    with pytest.raises(InputError, match="annos.mat") as error:
        open_cars(tmp_path)
    assert "\n" not in str(error.value)
    write_cars(tmp_path, garments(2), [1, 98])
    with pytest.raises(InputError, match="expected classes above 98"):
        open_cars(tmp_path)


def test_missing_files_are_named(tmp_path):
    write_cars_devkit(tmp_path, garments(2), [99, 99])
    (tmp_path / "cars_test" / "00001.jpg").unlink()
    with pytest.raises(InputError, match="cars_test/00001.jpg is missing"):
        open_cars(tmp_path)
    (tmp_path / "devkit" / "cars_test_annos_withlabels.mat").unlink()
    with pytest.raises(InputError, match="withlabels.mat cannot be read"):
        open_cars(tmp_path)
    (tmp_path / "devkit" / "cars_train_annos.mat").unlink()
    assert not is_cars(tmp_path)
