"""Who holds the coverage, where that is not the patient (`Coverage.subscriber`)."""

from service.core.codes import Sex
from service.core.study import Known, Subscriber
from service.intake.elements import Element, address_of, name_of
from service.intake.reading_patient import born_on
from service.intake.references import Found
from service.intake.session import Session

HOLDERS = frozenset({"Patient", "RelatedPerson"})


def find_subscriber(coverage: Found, session: Session) -> Found | None:
    """The named person a coverage has as its subscriber; None if that is nobody, or the patient after all."""
    reference = coverage.root.one("subscriber")
    found = session.library.follow(reference, coverage)
    patient = session.library.follow(coverage.root.one("beneficiary"), coverage)
    if found is None or found.kind not in HOLDERS or (patient and found.path == patient.path):
        return None
    return found if name_of(found.root) else None


def read_subscriber(found: Found, subscriber_id: str) -> Known[Subscriber]:
    """What the sender says of the subscriber. Raises ValueError for a person without a family name."""
    root = found.root
    name, address = name_of(root), address_of(root)
    if name is None:
        raise ValueError("a subscriber needs a name")
    birth, sex = root.one("birthDate"), root.one("gender")
    born = born_on(birth)
    recorded = next((each for each in Sex if each.value == sex.text()), None)
    subscriber = Subscriber(
        family=name[0],
        given=name[1],
        birth_date=born,
        sex=recorded,
        address=address[0] if address else None,
        subscriber_id=subscriber_id,
        reference=found.reference,
    )
    told: tuple[tuple[object, Element], ...] = (
        (name, name[2]),
        (born, birth),
        (recorded, sex),
        (address, address[1] if address else root),
    )
    evidence = (
        each.evidence(f"subscriber's {each.path.rpartition('.')[2]}") for known, each in told if known
    )
    return Known(value=subscriber, evidence=tuple(evidence))
