"""What is said of the patient: osteoporosis and its cause, complaints, steroids, earlier fractures, family.

A word counts only where it is said of this patient and not asked for, looked for or denied.
"""

from collections.abc import Sequence, Sized
from dataclasses import dataclass, field

from service.prose.document import Sentence
from service.prose.looked_up import levels_in, phrases_in
from service.prose.reading import PriorFracture, Said, Span
from service.prose.terms import Found
from service.prose.tokens import Token
from service.prose.vocabulary import Vocabulary

REACH = 5
"""Words over which "screening for" or "no" reaches forward."""
DEGREES = frozenset(
    {"there", "mild", "marked", "moderate", "severe", "exaggerated", "accentuated", "increased"}
)
PERSONS = frozenset(
    {"patient", "woman", "man", "female", "male", "gentleman", "lady", "she", "he", "yo", "old"}
)
NAMED, MENOPAUSE = "osteoporosis", "menopause"
ORIGINS = ("glucocorticoid", "other_secondary", "postmenopausal", "age_related")


@dataclass(slots=True, kw_only=True)
class PatientSaid:
    """What has been read of the patient so far."""

    osteoporosis: list[tuple[str, str, Span]] = field(default_factory=list)
    """(yes, osteopenia or no; section; span)."""
    origins: list[tuple[str, Span]] = field(default_factory=list)
    symptoms: dict[str, Span] = field(default_factory=dict)
    denied: dict[str, Span] = field(default_factory=dict)
    steroids: list[tuple[str, Span]] = field(default_factory=list)
    family: list[tuple[str, Span]] = field(default_factory=list)
    prior: list[PriorFracture] = field(default_factory=list)
    screening: bool = False
    beside: set[tuple[str, int]] = field(default_factory=set)
    """Paragraphs of the indication that name osteoporosis, and those that name the menopause."""

    @property
    def facts(self) -> int:
        """How many facts have been read."""
        lists: tuple[Sized, ...] = (
            *(self.osteoporosis, self.origins, self.symptoms, self.denied, self.steroids, self.family),
            self.prior,
        )
        return sum(map(len, lists))


def read_patient(sentence: Sentence, vocabulary: Vocabulary, said: PatientSaid) -> None:
    """Adds what a sentence says of the patient."""
    tokens = sentence.tokens
    found = phrases_in(sentence, "patient", vocabulary)
    span = Span(sentence.start, sentence.end)
    if any(each.is_a("family") for each in found):
        _family(tokens, found, said, span)
        found = [each for each in found if not each.is_a("osteoporosis", "prior-site", "fracture")]
    if any(each.is_a("risk-text") for each in found):
        found = [each for each in found if not each.is_a("prior-site")]
    left_open = any(token.kind == "hole" for token in tokens)
    _osteoporosis(tokens, found, sentence, said, span)
    _complaints(tokens, found, sentence, said, span)
    said.screening |= any(each.is_a("screening") for each in found) and sentence.section != "recommendation"
    for each in found:
        value = each.value("steroids")
        if value:
            inhaled = any(other.is_a("inhaled") and other.last < each.first for other in found)
            no = _before(tokens, found, each, "denies") or _before(tokens, found, each, "negation")
            past = any(token.text in ("past", "former", "previous", "previously") for token in tokens)
            said.steroids.append(("no" if no else "past" if past and not inhaled else value, span))
        site = each.value("prior-site")
        if (
            site
            and not left_open
            and not any(_before(tokens, found, each, kind) for kind in ("negation", "denies"))
        ):
            said.prior.append(PriorFracture(site=site, level="", span=span))
    if sentence.section == "indication":
        _known_fracture(sentence, found, said, span)


def _before(tokens: Sequence[Token], found: Sequence[Found], each: Found, kind: str) -> bool:
    """Whether a phrase of a kind stands before another one and reaches it."""
    for other in found:
        if other.is_a(kind) and other.last < each.first:
            between = [token.text for token in tokens[other.last + 1 : each.first]]
            if len(between) <= REACH and not {".", ";", "but", "with"} & set(between):
                return True
    return False


def _osteoporosis(
    tokens: Sequence[Token], found: Sequence[Found], sentence: Sentence, said: PatientSaid, span: Span
) -> None:
    named = False
    for each in found:
        value = each.value("osteoporosis")
        if value is None or each.is_a("not-about"):
            continue
        asked = _before(tokens, found, each, "not-about")
        after = tokens[each.last + 1].text if each.last + 1 < len(tokens) else ""
        if asked or after == "?" or (each.first > 0 and tokens[each.first - 1].text == "?"):
            continue
        if value != "no" and any(_before(tokens, found, each, kind) for kind in ("negation", "denies")):
            if value == "yes":
                said.osteoporosis.append(("no", sentence.section, span))
            continue
        said.osteoporosis.append((value, sentence.section, span))
        named |= value == "yes"
        origin = _told_origin(tokens, found, each)
        if value == "yes" and origin:
            said.origins.append((origin, span))
    caused = any(token.text == "osteoporotic" for token in tokens)
    postmenopausal = [each for each in found if each.value("origin") == "postmenopausal"]
    if sentence.section == "indication":
        said.beside |= {
            (word, sentence.paragraph)
            for word, here in ((NAMED, named), (MENOPAUSE, bool(postmenopausal)))
            if here
        }
        if {(NAMED, sentence.paragraph), (MENOPAUSE, sentence.paragraph)} <= said.beside:
            said.origins.append(("postmenopausal", span))
    if named or caused:
        said.origins += [(value, span) for each in found if (value := each.value("origin"))]


