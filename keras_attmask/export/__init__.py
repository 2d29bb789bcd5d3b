"""Backbones as files for other programs."""

from keras_attmask.export.keras_file import export_keras
from keras_attmask.export.litert_file import export_litert
from keras_attmask.export.onnx_file import export_onnx
from keras_attmask.export.saved_model import check_saved_model_target
from keras_attmask.export.saved_model import export_saved_model
from keras_attmask.export.signatures import check_signature
