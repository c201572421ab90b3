"""What a sentence of the reading says of vertebrae: mentions, denials, normal levels, levels not readable.

Neighbours: `clauses` before, `scope` for negation and hedges, `resolve` after.
"""

from dataclasses import dataclass, field

from service.prose import sentence_kinds, wording
from service.prose.attributes import carry_cause, in_pairs, plural_head, take_attributes
from service.prose.clauses import IMAGED, Clause, clauses_of
from service.prose.document import Sentence
from service.prose.items import Item, items_of
from service.prose.reading import LEVELS, Span
from service.prose.scope import covered, denied, hedged_on, negators, said, set_apart
from service.prose.statements import Denial, Mention, Normal, Statements
from service.prose.vocabulary import Vocabulary
from service.prose.wording import denial_scope, has_rival, kind_of, of_form, region_of

VERBAL = ("is", "are", "was", "were", "not", "does", "do", "did", "none", "which", "or", "nor", "rather")
"""A negation that begins so speaks of the levels before it."""
CONFIRMS = frozenset({"confirm", "confirms", "confirmed", "confirming"})
FORMS = frozenset({"wedge", "biconcave", "crush"})
MOST_DENIED_ONE_BY_ONE = 6
"""A denial over more levels is one of that stretch of the spine, not of each vertebra."""
GENERIC = ("boilerplate", "risk-text")


@dataclass(slots=True, kw_only=True)
class Context:
    """What carries over from one sentence to the next."""

    vocabulary: Vocabulary
    out: Statements = field(default_factory=Statements)
    items: dict[int, list[Item]] = field(default_factory=dict)
    """Items of the sentences read, by where they start."""
    last: tuple[str, ...] = ()
    """Levels of the last mention, for "it" and "this"."""
    before: Mention | None = None


def read_sentence(sentence: Sentence, context: Context) -> None:
    """Adds what a sentence of the reading says to the statements of the context."""
    if any(token.kind == "hole" for token in sentence.tokens) or sentence_kinds.software_row(sentence):
        return
    if sentence_kinds.asks(sentence):
        return
    items = items_of(sentence, context.vocabulary)
    context.items[sentence.start] = items
    clauses = clauses_of(sentence.tokens, items)
    previous: Clause | None = None
    subject: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    negated = False
    before: Mention | None = None
    count = len(context.out.mentions)
    for clause in clauses:
        speaker = _Speaker(sentence, clause, context, subject, previous, negated, before, every)
        negated = speaker.speak()
        if speaker.mention and speaker.mention.head != "attributes":
            before = speaker.mention
        subject = speaker.levels or subject
        every = (*every, *(speaker.own if speaker.mention and len(speaker.own) < IMAGED else ()))
        previous = clause
    made = context.out.mentions[count:]
    carry_cause(made, items)
    if sentence_kinds.excepted(sentence, items) and all(each.certainty == "denied" for each in made):
        whole = Span(sentence.start, sentence.end)
        context.out.unclear.append((whole, "a level is excepted from a denial, and not called"))
    if made:
        context.last = tuple(dict.fromkeys(level for each in made for level in each.levels)) or context.last
        context.before = made[-1]
    elif subject:
        context.last = subject