def _told_origin(tokens: Sequence[Token], found: Sequence[Found], named: Found) -> str:
    """What osteoporosis is put down to: "secondary to X", "due to X", or a disease in brackets behind it."""
    at = named.last + 1
    joint = next((found_ for found_ in found if found_.first == at and found_.is_a("put-down-to")), None)
    bracket = at < len(tokens) and tokens[at].text == "("
    if joint is None and not bracket:
        return ""
    start = joint.last + 1 if joint else at + 1
    behind = [each for each in found if start <= each.first < start + REACH]
    if any(each.is_a("steroids") or each.value("origin") == "glucocorticoid" for each in behind):
        return "glucocorticoid"
    told = next((value for each in behind if (value := each.value("origin"))), None)
    disease = any(each.is_a("origin-disease") for each in behind)
    return told or ("other_secondary" if disease or (joint and joint.value("put-down-to") == "any") else "")


def _complaints(
    tokens: Sequence[Token], found: Sequence[Found], sentence: Sentence, said: PatientSaid, span: Span
) -> None:
    levels = bool(levels_in(sentence)) and sentence.section != "indication"
    for each in found:
        value = each.value("symptom")
        if value is None or sentence.section == "recommendation":
            continue
        if (
            value in ("height_loss", "kyphosis")
            and sentence.section in ("impression", "body")
            and (levels or any(other.is_a("fracture") for other in found) or sentence.section == "impression")
        ):
            continue
        if value == "kyphosis" and sentence.section == "body" and _measured(tokens):
            continue
        if _of_a_vertebra(tokens, each):
            continue
        conditional = any(token.text == "if" for token in tokens[: each.first])
        if _before(tokens, found, each, "denies"):
            said.denied.setdefault(value, span)
        elif not conditional:
            said.symptoms.setdefault(value, span)


def _measured(tokens: Sequence[Token]) -> bool:
    """Whether a kyphosis is one of the image, told with its degree, and not one of a person."""
    words = {token.text for token in tokens}
    return bool(words & DEGREES) and not words & PERSONS


def _of_a_vertebra(tokens: Sequence[Token], each: Found) -> bool:
    """Whether "in height" says how tall a vertebra is: "normal in height"."""
    if tokens[each.first].text not in ("in", "of") or tokens[each.last].text != "height":
        return False
    before = {token.text for token in tokens[max(each.first - 3, 0) : each.first]}
    return bool(before & {"normal", "maintained", "preserved", "symmetric", "uniform"})


def _family(tokens: Sequence[Token], found: Sequence[Found], said: PatientSaid, span: Span) -> None:
    for each in found:
        if each.is_a("fracture", "prior-site"):
            no = _before(tokens, found, each, "negation")
            said.family.append(("no" if no else "yes", span))


def _known_fracture(sentence: Sentence, found: Sequence[Found], said: PatientSaid, span: Span) -> None:
    """Vertebral fractures known before: level and fracture in the indication, neither asked nor denied."""
    tokens = sentence.tokens
    for group in levels_in(sentence):
        fractures = [each for each in found if each.is_a("fracture")]
        asked = [
            each
            for each in fractures
            if _before(tokens, found, each, "not-about") or _before(tokens, found, each, "negation")
        ]
        if fractures and not asked:
            said.prior += [PriorFracture(site="vertebra", level=level, span=span) for level in group.levels]


def settle_osteoporosis(said: PatientSaid, fracture_says: Span | None) -> tuple[Said, Said]:
    """Whether osteoporosis is stated, and its cause. An osteoporotic fracture states it too."""
    by_value: dict[str, list[Span]] = {}
    for value, _, span in said.osteoporosis:
        by_value.setdefault(value, []).append(span)
    if "yes" in by_value or fracture_says:
        spans = tuple(by_value.get("yes", ())) or ((fracture_says,) if fracture_says else ())
        for origin in ORIGINS:
            told = [span for value, span in said.origins if value == origin]
            if told:
                return Said(value="yes", spans=spans), Said(value=origin, spans=tuple(told))
        return Said(value="yes", spans=spans), Said(value="unspecified", spans=spans)
    for value in ("osteopenia", "no"):
        if value in by_value:
            return Said(value=value, spans=tuple(by_value[value])), Said(value="")
    return Said(value="not_stated"), Said(value="")
