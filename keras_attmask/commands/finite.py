"""Numbers for JSON, which has no infinity."""

import math


def finite(number):
    """A number, or None for one that is infinite or NaN."""
    return number if math.isfinite(number) else None
