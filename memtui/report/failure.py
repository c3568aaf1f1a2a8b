"""What ends a command early: one clear line and an exit status."""


class Failure(Exception):
    """`status` is 2 for wrong use and 1 where something that was asked for could not be had."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
