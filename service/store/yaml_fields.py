"""Marshmallow fields for files that people write: each message says what is wrong and what would be right.

Every scalar arrives as text (see `yaml_text`). Used by `practice_schema` and the rule schemas.
"""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from marshmallow import Schema, ValidationError, fields

from service.store.yaml_text import did_you_mean

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
NEEDED: dict[str, Any] = {"required": "is missing"}
OPEN = "open"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Text(fields.Field[str]):
    """A text that is not empty, of a form if one is given."""

    def __init__(self, form: str = "", says: str = "", **more: Any) -> None:
        super().__init__(error_messages=NEEDED, **more)
        self.form, self.says = re.compile(form), says

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("a single value is expected here")
        if not value.strip():
            raise ValidationError("is empty; leave the key out if there is nothing to say")
        if self.form.pattern and not self.form.fullmatch(value):
            raise ValidationError(self.says)
        return self._read(value.strip())

    def _read(self, text: str) -> str:
        return text


class Day(fields.Field[date | None]):
    """A calendar day; an end may be `open`."""

    def __init__(self, *, may_be_open: bool = False, **more: Any) -> None:
        super().__init__(error_messages=NEEDED, **more)
        self.may_be_open = may_be_open

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date | None:
        if value == OPEN and self.may_be_open:
            return None
        if not isinstance(value, str) or not DAY.fullmatch(value):
            raise ValidationError("is not a day; write YYYY-MM-DD")
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError("is not a day of the calendar") from error


class OneOf(fields.Field[E]):
    """A word of a closed vocabulary."""

    def __init__(self, words: type[E], **more: Any) -> None:
        super().__init__(error_messages=NEEDED, **more)
        self.words = words

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> E:
        known = [str(word) for word in self.words]
        if value not in known:
            near = did_you_mean(str(value), known) or f"; one of {', '.join(known)}"
            raise ValidationError(f"is not known{near}")
        return self.words(value)


class YesNo(fields.Field[bool]):
    """yes or no."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if value not in ("yes", "no"):
            raise ValidationError("is yes or no")
        return bool(value == "yes")


class Word(Text):
    """One of a few words that are no vocabulary of the core."""

    def __init__(self, *words: str, **more: Any) -> None:
        super().__init__(**more)
        self.words = words

    def _read(self, text: str) -> str:
        if text not in self.words:
            near = did_you_mean(text, self.words) or f"; one of {', '.join(self.words)}"
            raise ValidationError(f"is not known{near}")
        return text


class Whole(Text):
    """A whole number."""

    def _read(self, text: str) -> Any:
        if not (text.isascii() and text.isdigit()):
            raise ValidationError("is not a whole number")
        return int(text)


class Several(fields.Field[Collection[T]], Generic[T]):
    """A list of values of one kind; empty only where that says something."""

    def __init__(
        self,
        inner: fields.Field[T],
        *,
        may_be_empty: bool = False,
        collect: Callable[[Iterable[T]], Collection[T]] = tuple,
        **more: Any,
    ) -> None:
        super().__init__(error_messages=NEEDED, **more)
        self.inner, self.may_be_empty, self.collect = inner, may_be_empty, collect

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Collection[T]:
        if not isinstance(value, list):
            raise ValidationError("a list is expected here, e.g. [one, two]")
        if not value and not self.may_be_empty:
            raise ValidationError("is empty")
        read: list[T] = []
        wrong: dict[Any, Any] = {}
        for index, item in enumerate(value):
            try:
                read.append(cast("T", self.inner.deserialize(item)))
            except ValidationError as error:
                wrong[index] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return self.collect(read)


class Lines(fields.Field[tuple[str, ...]]):
    """One text or a list of texts."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValidationError("is one text or a list of texts")
        return tuple(texts)


class Entry(Schema):
    """What the schemas share: how a wrong type and an unknown key are said."""

    error_messages = {"type": "keys and values are expected here"}  # noqa: RUF012 - as Schema declares it
