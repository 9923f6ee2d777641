"""What an operator is told when a backup or a restore does not go on. Each says what to do next."""


class UpkeepError(Exception):
    """Words for the person at the terminal."""


class BadKey(UpkeepError):
    """A recipient or an identity that is none, or an identity of another file."""


class NotWritten(UpkeepError):
    """The backup could not be written; nothing of it stays."""


class BadFile(UpkeepError):
    """The file is damaged, cut, or no backup of this product."""


class NotEmpty(UpkeepError):
    """There is something where the backup should go."""


class OtherVersion(UpkeepError):
    """The file and this program, or this database, are of versions that do not go together."""
