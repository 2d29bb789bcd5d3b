"""Detection on a backbone, by KerasCV's models: the extra `dense`."""

from keras_attmask.dense.coco import coco_metrics
from keras_attmask.dense.coco_callback import CocoMetrics
from keras_attmask.dense.detection import detection_metrics
from keras_attmask.dense.detection import retinanet
