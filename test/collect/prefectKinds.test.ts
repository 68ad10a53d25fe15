import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { type Configuration, parseConfiguration } from "../../src/config/config.ts";
import type { EstateData, PrefectObject } from "../../src/estate/data.ts";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import type { Read } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { collectFrom, configurationOf, evaluated, rowsOf } from "./estate.ts";

function onProd(estate: Estate, more = ""): Configuration {
  const text = `prefect:\n  - { name: prod, api: "${estate.url}/prefect/prod/api"${more} }\nenvironments:\n  prod: { scopes: [], prefect: [prod] }\n`;
  return parseConfiguration(text, "leastwise.yaml", tmpdir());
}

async function collected(options: EstateOptions = {}, more = ""): Promise<SnapshotContent> {
  const estate = await startEstate(options);
  try {
    return await collectFrom(onProd(estate, more), { request: 15_000 });
  } finally {
    await estate.close();
  }
}

function readOf(content: SnapshotContent, kind: string): Read | undefined {
  return content.reads.find((each) => each.id === `${kind} prefect:prod`);
}

type Server = EstateData["prefect"][string];

function inProd(edit: (server: Server) => void): EstateOptions {
  return {
    edit: ({ prefect }) => {
      if (prefect.prod) edit(prefect.prod);
    },
  };
}

