"""What is no mistake of form in a practice file and still holds claims, or bills what nobody meant.

Neighbour: `practice` refuses what is wrong in form; `vfa-claims practice check` prints both.
"""

from collections.abc import Iterator

from service.core.component_checks import CLINICS, HOSPITALS, is_hospital
from service.core.practice import OrganizationEntry, Practice, SiteEntry
from service.core.situations import SiteDetail

HOSPITAL_CLINICS = frozenset({SiteDetail.PROVIDER_BASED, SiteDetail.PROVIDER_BASED_TO_CAH})


def doubts(practice: Practice) -> Iterator[str]:
    """A sentence for every entry that somebody should look at."""
    for site in practice.sites:
        owners = [one for one in practice.organizations if one.id == site.scanner_owner]
        for says in (*_of_hospital(site, owners), *_of_clinic(site, owners)):
            yield f"site {site.id}: {says}"
    for one in practice.organizations:
        if one.wholly_owned_by and not any(
            each.id == one.wholly_owned_by and each.payment_window is not None
            for each in practice.organizations
        ):
            yield (
                f"organization {one.wholly_owned_by}: owns {one.id}, and its payment_window is not "
                "stated (3; 1 outside the inpatient payment system; 0 without any); "
                "a scan before an admission will be held"
            )
    numbers = {one.npi: one for one in practice.organizations}
    for reader in practice.readers:
        known = numbers.get(reader.npi)
        if known and known.id != reader.bills_for:
            yield (
                f"reader {reader.npi}: has the NPI of organization {known.id}; a reader is a person, and "
                "only a sole proprietor bills for the organization of the same NPI; its readings are held"
            )


def _of_hospital(site: SiteEntry, owners: list[OrganizationEntry]) -> Iterator[str]:
    """The institutional claim is the hospital's: a scanner of somebody else leaves nobody to bill it."""
    number = site.npi or site.managing_npi
    if site.kind not in HOSPITALS:
        return
    if number and all(one.npi != number for one in owners):
        yield (
            f"a {site.kind} whose scanner belongs to {site.scanner_owner}, which is not "
            f"that hospital (NPI {number}); its institutional claims are held. "
            "A leased scanner is billed by the hospital: name the hospital as its owner"
        )
    if not number and not any(is_hospital(one.taxonomy) for one in owners):
        yield (
            f"a {site.kind} without npi or managing_npi, and {site.scanner_owner} has no hospital's "
            "taxonomy; its institutional claims are held where the Encounter names no hospital. "
            "Say the hospital's NPI"
        )


def _of_clinic(site: SiteEntry, owners: list[OrganizationEntry]) -> Iterator[str]:
    """An independent clinic bills its own scanner, a hospital's clinic the hospital's."""
    if site.kind not in CLINICS:
        return
    hospitals = [one for one in owners if is_hospital(one.taxonomy)]
    if site.detail in HOSPITAL_CLINICS and not hospitals:
        yield (
            f"a {site.kind} that is {site.detail}, whose scanner belongs to {site.scanner_owner}, which "
            "has no hospital's taxonomy; the parent hospital bills the scan: name it as the scanner's owner"
        )
    number = site.npi or site.managing_npi
    if site.detail is SiteDetail.INDEPENDENT and number and all(one.npi != number for one in owners):
        yield (
            f"an independent {site.kind} whose scanner belongs to {site.scanner_owner}, which is not "
            f"that clinic (NPI {number}); what that supplier both scans and reads is held"
        )
    if site.detail not in HOSPITAL_CLINICS and any(one.npi == site.managing_npi for one in hospitals):
        yield (
            f"a {site.kind} that is {site.detail}, managed by the hospital {site.scanner_owner}, which owns "
            "its scanner: a clinic of a hospital has the detail provider-based or provider-based-to-cah"
        )
