"""Where the place of service of a line comes from."""

from datetime import date

from service.core.decision import Chosen, Origin
from service.core.place_of_service import decide_place
from service.core.status import BilledSite
from tests.cases.rules import rulebook
from tests.cases.study_of import study_of

DAY = date(2026, 9, 15)
SCANNED = BilledSite(kind="imaging-center", as_scanned=True)


def test_a_place_that_the_practice_file_fixes_names_its_entry():
    chosen = decide_place(study_of({"fixed_place_of_service": "49"}), SCANNED, rulebook(), DAY)
    assert isinstance(chosen, Chosen)
    (because,) = chosen.because
    assert (because.origin, because.ref) == (
        Origin.PRACTICE,
        "practice:sites.scan-site.place_of_service",
    )


def test_a_place_that_a_row_decides_names_the_row_and_the_site():
    chosen = decide_place(study_of({}), SCANNED, rulebook(), DAY)
    assert isinstance(chosen, Chosen)
    (because,) = chosen.because
    assert (because.origin, because.ref) == (Origin.ROW, "POS-IMAGING-CENTER")
    assert [one.where for one in because.evidence] == ["input.site"]
