"""National Provider Identifiers: which numbers can be one."""

from functools import lru_cache

from stdnum import luhn

from service.core.codes import NPI_FIRST, NPI_PREFIX


@lru_cache(maxsize=4096)
def is_npi(value: str) -> bool:
    """Whether `value` is a well-formed NPI: ten digits, first 1 or 2, check digit over prefix 80840.

    >>> is_npi("1234567893"), is_npi("1234567890")
    (True, False)
    """
    if len(value) != 10 or not (value.isascii() and value.isdigit()) or value[0] not in NPI_FIRST:
        return False
    return bool(luhn.is_valid(NPI_PREFIX + value))
