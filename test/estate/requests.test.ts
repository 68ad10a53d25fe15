import { afterAll, beforeAll, expect, test } from "vitest";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { ask, assignmentsOf, post, subscriptions } from "./ask.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate.close());

const arm = "/subscriptions?api-version=2022-12-01";
const graph = "/graph/v1.0/users";
const synapse = "/synapse/syn-brackwater-dev/roleDefinitions?api-version=2020-12-01";
const vault = "/vault/kv-brackwater-dev/secrets?api-version=7.4";

test.each([
  ["Resource Manager", arm, "AuthenticationFailed"],
  ["Graph", graph, "InvalidAuthenticationToken"],
  ["Synapse", synapse, "AuthenticationFailed"],
  ["Key Vault", vault, "Unauthorized"],
])("%s wants the loopback token", async (_, path, code) => {
  for (const authorization of ["", "Bearer something-else"]) {
    const refused = await ask(estate, path, { headers: { authorization } });
    expect(refused.status).toBe(401);
    expect(refused.json().error.code).toBe(code);
  }
  expect((await ask(estate, path)).status).toBe(200);
});

test.each([
  ["/subscriptions", 400, "MissingApiVersionParameter"],
  ["/subscriptions?api-version=1999-01-01", 400, "InvalidApiVersionParameter"],
  [`${assignmentsOf(subscriptions.dev).replace("2022-04-01", "2021-04-01")}`, 400, "InvalidApiVersionParameter"],
  ["/synapse/syn-brackwater-dev/roleAssignments", 400, "MissingApiVersionParameter"],
  ["/vault/kv-brackwater-dev/secrets", 400, "BadParameter"],
  [assignmentsOf("/subscriptions/00000000-0000-0000-0000-000000000000"), 404, "SubscriptionNotFound"],
  [assignmentsOf(`${subscriptions.dev}/resourceGroups/rg-nothing`), 404, "ResourceGroupNotFound"],
  [assignmentsOf("/providers/Microsoft.Management/managementGroups/mg-nothing"), 404, "NotFound"],
  [`${subscriptions.dev}/providers/Microsoft.Nothing/things?api-version=2022-01-01`, 404, "InvalidResourceType"],
  ["/graph/v1.0/groups/00000000-0000-0000-0000-000000000000", 404, "Request_ResourceNotFound"],
  ["/graph/v1.0/users?$filter=startswith(displayName,'A')", 400, "Request_UnsupportedQuery"],
  ["/graph/v1.0/users?$select=shoeSize", 400, "Request_BadRequest"],
  ["/synapse/syn-nothing/roleAssignments?api-version=2020-12-01", 404, "WorkspaceNotFound"],
  ["/vault/kv-nothing/secrets?api-version=7.4", 404, "VaultNotFound"],
])("GET %s answers %i %s", async (path, status, code) => {
  const answer = await ask(estate, path);
  expect({ status: answer.status, code: answer.json().error.code }).toEqual({ status, code });
});

test("the access control list of a file system comes in headers, and only to those who say for which version", async () => {
  const path = "/lake/stbrackwaterlakedev/raw/?action=getAccessControl";
  const asked = (headers: Record<string, string>, where = path) => ask(estate, where, { method: "HEAD", headers });
  const version = { "x-ms-version": "2023-05-03" };
  const answer = await asked(version);
  expect([answer.status, answer.text]).toEqual([200, ""]);
  expect(answer.headers.get("x-ms-owner")).toBe("$superuser");
  expect(answer.headers.get("x-ms-acl")).toMatch(/^user::rwx,user:[0-9a-f-]{36}:-wx,group::r-x,/);
  const refused = async (answered: Promise<Awaited<ReturnType<typeof ask>>>) => {
    const { status, headers } = await answered;
    return [status, headers.get("x-ms-error-code")];
  };
  expect(await refused(asked({}))).toEqual([400, "InvalidHeaderValue"]);
  expect(await refused(asked(version, path.replace("raw", "nothing")))).toEqual([404, "FilesystemNotFound"]);
  expect(await refused(asked({ ...version, authorization: "" }))).toEqual([401, "NoAuthenticationInformation"]);
  expect(await refused(ask(estate, path, { headers: version }))).toEqual([405, "UnsupportedHttpVerb"]);
});

