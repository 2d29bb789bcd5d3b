"""Images: where they come from and how they reach the device."""

from keras_attmask.data.array_batches import ArrayBatches
from keras_attmask.data.array_batches import array_dataset
from keras_attmask.data.hold_out import hold_out
from keras_attmask.data.host_views import host_views
from keras_attmask.data.image_batches import image_batches
from keras_attmask.data.labelled import labelled
from keras_attmask.data.labelled import labelled_test
from keras_attmask.data.labelled import train_and_test
from keras_attmask.data.memory import in_memory
from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.data.scenes import Scenes
from keras_attmask.data.scenes import make_scenes
from keras_attmask.data.segmented import Segmented
from keras_attmask.data.segmented import segmented
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.source_types import EncodedSource
from keras_attmask.data.source_types import FileSource
from keras_attmask.data.sources import open_source
from keras_attmask.data.targets import Targets
from keras_attmask.data.targets import targets_of
from keras_attmask.data.unreadable import Unreadable
from keras_attmask.data.unreadable import readable
from keras_attmask.data.views import MultiCropViews
from keras_attmask.data.waiting import Waiting
