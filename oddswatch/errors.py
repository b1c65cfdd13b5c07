"""The errors that a person can mend, and the exit codes of the command line."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of `generate.py`; documented in docs/operating.md."""

    OK = 0
    FOUND = 1  # `diff` found changes, `check` or `show` found a failing query
    BAD_INPUT = 2  # configuration, environment, files: nothing was written
    UNREACHABLE = 3  # the database or Grafana cannot be reached
    NOT_ACCEPTED = 4  # Grafana was reached, but did not take what was written


class UserError(Exception):
    """Something a person can mend; `message` names the place, the key and the remedy.

    Shown without a traceback; the process ends with `exit_code`.
    """

    def __init__(self, message: str, exit_code: int = ExitCode.BAD_INPUT) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = int(exit_code)
