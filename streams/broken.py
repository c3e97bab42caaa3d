"""How the folding of a batch ends without being done."""


class Gap(Exception):
    """The batch begins after the next expected offset: what lies between was not delivered."""

    def __init__(self, topic: str, expected: int, got: int) -> None:
        super().__init__(f"{topic}: expected offset {expected}, got {got}")
        self.topic, self.expected, self.got = topic, expected, got


class FoldFailed(Exception):
    """The kernels broke off: columns may be half taken out, only a checkpoint can be trusted now.

    `first` and `last` are the offsets of the topic's batch that was being folded.
    """

    def __init__(self, topic: str, first: int, last: int, cause: BaseException) -> None:
        super().__init__(f"{topic}, offsets {first} to {last}: {type(cause).__name__}: {cause}")
        self.topic, self.first, self.last, self.cause = topic, first, last, cause
