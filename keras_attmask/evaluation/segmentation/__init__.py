"""How well patch tokens tell what is where."""

from keras_attmask.evaluation.segmentation.confusion import class_iou
from keras_attmask.evaluation.segmentation.confusion import confusion_matrix
from keras_attmask.evaluation.segmentation.confusion import mean_iou
from keras_attmask.evaluation.segmentation.probe import segmentation_probe
from keras_attmask.evaluation.segmentation.protocol import segmentation
