"""As much of a FHIR server as a sandbox run asks for, in memory, with faults that a live one lacks."""

import json
import re
from urllib.parse import parse_qsl

from tests.store.fhir_answers import BASE, FHIR_JSON, outcome, searchset

NOT_INCLUDED = ("Device", "Claim", "Task", "Provenance")


class SmallServer:
    """`lag`: searches that find nothing first. `stores`: what becomes of a resource on its way in.

    Its entries of a transaction-response have a status and no location.
    """

    def __init__(self, web, *, lag=0, stores=lambda resource: resource, ignores_tags=False, hides=()):
        self.resources, self.lag, self.stores = {}, lag, stores
        self.ignores_tags, self.hides, self.deleted, self._last = ignores_tags, hides, [], 0
        web.add_callback("POST", BASE, self._transaction)
        web.add_callback("POST", re.compile(rf"{BASE}/\w+/_search"), self._search)
        web.add_callback("GET", re.compile(rf"{BASE}/\w+/[\w.-]+$"), self._read)

    def of_kind(self, kind):
        return [each for each in self.resources.values() if each["resourceType"] == kind]

    def put(self, resource):
        self.resources[f"{resource['resourceType']}/{resource['id']}"] = resource

    def _transaction(self, request):
        entries = json.loads(request.body)["entry"]
        statuses, names = [], {}
        for entry in entries:
            status, name = self._prepare(entry)
            statuses.append(status)
            names[entry.get("fullUrl")] = name
        for entry, status in zip(entries, statuses, strict=True):
            if status in ("201", "200") and "resource" in entry:
                text = json.dumps({**entry["resource"], "id": names[entry["fullUrl"]].partition("/")[2]})
                for full_url, name in names.items():
                    text = text.replace(f'"{full_url}"', f'"{name}"')
                if status == "201" or entry["request"]["method"] == "PUT":
                    self.put(self.stores(json.loads(text)))
        done = [{"response": {"status": status}} for status in statuses]
        return self._answer({"resourceType": "Bundle", "type": "transaction-response", "entry": done})

    def _prepare(self, entry):
        request = entry["request"]
        if request["method"] == "DELETE":
            self.deleted.append(request["url"])
            return "204", self.resources.pop(request["url"])["id"]
        if request["method"] == "PUT":
            return ("200" if request["url"] in self.resources else "201"), request["url"]
        found = self._matching(request["url"], parse_qsl(request["ifNoneExist"]))
        if found:
            return "200", f"{found[0]['resourceType']}/{found[0]['id']}"
        self._last += 1
        return "201", f"{request['url']}/{self._last}"

    def _search(self, request):
        if self.lag:
            self.lag -= 1
            return self._answer(searchset())
        asked = parse_qsl(request.body)
        found = self._matching(request.url.split("/")[-2], asked)
        if found and any(name.startswith("_include") for name, _ in asked):
            found += [each for each in self.resources.values() if each not in found]
            found = [each for each in found if each["resourceType"] not in NOT_INCLUDED]
        return self._answer(searchset(*(each for each in found if each["resourceType"] not in self.hides)))

    def _matching(self, kind, asked):
        return [each for each in self.of_kind(kind) if all(self._has(each, *one) for one in asked)]

    def _has(self, resource, name, token):
        if name == "identifier":
            return token in [f"{one.get('system')}|{one['value']}" for one in resource.get("identifier", ())]
        if name == "_tag" and not self.ignores_tags:
            return token in [f"{one['system']}|{one['code']}" for one in resource["meta"].get("tag", ())]
        return True

    def _read(self, request):
        resource = self.resources.get("/".join(request.url.split("/")[-2:]))
        return self._answer(resource) if resource else self._answer(outcome("not-found"), 404)

    def _answer(self, resource, status=200):
        return status, {"Content-Type": FHIR_JSON}, json.dumps(resource)
