"""The versions of PostgreSQL that this was tried with; any other gets a warning, never a refusal."""

TRIED = (15, 18)


def postgres_warning(number: int) -> str | None:
    """Return what to say about a PostgreSQL of this number (`server_version`: 150018); None where it was tried."""
    major = number // 10_000
    if TRIED[0] <= major <= TRIED[-1]:
        return None
    return f"PostgreSQL {major} was not tried with this; it was with {TRIED[0]} and {TRIED[-1]}"
