"""Errors meant for the person at the keyboard: what, where and what to do."""


class UserError(Exception):
    """Something the user can put right. Shown as `error: <message>` and `hint: <hint>`, exit code 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
