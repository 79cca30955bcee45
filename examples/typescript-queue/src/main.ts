// Registers an economic unit, founds a Party cell in it and admits a member, with a queue that survives lost answers.
//
//   node built/main.js http://127.0.0.1:8080 ../../data/demo.json queue.json [--lose-answers]
//
// With --lose-answers every first answer is thrown away after the server has sent it: what the network does to phones.

import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { components } from "./api.js";
import { Queue, type Problem } from "./queue.js";

type Schemas = components["schemas"];

const [base = "http://127.0.0.1:8080", credentials = "../../data/demo.json", file = "queue.json"] = process.argv.slice(2);
const losesAnswers = process.argv.includes("--lose-answers");
const COMMUNE = "12004@2025-07-01";

interface Credentials {
  clients: { client_id: string; client_secret: string; role: string; area: string }[];
}

async function tokenOf(role: string, area: string): Promise<string> {
  const { clients } = JSON.parse(readFileSync(credentials, "utf8")) as Credentials;
  const client = clients.find((one) => one.role === role && one.area === area);
  if (client === undefined) {
    throw new Error(`${credentials} has no ${role} of ${area}`);
  }
  const proof = Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64");
  const response = await fetch(`${base}/v1/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${proof}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  return ((await response.json()) as Schemas["TokenAnswer"]).access_token;
}

const token = await tokenOf("officer", COMMUNE);
const headers = { Authorization: `Bearer ${token}`, "Accept-Language": "en" };

async function get<Answer>(address: string): Promise<Answer> {
  const response = await fetch(base + address, { headers });
  if (!response.ok) {
    throw new Error(`${address}: ${((await response.json()) as Problem).detail}`);
  }
  return (await response.json()) as Answer;
}

const lost = new Set<string>();

async function post(address: string, body: unknown): Promise<Response> {
  const sent = JSON.stringify(body);
  const response = await fetch(base + address, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: sent,
  });
  if (losesAnswers && !lost.has(sent)) {
    lost.add(sent);
    throw new Error("the answer was lost on its way");
  }
  return response;
}

const committees = await get<Schemas["Page_Organisation"]>(`/v1/organisations?kind=commune_committee&area=${COMMUNE}`);
const committee = committees.items.find((one) => one.area === COMMUNE);
if (committee === undefined) {
  throw new Error(`no committee stands in ${COMMUNE}`);
}

const decision = (number: string, day: string) => ({ number, decided_on: day, issuing_body: "Đảng ủy xã Như Quỳnh" });
const queue = new Queue(file);
queue.add("unit", "/v1/economic-units", {
  id: queue.id("unit"),
  name: "Công ty TNHH Hàng Đợi (giả định)",
  legal_form: "llc_single_member",
  area: COMMUNE,
  registered_on: "2025-08-01",
  workers: 45,
  workers_as_of: "2026-06-30",
});
queue.add("cell", "/v1/organisations", {
  id: queue.id("cell"),
  kind: "grassroots_cell",
  name: "Chi bộ Công ty TNHH Hàng Đợi (giả định)",
  area: COMMUNE,
  superior_id: committee.id,
  economic_unit_ids: [queue.id("unit")],
  established_on: "2026-03-03",
  founding_members: { official: 3 },
  decision: decision("07-QĐ/ĐU", "2026-03-01"),
});
queue.add("admission", "/v1/admissions", {
  id: queue.id("admission"),
  membership_id: queue.id("membership"),
  person_id: queue.id("person"),
  organisation_id: queue.id("cell"),
  person: { full_name: "Nguyễn Thị Hàng Đợi", birth_date: "1995-02-03", sex: "female" },
  occurred_on: "2026-05-19",
  is_worker: true,
  decision: decision("12-QĐ/ĐU", "2026-05-10"),
});

for (let pause = 250; !(await queue.send(post)); pause = Math.min(2 * pause, 30_000)) {
  console.log("no answer: sent again with the same ids");
  await setTimeout(pause);
}

for (const name of ["unit", "cell", "admission"]) {
  const command = queue.find(name);
  if (command?.state !== "done") {
    const refusal = command?.answer as Problem | undefined;
    const faults = refusal?.errors?.map((fault) => `${fault.pointer}: ${fault.detail}`) ?? [];
    throw new Error(`${name}: ${refusal?.detail ?? "waits"} ${faults.join("; ")}`);
  }
  console.log(`${name}: recorded${command.wasDoneBefore ? " by an earlier request, whose answer was lost" : ""}`);
}

const unit = queue.find("unit")?.answer as Schemas["EconomicUnit"];
const admitted = queue.find("admission")?.answer as Schemas["Admitted"];
const cells = await get<Schemas["Page_Organisation"]>(`/v1/organisations?economic_unit=${unit.id}`);
const membership = await get<Schemas["Membership"]>(`/v1/memberships/${admitted.membership_id}`);
// Where the person was recorded before, the answer has another id than the app made, and both lead to the person.
const person = await get<Schemas["Person"]>(`/v1/people/${admitted.person_id}`);
console.log(`unit ${unit.name}: ${cells.items.length} cell, ${membership.standing} member ${person.masked_name}`);