test("a tenant without the licence says so to whoever asks for PIM", async () => {
  const path = `${subscriptions.dev}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances`;
  const unlicensed = await startEstate({
    edit: (data) => {
      data.pimLicensed = false;
    },
  });
  const answer = await ask(unlicensed, `${path}?api-version=2020-10-01`);
  await unlicensed.close();
  expect({ status: answer.status, code: answer.json().error.code }).toEqual({
    status: 400,
    code: "AadPremiumLicenseRequired",
  });
});

test("the value of a secret is refused", async () => {
  const answer = await ask(estate, "/vault/kv-brackwater-dev/secrets/warehouse-reader?api-version=7.4");
  expect({ status: answer.status, code: answer.json().error.code }).toEqual({ status: 403, code: "Forbidden" });
});

test.each([
  ["PUT", assignmentsOf(subscriptions.dev)],
  ["DELETE", assignmentsOf(subscriptions.dev)],
  ["POST", arm],
  ["PATCH", graph],
  ["POST", synapse],
  ["DELETE", vault],
  ["PUT", "/prefect/dev/api/variables/name/lake_account"],
  ["GET", "/prefect/dev/api/block_documents/filter"],
])("%s %s is not allowed: the estate is only read", async (method, path) => {
  expect((await ask(estate, path, { method })).status).toBe(405);
});

test("Prefect answers unknown paths and servers with 404", async () => {
  expect((await post(estate, "/prefect/dev/api/shoes/filter")).status).toBe(404);
  expect((await post(estate, "/prefect/nowhere/api/variables/filter")).status).toBe(404);
});

test("Prefect tells its health and version, and asks for no token unless it is told to", async () => {
  const anonymous = { headers: { authorization: "" } };
  expect((await ask(estate, "/prefect/dev/api/health", anonymous)).text).toBe("true");
  expect((await ask(estate, "/prefect/dev/api/admin/version", anonymous)).text).toBe('"3.8.8"');
});

test.each([
  ["reader:synthetic", `Basic ${Buffer.from("reader:synthetic").toString("base64")}`],
  ["synthetic-key", "Bearer synthetic-key"],
])("Prefect with authentication %s wants it", async (prefectAuth, authorization) => {
  const guarded = await startEstate({ prefectAuth });
  const path = "/prefect/dev/api/variables/filter";
  const wrong = await post(guarded, path);
  const right = await ask(guarded, path, { method: "POST", body: "{}", headers: { authorization } });
  const health = await ask(guarded, "/prefect/dev/api/health", { headers: { authorization: "" } });
  await guarded.close();
  expect(wrong.status).toBe(401);
  expect(wrong.text).toContain("Unauthorized");
  expect(right.status).toBe(200);
  expect(health.status).toBe(200);
});

test("a list carries a request id, the same in every run", async () => {
  const first = (await ask(estate, arm)).headers.get("x-ms-request-id");
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  const again = await startEstate();
  expect((await ask(again, arm)).headers.get("x-ms-request-id")).toBe(first);
  await again.close();
});

test("what was asked is recorded, without any token", async () => {
  const own = await startEstate();
  await ask(own, arm);
  await ask(own, graph, { headers: { authorization: "" } });
  await own.close();
  expect(own.requests).toEqual([
    { method: "GET", path: arm, status: 200, authorization: true },
    { method: "GET", path: graph, status: 401, authorization: expect.any(Boolean) },
  ]);
  expect(JSON.stringify(own.requests)).not.toContain("loopback");
});

test("the configuration holds the real port and no other", async () => {
  expect(estate.configuration).toContain(`resourceManager: ${estate.url}\n`);
  expect(estate.configuration).not.toContain("127.0.0.1:0/");
});

test("a test can change the data before it is served", async () => {
  const edited = await startEstate({
    edit: ({ arm }) => {
      arm.subscriptions.length = 1;
    },
  });
  const answer = await ask(edited, arm);
  await edited.close();
  expect(answer.json().value).toHaveLength(1);
});
