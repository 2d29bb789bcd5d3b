"""Which devices, of which hosts, train together."""

from keras_attmask.distribution.devices import Devices
from keras_attmask.distribution.hosts import Hosts
from keras_attmask.distribution.hosts import find_hosts
from keras_attmask.distribution.lost_host import naming_lost_hosts
from keras_attmask.distribution.set_up import set_up
