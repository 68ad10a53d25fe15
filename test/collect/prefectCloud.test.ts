import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Configuration, parseConfiguration } from "../../src/config/config.ts";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import { SnapshotWorld } from "../../src/evaluate/world.ts";
import type { Read } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { type SnapshotContent, writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, evaluated, inFolder, rowsOf } from "./estate.ts";

const account = "9af21132-9b2f-482e-9efe-906062c73008";
const workspaces = { lab: "c56a5ec1-29bb-437b-93b9-59cf67c1ca61", analytics: "c2daa3de-074c-4e8a-bb93-bafacbab0b98" };
const key = "pnu_not-a-real-key";

function configurationOf(estate: Estate, ...named: (keyof typeof workspaces)[]): Configuration {
  const api = `${estate.url}/prefect/cloud/api/accounts/${account}/workspaces`;
  const lines = [
    "prefect:",
    ...named.map((name) => `  - { name: ${name}, api: "${api}/${workspaces[name]}", auth: PREFECT_CLOUD_KEY }`),
    "environments:",
    ...named.map((name) => `  ${name}-env: { scopes: [], prefect: [${name}] }`),
  ];
  return parseConfiguration(`${lines.join("\n")}\n`, "leastwise.yaml", tmpdir());
}

interface Collected {
  estate: Estate;
  configuration: Configuration;
  content: SnapshotContent;
}

async function collected(options: EstateOptions = {}, ...named: (keyof typeof workspaces)[]): Promise<Collected> {
  const estate = await startEstate({ prefectAuth: key, ...options });
  try {
    const configuration = configurationOf(estate, ...(named.length === 0 ? (["lab"] as const) : named));
    const environment = { PREFECT_CLOUD_KEY: key };
    return { estate, configuration, content: await collectFrom(configuration, { request: 15_000 }, { environment }) };
  } finally {
    await estate.close();
  }
}

function read({ content }: Collected, id: string): Read | undefined {
  return content.reads.find((each) => each.id === id);
}

/** The environments of every row of a kind, by id; text where they are not known. */
function environments({ content, configuration }: Collected, kind: string): Record<string, unknown> {
  return inFolder((folder) => {
    writeSnapshot(join(folder, "snapshot"), content);
    const world = new SnapshotWorld(openSnapshot(join(folder, "snapshot")), configuration, Date.now());
    const rows = content.rows.get(kind) ?? [];
    return Object.fromEntries(rows.map((row) => [row.id, world.field(kind, "environments", row)]));
  });
}

const inAccount = `prefect:account/${account}`;

