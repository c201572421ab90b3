"""A form of the report that cannot be read, and why."""


class UnreadableError(Exception):
    """`why` is a clause without any word of the report, fit for a finding."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
