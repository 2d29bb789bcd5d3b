"""Pictures of what a run sees and how it goes."""

from keras_attmask.visualize.attention import AttentionRow
from keras_attmask.visualize.attention import attention_sheet
from keras_attmask.visualize.curves import curve_sheet
from keras_attmask.visualize.masks import mask_sheet
from keras_attmask.visualize.neighbours import neighbour_sheet
from keras_attmask.visualize.segments import segment_sheet
from keras_attmask.visualize.views import view_sheet