describe("a workspace of Prefect Cloud", () => {
  let all: Collected;
  const row = (kind: string, id: string): Row | undefined => rowsOf(all.content, kind).get(id);

  beforeAll(async () => {
    all = await collected();
  });

  afterAll(() => all.estate.close().catch(() => {}));

  test("is read to its end, with the account around it", () => {
    expect(all.content.reads.filter((each) => each.outcome !== "complete")).toEqual([]);
    const counts = Object.fromEntries([...all.content.rows].map(([kind, each]) => [kind, each.length]));
    expect(counts).toEqual({
      "prefect.assetEvent": 1,
      "prefect.automation": 1,
      "prefect.block": 2,
      "prefect.deployment": 1,
      "prefect.flow": 1,
      "prefect.flowRun": 1,
      "prefect.serviceAccount": 3,
      "prefect.variable": 1,
      "prefect.workPool": 1,
      "prefect.workQueue": 1,
      "prefect.workspace": 2,
      "prefect.workspaceAccess": 9,
    });
    expect(evaluated(all.content, all.configuration).complete).toBe(true);
  });

  test("is only read, with the key and nothing of a self-hosted server asked for", () => {
    const { requests } = all.estate;
    expect(requests.every((each) => each.authorization && each.status === 200)).toBe(true);
    expect(requests.filter(({ method, path }) => method === "POST" && !/\/(?:filter|count)$/.test(path))).toEqual([]);
    expect(requests.filter(({ path }) => path.includes("/admin/"))).toEqual([]);
    expect(requests.filter(({ path }) => path.endsWith(`/accounts/${account}`))).toHaveLength(1);
  });

  test("is a row with its account's plan; one that the configuration does not name is too, and nothing in it was read", () => {
    expect(row("prefect.workspace", "prefect:lab")).toEqual({
      id: "prefect:lab",
      api: "lab",
      name: "Lab",
      hosting: "cloud",
      address: new URL(all.estate.url).hostname,
      version: null,
      uuid: workspaces.lab,
      handle: "lab",
      description: "Trials of the data platform",
      accountId: account,
      accountName: "Brackwater Freight",
      plan: "ENTERPRISE",
      runRetentionDays: 30,
      public: false,
      defaultRoleId: null,
      created: "2025-09-03T08:12:44.120Z",
      updated: "2026-08-11T11:20:01.450Z",
    });
    expect(row("prefect.workspace", `${inAccount}/workspace/analytics`)).toMatchObject({
      api: null,
      uuid: workspaces.analytics,
      name: "Analytics",
    });
    expect(environments(all, "prefect.workspace")).toEqual({
      "prefect:lab": ["lab-env"],
      [`${inAccount}/workspace/analytics`]: [],
    });
  });

  test("service accounts have their keys with expiry, the old one of a rotation too, and no part of a key", () => {
    expect(row("prefect.serviceAccount", `${inAccount}/serviceAccount/leastwise-reader`)).toMatchObject({
      name: "leastwise-reader",
      accountId: account,
      accountRole: "Member",
      keys: [
        {
          name: "leastwise-reader API key",
          created: "2026-11-01T08:00:00.000Z",
          expires: "2026-12-01T08:00:00.000Z",
          rotating: false,
        },
        {
          name: "leastwise-reader API key",
          created: "2026-09-01T08:00:00.000Z",
          expires: "2026-11-21T08:00:00.000Z",
          rotating: true,
        },
      ],
    });
    expect(row("prefect.serviceAccount", `${inAccount}/serviceAccount/ci-deployer`)).toMatchObject({
      keys: [{ expires: null, rotating: false }],
    });
    const everything = JSON.stringify([...all.content.rows, all.content.reads]);
    expect(everything).not.toContain("pnb_");
    expect(everything).not.toContain(key);
  });

  test("who has which role: users, service accounts, teams, and the account's own members", () => {
    const access = [...rowsOf(all.content, "prefect.workspaceAccess").values()].map((each) => [
      each.through,
      each.name,
      each.role,
      each.customRole,
      each.workspaceUuid,
    ]);
    expect(access.sort()).toEqual(
      [
        ["user", "Ingrid Halvorsen", "Owner", false, workspaces.lab],
        ["user", "Petter Lunde", "Viewer", false, workspaces.lab],
        ["serviceAccount", "lab-worker", "Worker", false, workspaces.lab],
        ["serviceAccount", "leastwise-reader", "Block Auditor", true, workspaces.lab],
        ["team", "Data platform", "Developer", false, workspaces.lab],
        ["account", "Ingrid Halvorsen", "Owner", null, null],
        ["account", "Sander Moen", "Admin", null, null],
        ["account", "Leila Aas", "Member", null, null],
        ["account", "Petter Lunde", "Member", null, null],
      ].sort(),
    );
    const auditor = [...rowsOf(all.content, "prefect.workspaceAccess").values()].find(
      (each) => each.customRole === true,
    );
    expect(auditor).toMatchObject({
      api: "lab",
      accountId: account,
      email: null,
      scopes: ["see_blocks", "see_workspace_users", "see_workspace_service_accounts"],
    });
    const petter = [...rowsOf(all.content, "prefect.workspaceAccess").values()].find(
      (each) => each.through === "account" && each.name === "Petter Lunde",
    );
    expect(petter).toMatchObject({ active: false, lastLogin: null, email: "plunde@brackwater.example", members: [] });
  });

  test("a service account belongs to the environments that it or its team has access to", () => {
    expect(environments(all, "prefect.serviceAccount")).toEqual({
      [`${inAccount}/serviceAccount/ci-deployer`]: ["lab-env"],
      [`${inAccount}/serviceAccount/lab-worker`]: ["lab-env"],
      [`${inAccount}/serviceAccount/leastwise-reader`]: ["lab-env"],
    });
    const access = environments(all, "prefect.workspaceAccess");
    expect(Object.values(access)).toEqual(Array(9).fill(["lab-env"]));
  });

  test("objects have what Cloud tells more than a server, and what it does not know is none", () => {
    expect(row("prefect.flow", "prefect:lab/flow/try-routes")).toMatchObject({ createdBy: "ihalvorsen", labels: {} });
    expect(row("prefect.workPool", "prefect:lab/workPool/managed-lab")).toMatchObject({
      createdBy: "ihalvorsen",
      concurrencyLimit: 5,
    });
    expect([...rowsOf(all.content, "prefect.automation").values()]).toMatchObject([
      { tags: ["trial"], actions: [{ type: "send-email-notification", on: "both", target: null, blockUuid: null }] },
    ]);
  });

  test("a mask proves nothing certain, because Cloud tells no version", () => {
    expect(row("prefect.block", "prefect:lab/block/secret/warehouse-reader")?.secretFields).toEqual([
      { path: "value", set: true, certain: false },
    ]);
  });
});

