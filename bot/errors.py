"""What can go wrong, as a cook or an admin is told it.

::

    SouschefError
    └── UserError              something the person can mend: one sentence, exit status 2, no traceback
        ├── SettingsError      a setting is missing or wrong; names its key
        ├── StoreError         the database is damaged, away, read-only, or the disk is full
        ├── InputError         a file or a line of input cannot be used
        ├── JobError           a job cannot be started, cancelled or resumed
        └── NotFoundError      no such recipe, student, chat or job

Every message is one sentence (or two) that says what is wrong and what to do.
"""


class SouschefError(Exception):
    """Anything raised on purpose."""


class UserError(SouschefError):
    """Something that the person at the keyboard can mend. The message says how."""

    exit_status = 2


class SettingsError(UserError):
    """A setting is missing or wrong."""


class StoreError(UserError):
    """The database cannot be used."""


class InputError(UserError):
    """A file or a line of input cannot be used."""


class JobError(UserError):
    """A job cannot be started, cancelled or resumed."""


class NotFoundError(UserError):
    """No such recipe, student, chat or job."""