describe("the sample estate's servers", () => {
  let content: SnapshotContent;
  const rows = (kind: string): Row[] => [...rowsOf(content, kind).values()];
  const row = (kind: string, id: string): Row | undefined => rowsOf(content, kind).get(id);

  beforeAll(async () => {
    const estate = await startEstate();
    content = await collectFrom(configurationOf(estate), { request: 15_000 });
    await estate.close();
  });

  test("each is a row with its version", () => {
    const own = rows("prefect.workspace").filter(({ hosting }) => hosting === "selfHosted");
    expect(own.map(({ id, hosting, version, plan }) => ({ id, hosting, version, plan }))).toEqual(
      ["dev", "test", "prod", "sandbox"].map((name) => ({
        id: `prefect:${name}`,
        hosting: "selfHosted",
        version: "3.8.8",
        plan: null,
      })),
    );
  });

  test("a flow, whether or not it is deployed", () => {
    expect(row("prefect.flow", "prefect:prod/flow/load-shipments")).toEqual({
      id: "prefect:prod/flow/load-shipments",
      api: "prod",
      uuid: "bb6ec1d9-ca05-4aa2-82d5-805178e662b8",
      name: "load-shipments",
      created: "2026-01-14T11:34:15.854Z",
      updated: "2026-05-04T09:32:19.976Z",
      createdBy: null,
      tags: [],
      labels: {},
    });
  });

  test("queues of equal name stand under their pools", () => {
    expect(rows("prefect.workQueue").map((each) => each.id)).toContain("prefect:prod/workQueue/vm-prod/default");
    expect(row("prefect.workQueue", "prefect:prod/workQueue/aci-prod/urgent")).toMatchObject({
      workPoolId: "prefect:prod/workPool/aci-prod",
      priority: 1,
      concurrencyLimit: 3,
      paused: false,
      status: "READY",
    });
    expect(row("prefect.workQueue", "prefect:dev/workQueue/aci-dev/backfill")).toMatchObject({
      paused: true,
      concurrencyLimit: null,
      lastPolled: null,
    });
  });

  test("automations with their triggers, what they do, to what, and through which blocks", () => {
    const named = (name: string) => rows("prefect.automation").find((each) => each.name === name);
    expect(named("rebuild-after-load")).toMatchObject({
      api: "prod",
      enabled: true,
      triggers: [
        { type: "compound", posture: null, expect: [], after: [], threshold: null, within: 3600 },
        { type: "event", posture: "Reactive", expect: ["prefect.flow-run.Completed"] },
        { type: "event", posture: "Reactive", expect: ["prefect.asset.materialization.succeeded"] },
      ],
      actions: [
        { type: "run-deployment", on: "both", target: "2b88a0ce-aedd-4965-81e2-bc8113df4228", blockUuid: null },
      ],
      secrets: [],
      hosts: ["stbrackwaterlakeprod.dfs.core.windows.net"],
      blockUuids: [],
    });
    expect(named("pause-on-crash")?.actions).toMatchObject([
      { type: "pause-work-pool", on: "trigger", target: "1b4f0dc1-2675-427f-bd36-bd0672b780a1" },
      { type: "resume-work-pool", on: "resolve" },
    ]);
    expect(named("cancel-long-runs")).toMatchObject({
      enabled: false,
      triggers: [{ posture: "Proactive", within: 7200 }],
    });
    const told = named("tell-of-failed-runs");
    const block = row("prefect.block", "prefect:test/block/slack-webhook/flow-alerts");
    expect(told?.blockUuids).toEqual([block?.uuid]);
  });

  test("runs of the last fourteen days, newest first: what is to come and what is older are none of them", () => {
    const runs = rows("prefect.flowRun").filter((each) => each.api === "prod");
    const due = runs.map((each) => String(each.expectedStart));
    expect(due).toEqual(due.toSorted().reverse());
    expect(due.at(-1)?.slice(0, 10)).toBe("2026-11-12");
    expect(due[0]?.slice(0, 10)).toBe("2026-11-20");
    const scheduled = runs.find((each) => each.deploymentUuid === "5beaa31c-7164-4e8e-a3b5-f0783ab7ae72");
    expect(scheduled).toMatchObject({
      flowUuid: "bb6ec1d9-ca05-4aa2-82d5-805178e662b8",
      workPoolId: "prefect:prod/workPool/aci-prod",
      workQueueName: "default",
      state: "COMPLETED",
      attempts: 1,
      scheduled: true,
      createdBy: "nightly-shipments-prod",
      createdByType: "DEPLOYMENT",
      infrastructurePid: expect.stringMatching(/^[0-9a-f-]{36}:aci-prod-[0-9a-f]{8}$/),
      secrets: [],
    });
    const byHand = runs.find((each) => each.deploymentUuid === null);
    expect(byHand).toMatchObject({
      workPoolId: null,
      createdBy: null,
      createdByType: null,
      infrastructurePid: null,
      fields: [
        { path: "parameters.day", value: "2026-11-17" },
        { path: "parameters.full_reload", value: "false" },
      ],
    });
    expect(runs.map((each) => each.state)).toEqual(expect.arrayContaining(["FAILED", "CRASHED"]));
  });

  test("what runs wrote and referred to, over several pages", () => {
    const events = rows("prefect.assetEvent").filter((each) => each.api === "prod");
    expect(readOf(content, "prefect.assetEvent")).toMatchObject({ pages: 2, items: 52, expected: 52 });
    expect(new Set(events.map((each) => each.access))).toEqual(new Set(["write", "failedWrite", "reference"]));
    const built = events.find((each) => String(each.assetKey).endsWith("/warehouse/fact_shipments"));
    expect(built).toMatchObject({
      event: "prefect.asset.materialization.succeeded",
      access: "write",
      materializedBy: "dbt",
      deploymentUuid: "2b88a0ce-aedd-4965-81e2-bc8113df4228",
      upstream: [
        "abfss://curated@stbrackwaterlakeprod.dfs.core.windows.net/customs",
        "abfss://curated@stbrackwaterlakeprod.dfs.core.windows.net/shipments",
      ],
      hosts: ["syn-brackwater-prod.sql.azuresynapse.net"],
    });
    const runs = new Set(rows("prefect.flowRun").map((each) => each.uuid));
    expect(events.filter((each) => !runs.has(each.flowRunUuid))).toEqual([]);
  });

  test("the ledger tells the window that runs and events were read for, and no other read has one", () => {
    const window = { since: "2026-11-06T06:00:00.000Z", until: "2026-11-20T06:00:00.000Z", days: 14, left: 0 };
    for (const read of content.reads) {
      const bounded = read.kind === "prefect.flowRun" || read.kind === "prefect.assetEvent";
      expect(read.window, read.id).toEqual(bounded ? window : undefined);
    }
  });

  test("blocks tell the schema that they were saved with", () => {
    expect(row("prefect.block", "prefect:prod/block/azure-blob-storage-credentials/lake-prod")).toMatchObject({
      schemaVersion: expect.any(String),
      schemaChecksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      capabilities: expect.any(Array),
    });
  });
});