test("two workspaces of one account: what is the account's is read once, and each workspace by itself", async () => {
  const both = await collected({}, "analytics", "lab");
  expect(
    both.content.reads.filter((each) => each.kind === "prefect.serviceAccount" && each.fields.length === 0),
  ).toHaveLength(1);
  expect(read(both, "prefect.block prefect:lab")?.items).toBe(2);
  expect(read(both, "prefect.block prefect:analytics")).toMatchObject({ outcome: "complete", items: 0 });
  expect([...rowsOf(both.content, "prefect.workspace").keys()].sort()).toEqual(["prefect:analytics", "prefect:lab"]);
  const admin = [...rowsOf(both.content, "prefect.workspaceAccess").values()].find((each) => each.role === "Admin");
  expect(environments(both, "prefect.workspaceAccess")[admin?.id ?? ""]).toEqual(["analytics-env", "lab-env"]);
});

test.each([
  ["block_documents", "prefect.block prefect:lab", "the workspace scope see_blocks of Prefect Cloud (in Viewer)"],
  ["flow_runs", "prefect.flowRun prefect:lab", "the workspace scope see_flows of Prefect Cloud (in Viewer)"],
  ["variables", "prefect.variable prefect:lab", "the workspace scope see_variables of Prefect Cloud"],
  [
    "user_access",
    "prefect.workspaceAccess prefect:lab/users",
    "the workspace scope see_workspace_users of Prefect Cloud",
  ],
  [
    "account_memberships",
    `prefect.workspaceAccess ${inAccount}/members`,
    "the account permission read:account_membership of Prefect Cloud (in Member)",
  ],
  ["bots", `prefect.serviceAccount ${inAccount}`, "the account permission read:bot of Prefect Cloud (in Member)"],
])("a refusal of %s names the scope or permission that Prefect Cloud asks for", async (path, id, permission) => {
  const refused = await collected({ faults: [{ kind: "forbidden", path: new RegExp(`/${path}/`) }] });
  expect(read(refused, id)).toMatchObject({ outcome: "refused", status: 403, permission, items: 0 });
  const { unread } = evaluated(refused.content, refused.configuration);
  expect(unread.map((each) => each.read)).toContain(id);
});

test("roles that cannot be read leave who has access, and what it allows unread", async () => {
  const refused = await collected({ faults: [{ kind: "forbidden", path: /workspace_roles/ }] });
  expect(read(refused, `prefect.workspaceAccess.role+customRole+scopes ${inAccount}`)).toMatchObject({
    outcome: "refused",
    permission: "the account permission read:workspace_role of Prefect Cloud",
  });
  const worker = [...rowsOf(refused.content, "prefect.workspaceAccess").values()].find(
    (each) => each.name === "lab-worker",
  );
  expect(worker).toHaveProperty("roleId");
  expect(worker).not.toHaveProperty("role");
  expect(worker).not.toHaveProperty("scopes");
});

test("a plan without service accounts and teams is a fact: nothing is missing", async () => {
  const starter = await collected({
    edit: ({ prefectCloud }) => {
      prefectCloud.account.plan_tier = "STARTER";
    },
  });
  for (const id of [`prefect.serviceAccount ${inAccount}`, `prefect.workspaceAccess ${inAccount}/teams`]) {
    expect(read(starter, id)).toMatchObject({
      outcome: "notLicensed",
      status: 403,
      cause: "403: the account's plan, STARTER, does not have it",
      permission: null,
    });
  }
  expect(evaluated(starter.content, starter.configuration).complete).toBe(true);
});

test("a refusal where the plan is not known, or has what was asked for, is a refusal", async () => {
  const unknown = await collected({
    edit: ({ prefectCloud }) => {
      prefectCloud.account.plan_tier = "STARTER";
    },
    faults: [{ kind: "forbidden", path: new RegExp(`GET .*/accounts/${account}$`) }],
  });
  expect(read(unknown, `prefect.serviceAccount ${inAccount}`)?.outcome).toBe("refused");
  expect(read(unknown, `prefect.workspace.accountName+plan+runRetentionDays ${inAccount}`)).toMatchObject({
    outcome: "refused",
    permission: "the account permission read:account of Prefect Cloud (in Member)",
  });
  expect(rowsOf(unknown.content, "prefect.workspace").get("prefect:lab")).not.toHaveProperty("plan");
  const enterprise = await collected({ faults: [{ kind: "forbidden", path: /teams/ }] });
  expect(read(enterprise, `prefect.workspaceAccess ${inAccount}/teams`)?.outcome).toBe("refused");
});