class _Speaker:
    """One clause being read, with what it may borrow from the clauses before it."""

    def __init__(
        self,
        sentence: Sentence,
        clause: Clause,
        context: Context,
        subject: tuple[str, ...],
        previous: Clause | None,
        negated: bool,
        before: Mention | None,
        every: tuple[str, ...],
    ) -> None:
        self.every = every
        self.sentence, self.clause, self.context = sentence, clause, context
        self.tokens, self.out = sentence.tokens, context.out
        self.previous, self.before = previous, before
        self.inherited = negated and self._starts_with("or", "nor") and clause.joined != "but"
        self.own = clause.level.levels if clause.level else ()
        self.levels = self.own or self._borrowed(subject)
        self.span = self._span()
        self.mention: Mention | None = None

    def _starts_with(self, *words: str) -> bool:
        at = self.clause.items[0].first
        firsts = {token.text for token in self.tokens[max(at - 1, 0) : at + 1]}
        return bool(firsts & set(words))

    def _span(self) -> Span:
        first = min(item.first for item in self.clause.items)
        last = max(item.last for item in self.clause.items)
        return Span(self.tokens[first].start, self.tokens[last].end)

    def _borrowed(self, subject: tuple[str, ...]) -> tuple[str, ...]:
        """The levels a clause without levels speaks of: its subject from before, or none."""
        clause = self.clause
        opener = self.tokens[clause.items[0].first].text
        if clause.has("other-levels"):
            return ()
        if subject and any(item.means("quantity") for item in clause.items[:2]):
            return tuple(dict.fromkeys((*self.every, *subject)))
        if self._opens_with_anaphor():
            return subject or self.context.last
        if not subject:
            return ()
        if clause.has("fracture"):
            if self._in_apposition():
                return subject
            verbal = negators(clause) and said(self.tokens, negators(clause)[0]).split()[0] in VERBAL
            opens = opener in VERBAL and opener not in ("none",)
            return subject if clause.joined in ("and", "but", ",", ";") and (verbal or opens) else ()
        return subject if clause.joined not in ("except", ";") else ()

    def _in_apposition(self) -> bool:
        """Whether the clause says what the deformity before it is ("wedging at T12, likely a fracture")."""
        before, clause = self.previous, self.clause
        return (
            before is not None
            and before.level is not None
            and before.has("deformity")
            and not before.has("fracture")
            and not negators(clause)
            and clause.joined in (",", "-", "–", ":", "")
        )

    def _opens_with_anaphor(self) -> bool:
        """Whether the clause begins with "it", "these", ..., at most behind a negation or a hedge."""
        for item in self.clause.items:
            if item.means("anaphor"):
                return True
            if item.kind not in ("negation", "hedge", "history-mark"):
                return False
        return False

    def speak(self) -> bool:
        """Reads the clause; says whether its negation may reach on."""
        clause = self.clause
        if self._odd():
            self._unclear("a statement about a fracture that is taken back, feared, hearsay or likened")
        if clause.has(*GENERIC) and not self.own:
            self._spoke()
            return False
        fractures, deformities = clause.each("fracture"), clause.each("deformity")
        negative = bool(fractures) and denied(clause, fractures[0], self.tokens, inherited=self.inherited)
        if fractures and clause.has("other-bone") and not self.own:
            self._spoke()
        elif fractures:
            self._fracture(fractures, negative)
        elif clause.has("treated") and self.levels:
            self._add("treated", "definite", treated=True)
        elif clause.has("benign") and not covered(clause, clause.each("benign")[0]):
            self._benign()
        elif deformities:
            self._deformity(deformities)
        else:
            self._predicates()
        return negative or (bool(negators(clause)) and not fractures and not self.levels)

    def _odd(self) -> bool:
        """Whether words of the clause or its sentence make a call another statement."""
        clause = self.clause
        if clause.has("risk-text"):
            return False
        if clause.has("odd"):
            return bool(self.own) or clause.has("fracture")
        odd = any(item.kind == "odd" for item in self.context.items[self.sentence.start])
        return odd and clause.has("fracture")

    def _fracture(self, fractures: list[Item], negative: bool) -> None:
        clause = self.clause
        if self._is_history() and not negative:
            self.out.history.append((self.levels, self.span))
            self._spoke()
            return
        if negative:
            self._denied(fractures)
            return
        targets = hedged_on(clause, self.tokens)
        self._doubts_of_reading(fractures[0], targets)
        benign = clause.has("benign") and has_rival(clause, self.tokens)
        if clause.has("advise"):
            self._spoke()
            if self.own:
                self._add("attributes", "definite")
            return
        if set(self.own) - set(LEVELS):
            self._unclear("a fracture of a level that this image does not show")
        if sentence_kinds.dated_by_itself(self.sentence, self.context.items[self.sentence.start]):
            self._unclear("a fracture of a year, and not whether it is seen now")
        if self.own and clause.ambiguous:
            self._unclear("more than one group of levels for one fracture")
        explains = self._in_apposition() and not self.own and clause.has("hedge")
        certainty = "uncertain" if "fracture" in targets or benign or explains else "definite"
        if self.own and clause.level and clause.level.value == "or":
            certainty = "uncertain"
        self._add(
            "fracture",
            certainty,
            kind="" if self.levels else region_of(self.tokens),
            treated=clause.has("treated"),
        )

    def _doubts_of_reading(self, head: Item, targets: set[str]) -> None:
        """What beside a fracture makes its clause one for a person."""
        clause = self.clause
        if clause.has("other-bone"):
            self._unclear("a fracture of another bone, and a level")
        if clause.has("not-evaluable"):
            self._unclear("a fracture of what cannot be read")
        if any(item.means("negation", "after") and item.first > head.first for item in clause.items):
            self._unclear("a negation behind a fracture, and a level behind it")
        if "fracture" in targets and CONFIRMS & {token.text for token in self.tokens}:
            self._unclear("a doubt that is confirmed")

    def _is_history(self) -> bool:
        return any(item.means("history-mark", "history") for item in self.clause.items)

    def _denied(self, fractures: list[Item]) -> None:
        clause, head = self.clause, fractures[0]
        self._spoke()
        apart = set_apart(clause, self.tokens)
        benign = [item for item in clause.each("benign") if not covered(clause, item)]
        deformity = [item for item in clause.each("deformity") if not covered(clause, item)]
        if benign or deformity:
            kind = kind_of(benign) if benign else "unspecified"
            if self.levels:
                self._add("benign", "definite", kind=kind)
        ranged = bool(self.own) and clause.level is not None and clause.level.value == "range"
        if ranged or len(self.levels) > MOST_DENIED_ONE_BY_ONE:
            self.out.denials.append(self._denial(denial_scope(clause, head), self.levels))
        elif self._starts_with("none"):
            return
        elif self.levels and not apart:
            if denial_scope(clause, head) in ("acute", "new"):
                self.out.denials.append(self._denial(denial_scope(clause, head), self.levels))
            else:
                self._add("fracture", "denied")
        elif not self.levels and not apart:
            self.out.denials.append(self._denial(denial_scope(clause, head), ()))

    def _denial(self, scope: str, levels: tuple[str, ...]) -> Denial:
        return Denial(scope=scope, levels=levels, sentence=self.sentence, span=self.span)

    def _benign(self) -> None:
        clause = self.clause
        benign = [item for item in clause.each("benign") if not covered(clause, item)]
        deformities = [item for item in clause.each("deformity") if not covered(clause, item)]
        self._spoke()
        if not self.levels or not (deformities or wording.deforms(benign, clause, self.tokens)):
            return
        if not deformities and "benign" in hedged_on(clause, self.tokens):
            self._add("explained", "uncertain", kind=kind_of(benign))
            return
        if any(item.value == "compression" for item in deformities) and clause.has("genant"):
            self._unclear("a graded deformity with another explanation")
        self._add("benign", "definite", kind=kind_of(benign))

    def _deformity(self, deformities: list[Item]) -> None:
        head, before = deformities[0], self.before
        self._spoke()
        called = before is not None and before.head == "fracture" and before.certainty == "definite"
        if called and not self.own and before and self.levels == before.levels and not negators(self.clause):
            self._add("attributes", "definite")
            return
        if denied(self.clause, head, self.tokens, inherited=self.inherited):
            self.out.normals.append(
                Normal(
                    levels=self.levels,
                    otherwise=self.clause.has("other-levels"),
                    sentence=self.sentence,
                    span=self.span,
                    form=of_form(self.clause, self.tokens),
                )
            )
            return
        if not self.levels:
            if any(item.value in ("compression", "wedge") for item in deformities):
                self._unclear("a deformity without a level")
            return
        values = [item.value for item in deformities]
        kind = next((value for value in ("compression", "wedge", "plain") if value in values), values[0])
        self._add("deformity", "uncertain", kind=kind)

    def _predicates(self) -> None:
        clause = self.clause
        if sentence_kinds.says_not_what(self.sentence) and not self.levels and not self.out.denials:
            self._unclear("calls something normal or negative, and does not say what")
        elif wording.whole_study(clause, self.sentence):
            self._spoke()
            scope = "other_levels" if clause.has("other-levels") else "all"
            self.out.denials.append(self._denial(scope, self.own))
        elif clause.has("normal"):
            self._spoke()
            other = clause.has("other-levels")
            form = of_form(clause, self.tokens)
            self.out.normals.append(
                Normal(levels=self.levels, otherwise=other, sentence=self.sentence, span=self.span, form=form)
            )
        elif not sentence_kinds.of_density(self.sentence) and (
            unread := wording.unread(clause, self.tokens, self.levels)
        ):
            self._spoke()
            self.out.not_evaluable.append(unread)
        elif clause.has("shape", "genant", "age", "cause", "change", "percent", "grade"):
            self._elliptic()
        elif self.own and clause.has("hedge") and wording.doubted(self.before):
            self._add("fracture", "uncertain")
        elif clause.has("partly-seen") and self.levels:
            self._spoke()

    def _elliptic(self) -> None:
        """Attributes without a head: more of the mention before, or a level that borrows its head."""
        clause, before = self.clause, self.before
        if clause.has("negation"):
            return
        if clause.has("feature") and not clause.has("shape"):
            self._spoke()
            return
        if self.own and before and before.head == "benign" and not clause.has("genant", "age"):
            self._add("benign", before.certainty, kind=before.kind)
            return
        if self.own and before and before.head in ("fracture", "deformity") and before.certainty != "denied":
            self._add(before.head, before.certainty, kind=before.kind)
            if self.mention and before.plural:
                for name in ("shape", "age", "cause", "change"):
                    setattr(self.mention, name, getattr(self.mention, name) or getattr(before, name))
            return
        if clause.level and clause.level.value == "range" and len(self.own) > 6:
            return
        if self.own and any(item.value in FORMS for item in clause.each("shape")) and clause.has("genant"):
            self._add("deformity", "uncertain", kind="graded")
            return
        targets = self.levels or self._of_sentence_before()
        if targets and len(targets) < IMAGED:
            self.levels = targets
            self._add("attributes", "definite")

    def _of_sentence_before(self) -> tuple[str, ...]:
        """Levels for a sentence of attributes alone ("Age cannot be determined")."""
        words = {token.text for token in self.tokens}
        if self.previous is None and self.clause.has("age") and words & {"age", "acuity", "chronicity"}:
            return self.context.last
        changed = wording.only_change(self.clause, self.tokens, self.context.before)
        return self.context.last if changed else ()

    def _add(self, head: str, certainty: str, *, kind: str = "", treated: bool = False) -> None:
        clause = self.clause
        mention = Mention(
            levels=self.levels,
            head=head,
            certainty=certainty,
            sentence=self.sentence,
            span=self.span,
            kind=kind,
            treated=treated,
            hedged_on=hedged_on(clause, self.tokens) if certainty != "denied" else set(),
            rows=tuple(item.row for item in clause.items if item.row),
            since=wording.since_when(clause, self.tokens),
            known=clause.has("history-mark"),
            plural=plural_head(clause, self.tokens),
            further=clause.has("other-levels") and not self.levels,
            either=bool(clause.level and clause.level.value == "or"),
        )
        if take_attributes(mention, clause, self.tokens):
            self._unclear("two ages, or one that is two at once")
        self.out.mentions += in_pairs(mention, clause, self.tokens)
        self.mention = mention
        self._spoke()

    def _spoke(self) -> None:
        self.out.said_something.add(self.sentence.start)
        self.out.named.setdefault(self.sentence.start, set()).update(self.levels)

    def _unclear(self, why: str) -> None:
        self._spoke()
        self.out.unclear.append((Span(self.sentence.start, self.sentence.end), why))
