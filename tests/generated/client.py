"""Calls the system with the client that openapi-generator made of the API document.

    client.py BASE DEMO_JSON    (the generated package must be on PYTHONPATH)
"""

import json
import sys

import party_building
from party_building.api import EconomicUnitsApi, FiguresApi, OrganisationsApi, TokensApi

base, demo = sys.argv[1], json.load(open(sys.argv[2]))


def client_of(role):
    account = next(one for one in demo["clients"] if one["role"] == role)
    api = party_building.ApiClient(party_building.Configuration(host=base))
    answer = TokensApi(api).create_token(
        grant_type="client_credentials", client_id=account["client_id"], client_secret=account["client_secret"]
    )
    return party_building.ApiClient(party_building.Configuration(host=base, access_token=answer.access_token))


viewer = client_of("viewer")
units, seen, cursor = EconomicUnitsApi(viewer), set(), None
while True:
    page = units.list_economic_units(limit=200, cursor=cursor)
    seen.update(str(unit.id) for unit in page.items)
    cursor = page.next
    if cursor is None:
        break
assert len(seen) > 500, len(seen)

figures = FiguresApi(viewer).find_figures(period="2022-H1", area="33@origin")
values = {one.indicator: one.value for one in figures.total}
assert (values["PM10"], values["TU04"]) == (53, 2794), values

try:
    units.find_economic_unit("0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f")
    raise SystemExit("an unknown unit is found")
except party_building.exceptions.NotFoundException as refused:
    assert json.loads(refused.body)["code"] == "not_found", refused.body
organisations = OrganisationsApi(viewer).list_organisations(branch="union", limit=5)
assert {one.branch for one in organisations.items} == {"union"}, organisations
print(f"the generated client: {len(seen)} units, figures, a refusal, organisations of one branch")
