"""Words that stand where a value should, and say that there is none: `unknown`, `N/A`, `-`.

A form that insists on a value gets one. The words are those of HL7's NullFlavor and DataAbsentReason, which
say why there is no value, and what the trade types instead (general knowledge); docs/for-ehr-teams.md lists
where they are looked for. Nothing is looked for in statuses and codes: there `unknown` is a value.
"""

import unicodedata

NO_VALUE = frozenset(
    {
        # NullFlavor and DataAbsentReason
        *("unknown", "unk", "ni", "no information", "nask", "asku", "nav", "nullflavor"),
        *("asked unknown", "asked but unknown", "not asked", "not applicable", "temporarily unknown"),
        *("temporarily unavailable", "asked declined", "not performed", "not permitted", "masked", "msk"),
        # what forms and interfaces write
        *("n a", "none", "null", "nil", "undefined", "nan", "not available", "not known", "not provided"),
        *(
            "not given",
            "not stated",
            "not specified",
            "not on file",
            "not recorded",
            "not entered",
            "no data",
        ),
        *("no value", "no id", "no mrn", "none given", "none provided", "unavailable", "unspecified"),
        *("tbd", "tba", "to be determined", "to be assigned", "pending", "missing", "blank", "empty"),
        *("dummy", "placeholder", "declined", "refused", "see attached", "same", "same as above"),
    }
)
NO_NUMBER = frozenset({"na", "test", "testing"})
"""Words that may be somebody's name and are never an identifier, a street or a payer."""
PEOPLE_HAVE = frozenset({"none", "null", "nil", "nan", "ni", "nav", "same", "blank", "pending"})
"""Words of these that are also the name of somebody: no name is taken away for them."""
ASKED_ABOUT = frozenset(
    {"none", "null", "nil", "test", "testing", "test patient", "patient", "ztest", "zztest", "zzztest"}
)
LONGEST = 24


def is_placeholder(text: str) -> bool:
    """Whether an identifier, an address part or an organization's name says that there is none.

    Also what has no letter and no digit at all (`-`, `???`, invisible characters), `N/A`, and zeros alone.
    """
    if len(text) > LONGEST:
        return not any(one.isalnum() for one in text)
    words = _words(text)
    return not words or words in NO_VALUE | NO_NUMBER or not words.strip("0 ")


def is_no_name(text: str) -> bool:
    """Whether a family or given name says that there is none; Null, Nil and Na are names of people."""
    if len(text) > LONGEST:
        return not any(one.isalpha() for one in text)
    words = _words(text)
    return not any(one.isalpha() for one in words) or words in NO_VALUE - PEOPLE_HAVE


def is_asked_about(text: str) -> bool:
    """Whether a family name may be a person's, and is as often a test record's or an empty field's."""
    return len(text) <= LONGEST and _words(text) in ASKED_ABOUT


def _words(text: str) -> str:
    """Letters and digits in lower case, what is between them as one space; invisible characters are gone."""
    seen = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return " ".join("".join(one if one.isalnum() else " " for one in seen.casefold()).split())