describe("the window", () => {
  test("is as long as the configuration says", async () => {
    const content = await collected({}, ", history: 60");
    expect(readOf(content, "prefect.flowRun")).toMatchObject({
      items: 27,
      window: { since: "2026-09-21T06:00:00.000Z", days: 60, left: 0 },
    });
    expect(readOf(content, "prefect.assetEvent")?.items).toBe(53);
  });

  test("is halved where it holds more runs than one run reads, and what is left out is counted", async () => {
    const content = await collected(inProd((server) => multiply(server, 5200)));
    expect(readOf(content, "prefect.flowRun")).toMatchObject({
      outcome: "complete",
      cause: null,
      window: { since: "2026-11-13T06:00:00.000Z", until: "2026-11-20T06:00:00.000Z", days: 14 },
    });
    const { items = 0, window } = readOf(content, "prefect.flowRun") ?? {};
    expect(items + (window?.left ?? 0)).toBe(5200);
    expect(window?.left).toBeGreaterThan(1000);
    expect(content.rows.get("prefect.flowRun")).toHaveLength(items);
  }, 30_000);

  test("of events is halved likewise", async () => {
    const content = await collected(
      inProd((server) => {
        const [first] = server.events;
        server.events = Array.from({ length: 5400 }, (_, index) => ({
          ...first,
          id: `event-${index}`,
          name: "",
          event: "prefect.asset.referenced",
          occurred: new Date(Date.UTC(2026, 10, 20, 5) - index * 200_000).toISOString(),
        })) as PrefectObject[];
      }),
    );
    const { items = 0, window, outcome } = readOf(content, "prefect.assetEvent") ?? {};
    expect({ outcome, since: window?.since }).toEqual({ outcome: "complete", since: "2026-11-13T06:00:00.000Z" });
    expect(items + (window?.left ?? 0)).toBe(5400);
  }, 30_000);
});

test("what the server leaves out of a run is unread, and no sign that it has not started or has no deployment", async () => {
  const fields = ["deployment_id", "state_type", "start_time", "end_time", "created_by", "parent_task_run_id"];
  const content = await collected(
    inProd((server) => {
      for (const each of server.flowRuns) for (const field of fields) Reflect.deleteProperty(each, field);
    }),
  );
  const [run = {}] = content.rows.get("prefect.flowRun") ?? [];
  expect(run).toHaveProperty("name");
  for (const field of ["deploymentUuid", "state", "start", "end", "createdBy", "createdByType", "parentTaskRunUuid"])
    expect(run).not.toHaveProperty(field);
});

/** Runs at equal distances over the last thirteen days. */
function multiply(server: Server, count: number): void {
  const [first] = server.flowRuns;
  server.flowRuns = Array.from({ length: count }, (_, index) => ({
    ...first,
    id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    name: `run-${index}`,
    expected_start_time: new Date(Date.UTC(2026, 10, 20, 5) - (index * 13 * 86_400_000) / count).toISOString(),
  })) as PrefectObject[];
}