test("workspaces that cannot be listed: the one that the configuration names is a row, with its name unread", async () => {
  const refused = await collected({ faults: [{ kind: "forbidden", path: /\/workspaces\/filter/ }] });
  expect([...rowsOf(refused.content, "prefect.workspace").values()]).toEqual([
    {
      id: "prefect:lab",
      api: "lab",
      hosting: "cloud",
      address: new URL(refused.estate.url).hostname,
      version: null,
      uuid: workspaces.lab,
      accountId: account,
      accountName: "Brackwater Freight",
      plan: "ENTERPRISE",
      runRetentionDays: 30,
    },
  ]);
  expect(read(refused, `prefect.workspace ${inAccount}`)?.outcome).toBe("refused");
});

test("keys that cannot be read leave that service account's keys unread, and those of the others there", async () => {
  const refused = await collected({ faults: [{ kind: "forbidden", path: /read_bot_api_keys/, times: 1 }] });
  const accounts = [...rowsOf(refused.content, "prefect.serviceAccount").values()];
  expect(accounts.filter((each) => each.keys === undefined)).toHaveLength(1);
  expect(
    refused.content.reads
      .filter((each) => each.fields.includes("keys"))
      .map((each) => each.outcome)
      .sort(),
  ).toEqual(["complete", "complete", "refused"]);
});

test("an answer of another shape makes its read partial, and the rest goes on", async () => {
  const strange = await collected({
    edit: ({ prefectCloud }) => {
      const [first] = prefectCloud.bots;
      if (first) Object.assign(first, { account_role_name: 7 });
      Object.assign(prefectCloud.account, { run_retention_days: "thirty" });
    },
  });
  expect(read(strange, `prefect.serviceAccount ${inAccount}`)).toMatchObject({
    outcome: "partial",
    cause: "a row has a malformed accountRole",
  });
  expect(rowsOf(strange.content, "prefect.serviceAccount").size).toBe(3);
  expect(rowsOf(strange.content, "prefect.workspace").get("prefect:lab")).not.toHaveProperty("runRetentionDays");
});

test("an expired key is refused in every read", async () => {
  const estate = await startEstate({ prefectAuth: key });
  const configuration = configurationOf(estate, "lab");
  const content = await collectFrom(
    configuration,
    { request: 15_000 },
    { environment: { PREFECT_CLOUD_KEY: "pnu_old" } },
  );
  await estate.close();
  expect(new Set(content.reads.map((each) => `${each.outcome} ${each.status}`))).toEqual(new Set(["refused 401"]));
  expect(evaluated(content, configuration).complete).toBe(false);
});

test("a credential that somebody wrote into a name of the account is in no row", async () => {
  const secret = "pnu_q7Rk2vXb9Lw4Zt6Hs1Nc8Jd3Fg5Mp0AyEuTo";
  const content = (
    await collected({
      edit: ({ prefectCloud }) => {
        const {
          account: own,
          bots,
          botKeys,
          teams,
          accountMemberships,
          workspaceRoles,
          workspaces,
          contents,
        } = prefectCloud;
        own.name = secret;
        for (const each of [...bots, ...teams, ...workspaceRoles, ...workspaces]) each.name += ` ${secret}`;
        for (const each of workspaces) each.description = secret;
        for (const each of [...accountMemberships, ...(contents.lab?.userAccess ?? [])])
          Object.assign(each, { last_name: secret, email: `${secret}@example.com`, account_role_name: secret });
        for (const each of contents.lab?.botAccess ?? []) each.bot_name = secret;
        for (const each of Object.values(botKeys)) each.active_key = { name: secret, created: null, expiration: null };
        for (const each of teams)
          each.workspaces = [
            { workspace_id: workspaces[0]?.id ?? "", workspace_role_id: "x", workspace_role_name: secret },
          ];
      },
    })
  ).content;
  expect(content.rows.get("prefect.serviceAccount")).toHaveLength(3);
  expect(JSON.stringify([...content.rows, content.reads])).not.toContain(secret.slice(4, 20));
});
