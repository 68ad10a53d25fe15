import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Configuration, parseConfiguration } from "../../src/config/config.ts";
import { InputError } from "../../src/resources/problem.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { leaks } from "../prefect/leaks.ts";
import { type Replay, recording, startReplay } from "../prefect/replay.ts";
import { collectFrom, evaluated, rowsOf } from "./estate.ts";

function configurationFor(api: string, auth?: string): Configuration {
  const lines = [
    "prefect:",
    "  - name: local",
    `    api: ${api}`,
    ...(auth === undefined ? [] : [`    auth: ${auth}`]),
  ];
  return parseConfiguration(`${lines.join("\n")}\n`, "leastwise.yaml", tmpdir());
}

/** Each recorded value, which says that it is an example, becomes one that could be anybody's password. */
const planted = Object.fromEntries(
  Object.keys(recording.plants).map((name) => [name, `Plant3d-${randomBytes(9).toString("hex")}`]),
);
recording.answers = JSON.parse(
  Object.entries(recording.plants).reduce(
    (text, [name, value]) => text.replaceAll(value, planted[name] ?? ""),
    JSON.stringify(recording.answers),
  ),
);

describe("a Prefect server as it was recorded", () => {
  let replay: Replay;
  let content: SnapshotContent;

  beforeAll(async () => {
    replay = await startReplay();
    content = await collectFrom(configurationFor(replay.api));
  });

  afterAll(() => replay.close());

  test("every object that was saved is a row, under its name", () => {
    const ids = new Set([...content.rows.values()].flat().map((row) => row.id));
    expect(recording.saved.map(({ object }) => `prefect:local/${object}`).filter((id) => !ids.has(id))).toEqual([]);
    expect(content.reads.map((read) => [read.id, read.outcome]).sort()).toEqual([
      ["prefect.assetEvent prefect:local", "complete"],
      ["prefect.automation prefect:local", "complete"],
      ["prefect.block prefect:local", "complete"],
      ["prefect.deployment prefect:local", "complete"],
      ["prefect.flow prefect:local", "complete"],
      ["prefect.flowRun prefect:local", "complete"],
      ["prefect.variable prefect:local", "complete"],
      ["prefect.workPool prefect:local", "complete"],
      ["prefect.workQueue prefect:local", "complete"],
      ["prefect.workspace prefect:local", "complete"],
    ]);
  });

  test("an object has a secret in its row exactly where one was planted in the clear", () => {
    const rows = new Map([...content.rows.values()].flat().map((row) => [row.id, row]));
    const holding = recording.saved
      .map(({ object }) => object)
      .filter((object) => {
        const secrets = rows.get(`prefect:local/${object}`)?.secrets;
        return Array.isArray(secrets) && secrets.length > 0;
      });
    expect(holding).toEqual(recording.saved.filter(({ plants }) => plants.length > 0).map(({ object }) => object));
  });

  test("a secret that the server masks is told as set", () => {
    const block = rowsOf(content, "prefect.block").get(
      "prefect:local/block/azure-blob-storage-credentials/lake-prod-service-principal",
    );
    expect(block?.secretFields).toContainEqual({ path: "client_secret", set: true, certain: true });
    const without = rowsOf(content, "prefect.block").get(
      "prefect:local/block/azure-blob-storage-credentials/lake-prod-identity",
    );
    expect(without?.secretFields).toContainEqual({ path: "client_secret", set: false, certain: true });
  });

  test("no planted value is in any row, in the ledger or in the report", () => {
    const report = evaluated(content, configurationFor(replay.api));
    const places = new Map([
      ["rows", Buffer.from(JSON.stringify([...content.rows]))],
      ["ledger", Buffer.from(JSON.stringify(content.reads))],
      ["manifest", Buffer.from(JSON.stringify([content.manifest, ...content.inputs]))],
      ["report", Buffer.from(JSON.stringify(report))],
    ]);
    expect(leaks(planted, places)).toEqual([]);
    expect(report.findings.length).toBeGreaterThan(0);
  });

  test("with a key for fingerprints equal secrets can be told, and the values cannot", async () => {
    const keyed = await collectFrom(
      configurationFor(replay.api),
      {},
      { environment: { LEASTWISE_FINGERPRINT_KEY: "a".repeat(32) } },
    );
    expect(keyed.manifest.fingerprints).toBe("keyed");
    const prints = [...keyed.rows.values()]
      .flat()
      .flatMap((row) => ((row.secrets ?? []) as { fingerprint: string | null }[]).map((each) => each.fingerprint));
    expect(prints.length).toBeGreaterThan(0);
    expect(prints).not.toContain(null);
    expect(leaks(planted, new Map([["rows", Buffer.from(JSON.stringify([...keyed.rows]))]]))).toEqual([]);
  });
});

describe("a Prefect server with authentication", () => {
  const password = "audit:c0rrect-h0rse";
  let replay: Replay;

  beforeAll(async () => {
    replay = await startReplay({ auth: password });
  });

  afterAll(() => replay.close());

  test("the right credential from the environment opens it", async () => {
    const content = await collectFrom(
      configurationFor(replay.api, "PREFECT_AUTH"),
      {},
      { environment: { PREFECT_AUTH: password } },
    );
    expect(content.reads.every((each) => each.outcome === "complete")).toBe(true);
    expect(JSON.stringify([...content.rows, content.reads, content.manifest])).not.toContain("c0rrect");
  });

  test.each([
    ["a wrong one", "PREFECT_AUTH"],
    ["none", undefined],
  ])("%s is refused in every read, and told", async (_, auth) => {
    const configuration = configurationFor(replay.api, auth);
    const content = await collectFrom(configuration, {}, { environment: { PREFECT_AUTH: "audit:wr0ng-h0rse" } });
    expect(content.reads).toHaveLength(10);
    for (const read of content.reads) {
      expect(read).toMatchObject({
        outcome: "refused",
        status: 401,
        permission: "a user or API key that the server lets read",
      });
    }
    const report = evaluated(content, configuration);
    expect(report.complete).toBe(false);
    expect(JSON.stringify([content.reads, report])).not.toContain("wr0ng");
  });

  test.each([{}, { PREFECT_AUTH: "" }])(
    "a variable that is not set is an error in the input, by name",
    async (environment) => {
      const failure = await collectFrom(configurationFor(replay.api, "PREFECT_AUTH"), {}, { environment }).catch(
        (error) => error,
      );
      expect(failure).toBeInstanceOf(InputError);
      expect(failure.problems).toMatchObject([
        {
          code: "config/auth",
          file: "leastwise.yaml",
          message: expect.stringContaining("PREFECT_AUTH"),
          hint: "set PREFECT_AUTH",
        },
      ]);
    },
  );
});

test("a Prefect server that is not there leaves all its kinds unread, soon", async () => {
  const replay = await startReplay();
  await replay.close();
  const content = await collectFrom(configurationFor(replay.api));
  expect(content.reads.map((each) => each.cause)).toEqual(Array(10).fill("the connection was refused, 2 times"));
});