/** A proxy before the estate, which leaves in its answers the address that nobody outside can reach. */
async function startProxy(to: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { method = "GET", url = "" } = request;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(to + url, { method, headers, ...(method === "POST" && { body: Buffer.concat(parts) }) });
    const text = (await answer.text()).replaceAll(to, "http://inner.example:4200");
    response.writeHead(answer.status, headers).end(text);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

describe("events", () => {
  const next = /GET .*events\/filter\/next/;

  test("are read again where one is forgotten meanwhile and shifts the pages, and each is kept once", async () => {
    let asked = 0;
    const content = await collected({
      onRequest: (request, data) => {
        const server = data.prefect.prod;
        if (!next.test(request) || ++asked > 1 || !server) return;
        // An event is forgotten from the first page, so the rest moves up.
        const newest = server.events.filter((each) => String(each.event).startsWith("prefect.asset.")).at(-1);
        server.events = server.events.filter((each) => each !== newest);
      },
    });
    expect(readOf(content, "prefect.assetEvent")).toMatchObject({ outcome: "complete", cause: null, expected: 51 });
    expect(new Set(content.rows.get("prefect.assetEvent")?.map((each) => each.id)).size).toBe(
      content.rows.get("prefect.assetEvent")?.length,
    );
  });

  test("that fall short of the count each time are partial", async () => {
    const content = await collected({ faults: [{ kind: "missingItem", path: /prod\/api\/events\/filter$/ }] });
    expect(readOf(content, "prefect.assetEvent")).toMatchObject({
      outcome: "partial",
      cause: "the list has 51 items, and the service counts 52",
    });
  });

  test("of a server behind a proxy, which links to its own inner address, are read through the proxy", async () => {
    const estate = await startEstate();
    const proxy = await startProxy(estate.url);
    const content = await collectFrom(onProd({ ...estate, url: proxy.url }), { request: 15_000 });
    await Promise.all([estate.close(), proxy.close()]);
    expect(readOf(content, "prefect.assetEvent")).toMatchObject({ outcome: "complete", pages: 2, items: 52 });
  });

  test("whose link leads to the same page again are partial", async () => {
    const content = await collected({ faults: [{ kind: "nextLinkLoop", path: next }] });
    expect(readOf(content, "prefect.assetEvent")).toMatchObject({
      outcome: "partial",
      cause: "the service linked to a page that was read before",
    });
  });

  test("without a token in the link to the next page are partial", async () => {
    const content = await collected({ faults: [{ kind: "nextLinkLoop", path: /POST .*prod\/api\/events\/filter$/ }] });
    expect(readOf(content, "prefect.assetEvent")).toMatchObject({
      outcome: "partial",
      cause: "the link to the next page has no token",
    });
  });

  test("of no list, or without a count, are no answer", async () => {
    const content = await collected({ faults: [{ kind: "noValue", path: /prod\/api\/events\/filter/ }] });
    expect(readOf(content, "prefect.assetEvent")).toMatchObject({
      outcome: "failed",
      cause: "the answer has no list under events, or no total",
    });
  });
});

describe("secrets", () => {
  const password = "Plant3d-Ferry-pw-31";

  test("in a run, an automation and an event are found, and no value is kept", async () => {
    const address = `mssql+pyodbc://loader:${password}@syn-brackwater-prod.sql.azuresynapse.net:1433/pool`;
    const content = await collected(
      inProd((server) => {
        const [automation] = server.automations;
        if (automation)
          Object.assign(automation, { actions: [{ type: "run-deployment", parameters: { url: address } }] });
        for (const each of server.flowRuns) {
          Object.assign(each, { parameters: { url: address }, job_variables: { env: { DB_PASSWORD: password } } });
          Object.assign(each, { name: `run of ${address}`, infrastructure_pid: address, tags: [address] });
        }
        for (const each of server.events) {
          Object.assign(each, {
            payload: { connection: address },
            resource: { "prefect.resource.id": address, "prefect.asset.url": address },
            related: [
              { "prefect.resource.id": address, "prefect.resource.role": "asset" },
              { "prefect.resource.id": address, "prefect.resource.role": "asset-materialized-by" },
            ],
          });
        }
        for (const each of server.workQueues) Object.assign(each, { description: address, name: `for ${address}` });
        for (const each of server.flows) Object.assign(each, { labels: { source: address } });
      }),
    );
    const [run] = content.rows.get("prefect.flowRun") ?? [];
    expect(run?.secrets).toMatchObject([
      { path: "name" },
      { path: "parameters.url", type: "password_in_url" },
      { path: "job_variables.env.DB_PASSWORD" },
    ]);
    const [event] = content.rows.get("prefect.assetEvent") ?? [];
    expect(event?.secrets).toMatchObject([
      { path: "asset" },
      { path: 'resource["prefect.asset.url"]' },
      { path: "payload.connection" },
    ]);
    expect(content.rows.get("prefect.automation")?.flatMap((each) => each.secrets)).toMatchObject([
      { path: "actions[0].parameters.url" },
    ]);
    expect(JSON.stringify([...content.rows, content.reads])).not.toContain(password);
  });

  test("of a block whose schema did not come are not judged: all its values are unread", async () => {
    const content = await collected(
      inProd((server) => {
        for (const each of server.blockDocuments) if (each.name === "lake-prod") each.block_schema = null;
        for (const each of server.blockDocuments) {
          if (each.name === "warehouse-prod") each.block_schema = { checksum: "sha256:0", version: "1", fields: null };
        }
      }),
    );
    const rows = rowsOf(content, "prefect.block");
    for (const id of ["azure-blob-storage-credentials/lake-prod", "sqlalchemy-connector/warehouse-prod"]) {
      const block = rows.get(`prefect:prod/block/${id}`);
      expect(block).toMatchObject({ name: expect.any(String), type: expect.any(String) });
      for (const field of ["fields", "secrets", "secretFields", "hosts", "blocks"])
        expect(block).not.toHaveProperty(field);
    }
  });

  test.each([
    ["3.8.8", true],
    ["3.10.0", true],
    ["4.0.0rc1", true],
    ["3.8.7", false],
    ["2.20.1", false],
  ])("a mask on a server %s is certain to stand for a value: %s", async (version, certain) => {
    const content = await collected({
      edit: (data) => {
        data.prefectVersion = version;
      },
    });
    const block = rowsOf(content, "prefect.block").get(
      "prefect:prod/block/azure-blob-storage-credentials/partner-drop-prod",
    );
    expect(block?.secretFields).toMatchObject([
      { path: "client_secret", set: true, certain },
      { path: "connection_string", set: false, certain: true },
    ]);
    expect(rowsOf(content, "prefect.workspace").get("prefect:prod")?.version).toBe(version);
  });

  test("a version that cannot be read makes no mask certain", async () => {
    const content = await collected({ faults: [{ kind: "serverError", path: /admin\/version/ }] });
    expect(readOf(content, "prefect.workspace")?.outcome).toBe("failed");
    expect(rowsOf(content, "prefect.workspace").get("prefect:prod")).not.toHaveProperty("version");
    const block = rowsOf(content, "prefect.block").get("prefect:prod/block/secret/carrier-api");
    expect(block?.secretFields).toEqual([{ path: "value", set: true, certain: false }]);
  });
});

test("a block that refers to others, directly and deep inside a value, names them by their ids", async () => {
  const content = await collected(
    inProd((server) => {
      const named = (name: string) => server.blockDocuments.find((each) => each.name === name);
      const [lake, carrier, docs] = ["lake-prod", "carrier-api", "dbt-docs-prod"].map(named);
      if (!lake || !carrier || !docs) return;
      docs.data = {
        storage: lake.data,
        env: {
          TOKEN: { $ref: { block_document_id: carrier.id } },
          GONE: { $ref: { block_document_id: docs.block_type_id } },
        },
      };
      // The nested block carries its own references, and of an anonymous one only the uuid can be trusted.
      docs.block_document_references = {
        storage: {
          block_document: { id: lake.id, name: null, block_type: { slug: "other" }, block_document_references: {} },
        },
      };
    }),
  );
  expect(rowsOf(content, "prefect.block").get("prefect:prod/block/shell-operation/dbt-docs-prod")).toMatchObject({
    blocks: ["prefect:prod/block/azure-blob-storage-credentials/lake-prod", "prefect:prod/block/secret/carrier-api"],
  });
});

test.each([
  ["flow_runs", "prefect.flowRun"],
  ["automations", "prefect.automation"],
  ["work_queues", "prefect.workQueue"],
  ["flows", "prefect.flow"],
  ["events", "prefect.assetEvent"],
])("a server that refuses %s leaves them unread, and the rest goes on", async (path, kind) => {
  const content = await collected({ faults: [{ kind: "forbidden", path: new RegExp(`/${path}/`) }] });
  expect(readOf(content, kind)).toMatchObject({
    outcome: "refused",
    status: 403,
    permission: "a user or API key that the server lets read",
  });
  const others = content.reads.filter((each) => each.kind !== kind && each.outcome !== "complete");
  // Deployments are named by their flows.
  expect(others.map((each) => each.kind)).toEqual(kind === "prefect.flow" ? ["prefect.deployment"] : []);
});

test("queues, which no server counts, are doubted where a pool's default queue is not among them", async () => {
  const content = await collected(
    inProd((server) => {
      server.workQueues = server.workQueues.filter((each) => each.work_pool_name !== "vm-prod");
    }),
  );
  expect(readOf(content, "prefect.workQueue")).toMatchObject({
    outcome: "partial",
    cause: "the default queue of a work pool is not in the list",
    items: 2,
  });
});

test("flows that cannot be read leave deployments out, and say so", async () => {
  const estate = await startEstate({ faults: [{ kind: "forbidden", path: /\/flows\// }] });
  const configuration = onProd(estate);
  const content = await collectFrom(configuration, { request: 15_000 });
  await estate.close();
  expect(readOf(content, "prefect.deployment")).toMatchObject({
    outcome: "partial",
    cause: "a deployment cannot be named, because its flow was not read",
  });
  expect(evaluated(content, configuration).complete).toBe(false);
});

test("a field of another type is taken out, and its read is partial", async () => {
  const content = await collected(
    inProd((server) => {
      const [run] = server.flowRuns;
      const [automation] = server.automations;
      if (run) Object.assign(run, { tags: [7], run_count: "twice" });
      if (automation) Object.assign(automation, { trigger: { type: "event", expect: "all" } });
      Object.assign(server.workQueues[0] ?? {}, { concurrency_limit: "many" });
    }),
    ", history: 90",
  );
  expect(readOf(content, "prefect.flowRun")).toMatchObject({
    outcome: "partial",
    cause: "a row has a malformed tags (tags[0])",
  });
  expect(readOf(content, "prefect.automation")?.outcome).toBe("partial");
  expect(readOf(content, "prefect.workQueue")).toMatchObject({ cause: "a row has a malformed concurrencyLimit" });
  expect(rowsOf(content, "prefect.flowRun").size).toBe(27);
});

test("runs whose values are no map, and events that carry none, are left out, and their reads are partial", async () => {
  const content = await collected(
    inProd((server) => {
      const [first, second] = server.flowRuns;
      Object.assign(first ?? {}, { parameters: "none" });
      Object.assign(second ?? {}, { job_variables: [] });
      delete server.events[0]?.payload;
    }),
    ", history: 90",
  );
  expect(readOf(content, "prefect.flowRun")?.outcome).toBe("partial");
  expect(rowsOf(content, "prefect.flowRun").size).toBe(25);
  expect(readOf(content, "prefect.assetEvent")?.outcome).toBe("partial");
});
