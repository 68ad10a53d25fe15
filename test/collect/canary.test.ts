import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { collect } from "../../src/collect/collect.ts";
import { parseConfiguration } from "../../src/config/config.ts";
import { startEstate } from "../../src/estate/server.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { loadPolicies, readPolicyFolder } from "../../src/policy/load.ts";
import { renderJson } from "../../src/report/json.ts";
import { renderSarif } from "../../src/report/sarif.ts";
import { renderTerminal } from "../../src/report/terminal.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { writeSnapshot } from "../../src/snapshot/write.ts";

const out = mkdtempSync(join(tmpdir(), "leastwise-canary-"));
const repository = mkdtempSync(join(tmpdir(), "leastwise-canary-source-"));
afterAll(() => {
  for (const folder of [out, repository]) rmSync(folder, { recursive: true, force: true });
});

/** A password in a URL, and one in a connection string: forms that tell wherever they stand. */
const planted: string[] = [];
function canary(): { url: string; connection: string } {
  const one = `Zq7${randomBytes(9).toString("hex")}`;
  const two = `Xw4${randomBytes(9).toString("hex")}`;
  planted.push(one, two);
  return {
    url: `mssql+pyodbc://etl:${one}@syn-brackwater-dev.sql.azuresynapse.net/db`,
    connection: `Server=tcp:syn.sql.azuresynapse.net;User ID=etl;Password=${two};Encrypt=yes`,
  };
}

/** Replaces every text of some keys anywhere inside a value. */
function plant(value: unknown, keys: ReadonlySet<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === "string" && keys.has(key))
      Reflect.set(value, key, `${each} ${planted.length % 4 === 0 ? canary().url : canary().connection}`);
    else plant(each, keys);
  }
}

/** Files that hold canaries, in their text, as a key, in what is broken off, and in their name. */
function plantFiles(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  put("a.py", `engine = create_engine("${canary().url}")\nother = '${canary().connection}'\n`);
  put("b.json", JSON.stringify({ [canary().connection]: { url: canary().url } }));
  put("c.json", `{"a": "${canary().url}", "b": "${canary().connection}`);
  put("d.yaml", `a: "${canary().url}"\n  b: [${canary().connection}\n--- {`);
  put("e.toml", `"${canary().connection}" = "${canary().url}"\n= =\n`);
  put("f.bin", `\0${canary().url}\0`);
  put(`${canary().connection}.sql`, canary().url);
}

function encodings(value: string): string[] {
  return [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString("base64").slice(0, -4),
    Buffer.from(value).toString("hex"),
  ];
}

test("no credential that stands in any free text, block, variable, deployment, work pool or file reaches an output", async () => {
  const estate = await startEstate({
    edit: (data) => plant(data, new Set(["displayName", "description", "connection_info", "value", "command", "hint"])),
  });
  try {
    plantFiles(join(repository, "source"));
    const configuration = parseConfiguration(estate.configuration, "leastwise.yaml", repository);
    const content = await collect(configuration, {
      collectedAt: new Date(estate.asOf),
      environment: { LEASTWISE_FINGERPRINT_KEY: "a key of the organisation" },
      progress: { begun() {}, ended() {}, waiting() {} },
      waivers: null,
    });
    writeSnapshot(join(out, "snapshot"), content);
  } finally {
    await estate.close();
  }
  const snapshot = openSnapshot(join(out, "snapshot"));
  const configuration = parseConfiguration(snapshot.input("leastwise.yaml"), "leastwise.yaml", out);
  const policies = loadPolicies(readPolicyFolder(new URL("../../policies", import.meta.url).pathname, "policies"));
  const report = evaluate({ snapshot, configuration, policies });
  expect(planted.length).toBeGreaterThan(100);
  expect(report.findings.filter((each) => each.policy.startsWith("secrets/")).length).toBeGreaterThan(10);
  const files = report.findings.filter((each) => each.policy === "secrets/hardcoded-in-file");
  expect(new Set(files.map((each) => each.resource.id)).size).toBe(7);
  const outputs = [
    renderJson(report),
    renderSarif(report, { environments: ["dev", "prod", "test"] }).text ?? "",
    renderTerminal(report, { width: 120, color: false, verbose: true, failOn: "high", out: null, report: null }),
    ...readdirSync(out, { recursive: true, encoding: "utf8" })
      .map((name) => join(out, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => readFileSync(file, "utf8")),
  ].join("\n");
  const leaked = planted.filter((value) => encodings(value).some((each) => outputs.includes(each)));
  expect(leaked).toEqual([]);
});
