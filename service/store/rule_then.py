"""What every `then` of a row is, and the forms of the codes that rows name. Neighbours: `rule_thens`."""

import re
from collections.abc import Callable
from typing import Any, ClassVar

from marshmallow import post_load

from service.store.yaml_fields import Entry

SLUG = (r"[a-z0-9]+(-[a-z0-9]+)*", "is written in small letters, digits and hyphens")
DIAGNOSIS = r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"
DIAGNOSIS_CODE = (DIAGNOSIS, "is an ICD-10-CM code with its point, e.g. M80.08XA")
DIAGNOSIS_PREFIX = (rf"[A-Z]|{DIAGNOSIS}", "is an ICD-10-CM code or the beginning of one, e.g. M80")
DIAGNOSIS_TEMPLATE = r"[A-Z]\d[0-9A-Z]\.[0-9A-Z]{0,3}(\{shape\})?(\{phase\})?"
DIAGNOSIS_TOKEN = re.compile(
    rf"{DIAGNOSIS}|{DIAGNOSIS_TEMPLATE}|class:[a-z0-9-]+(\|{DIAGNOSIS})?"
    r"|(level|late-effect):[A-Za-z0-9.-]+|found:[a-z0-9-]+|reasons"
)
STANCES = (
    *("covered", "covered-with-density-only", "adjunct", "not-separately-paid", "investigational"),
    "unknown",
)


class Then(Entry):
    """A `then`; `makes` is what it becomes in the rulebook."""

    makes: ClassVar[Callable[..., Any]]

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        return type(self).makes(**data)
