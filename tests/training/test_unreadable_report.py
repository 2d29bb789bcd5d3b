import io

from rich.console import Console

from keras_attmask.data import Unreadable
from keras_attmask.training import UnreadableReport


def test_every_epoch_names_what_is_new(tmp_path):
    printed = io.StringIO()
    unreadable = Unreadable(limit=1.0)
    report = UnreadableReport(
        unreadable, tmp_path, Console(file=printed, width=60)
    )
    report.on_epoch_end(0)
    assert not printed.getvalue() and not report.file.exists()
    for number in range(2):
        unreadable.add(number, 99, f"[{number}].png is no image")
    report.on_epoch_end(1)
    assert printed.getvalue().splitlines() == [
        "2 unreadable, others stand in: [0].png is no image",
        "  [1].png is no image",
    ]
    report.on_epoch_end(2)
    for number in range(2, 9):
        unreadable.add(number, 99, f"[{number}].png is no image")
    report.on_epoch_end(3)
    lines = printed.getvalue().splitlines()
    assert len(lines) == 2 + 6 and str(report.file) in lines[-1]
    assert report.file.read_text().splitlines() == [
        f"[{number}].png is no image" for number in range(9)
    ]
