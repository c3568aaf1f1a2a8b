"""The thread that writes to the terminal: in order, flushed, and no trap when the terminal goes away."""

import io
import threading

from textual.drivers import linux_driver

from memtui.tui.wire import PatientWriter


class Broken(io.StringIO):
    """A terminal whose connection breaks off at a write or at a flush."""

    def __init__(self, *, at_flush: bool) -> None:
        super().__init__()
        self._at_flush = at_flush

    def write(self, text: str) -> int:
        if not self._at_flush:
            raise OSError(5, "Input/output error")
        return super().write(text)

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def ends(writer: PatientWriter, writes: int) -> bool:
    """Whether as many writes and the stop come to an end; on a thread of their own, as they would wait for good."""

    def use() -> None:
        for number in range(writes):
            writer.write(f"{number} ")
        writer.stop()

    user = threading.Thread(target=use, daemon=True)
    writer.start()
    user.start()
    user.join(30)
    return not user.is_alive()


def test_everything_is_written_in_its_order_and_flushed() -> None:
    flushed: list[str] = []

    class File(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    file = File()
    assert ends(PatientWriter(file), 200)
    assert flushed[-1] == file.getvalue() == "".join(f"{number} " for number in range(200))


def test_a_terminal_that_is_gone_holds_nobody_up() -> None:
    for at_flush in (False, True):
        for writes in (1, 200):
            assert ends(PatientWriter(Broken(at_flush=at_flush)), writes)


def test_the_app_writes_by_it(user: object) -> None:
    assert vars(linux_driver)["WriterThread"] is PatientWriter
