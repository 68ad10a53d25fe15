import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { EstateData } from "../../src/estate/data.ts";
import type { Report } from "../../src/resources/generated.ts";
import { violations } from "../../src/resources/validate.ts";
import { planted } from "../estate/planted.ts";
import { faults } from "../report/validators.ts";
import { asOf, clock, folder, leastwise, type Run, reportIn, served, write } from "./run.ts";

/** What stands behind the names and descriptions of the estate, one after the other. */
const hostile = [
  "\u001b[2J\u001b]0;owned\u0007\u001b[31mred\u009b1m",
  "\nPASSED: nothing found\r\n\u2028::error::owned\n",
  "user\u202excod.exe\u2066\u2069\u200f",
  "[click](javascript:alert(1)) ![x](https://evil.example/x.png) <script>alert(1)</script> `code` | table |",
  "x".repeat(10_240),
  "資".repeat(10_240),
  "{0} {1} {{2}} {r.name} %s %n",
  "a\ud800b\udc00c\ud800",
  '","=1+1","',
  `z${"\u0301".repeat(500)}`,
  "\u0000\u0008\u007f\ufeff\u200b",
];
/** Stands in front, so that a table takes the text for a formula. */
const formula = '=HYPERLINK("https://evil.example","x")';

/** Everything at once that a shell acts on. */
const forShell = `x"; id #'; id; '$(id)\`id\`\nid\n&& id || id | id > owned & \\"; id !! * ~ \${IFS}`;

/** Policies whose planted finding rests on a name or text that is changed here, and why. */
const byName: Readonly<Record<string, string>> = {
  "secrets/hardcoded-in-synapse-credential": "the credential stands at the end of the description that grows",
  "traceability/agent-reads-no-secrets": "an agent is known by its name",
  "traceability/block-is-declared": "a block under another name is one that no line declares",
  "traceability/grant-is-declared": "the files tell by name who holds the grant",
  "traceability/deployment-identity": "a template names a block by the name it had, so the answer is unknown",
};

const named = new Set(["displayName", "roleName", "description", "work_pool_name", "flow_name"]);

/** Changes every text that people give things in the estate. */
function renamed(data: EstateData, text: (name: string) => string): void {
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, each] of Object.entries(value)) {
      if (named.has(key) && typeof each === "string") Object.assign(value, { [key]: text(each) });
      else if (key === "tags" && Array.isArray(each)) Object.assign(value, { tags: each.map(String).map(text) });
      else walk(each);
    }
  };
  walk(data.arm);
  walk(data.graph);
  walk(data.synapse);
  walk(data.prefect);
  for (const server of Object.values(data.prefect)) {
    for (const list of [server.blockDocuments, server.deployments, server.flows, server.variables, server.workPools])
      for (const each of list) each.name = text(each.name);
  }
  for (const rule of data.arm.synapseFirewallRules) rule.name = text(rule.name);
}

/** The same text gets the same ending, so that what refers to a name still does. */
function cycling(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const made = known.get(name) ?? name + (hostile[known.size % hostile.length] ?? "");
    known.set(name, made);
    return made;
  };
}

async function scanned(edit: (data: EstateData) => void): Promise<{ run: Run; out: string; report: Report }> {
  const estate = await served({ edit });
  const at = folder();
  write(join(at, "leastwise.yaml"), estate.configuration);
  cpSync(join(estate.folder, "source"), join(at, "source"), { recursive: true });
  const run = await leastwise(["scan", "--verbose", "--format", "json,sarif,results"], { cwd: at, env: clock(asOf) });
  return { run, out: join(at, "leastwise-out"), report: reportIn(join(at, "leastwise-out")) };
}

/** Nothing that a terminal acts on; what hides stands in JSON as it is, because programs read that. */
function expectInert(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
  expect(text).not.toMatch(/[\u2028\u2029]/);
  expect(text.isWellFormed()).toBe(true);
}

/** Nothing that a terminal acts on, or that hides. */
function expectSound(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
  expect(text).not.toMatch(/[\u2028\u2029]/);
  expect(text.isWellFormed()).toBe(true);
}

describe("an estate whose names hold what terminals, parsers and spreadsheets act on", { timeout: 180_000 }, () => {
  let found: Awaited<ReturnType<typeof scanned>>;

  beforeAll(async () => {
    const ending = cycling();
    found = await scanned((data) => {
      renamed(data, ending);
      for (const each of data.graph.servicePrincipals.slice(0, 5)) each.displayName = formula;
    });
  });

  test("has the same findings as it would have under decent names", () => {
    expect(found.run.status).toBe(1);
    expect(found.report.unread).toEqual([]);
    const expected = planted.map((each) => each.policy).filter((each) => !(each in byName));
    expect(
      found.report.findings
        .map((each) => each.policy)
        .filter((each) => !(each in byName))
        .sort(),
    ).toEqual(expected.sort());
  });

  test("leaves the terminal as it is", () => {
    expectSound(found.run.stdout);
    expectSound(found.run.stderr);
    expect(found.run.stdout.split("\n").filter((line) => /^(?:PASSED|::)/.test(line))).toEqual([]);
    expect(found.run.stdout).toMatch(/\nFAILED: \d+ critical/);
  });

  test("leaves JSON, SARIF and results readable", () => {
    const json = readFileSync(join(found.out, "report.json"), "utf8");
    expectInert(json);
    expect(violations("report", JSON.parse(json))).toEqual([]);
    const sarif = readFileSync(join(found.out, "report.sarif"), "utf8");
    expectInert(sarif);
    expect(faults(sarif)).toEqual([]);
    const results = gunzipSync(readFileSync(join(found.out, "results.ndjson.gz"))).toString();
    for (const line of results.split("\n").slice(0, -1)) {
      expect(JSON.parse(line)).toMatchObject({ outcome: expect.any(String) });
    }
  });

  test("can be evaluated again with the same bytes", async () => {
    const again = join(folder(), "out");
    await leastwise(["evaluate", join(found.out, "snapshot"), "--out", again]);
    for (const name of ["report.json", "report.sarif"])
      expect(readFileSync(join(again, name))).toEqual(readFileSync(join(found.out, name)));
  });

  test.concurrent("a query shows a row in a line", async () => {
    for (const [kind, field] of [
      ["azure.principal", "displayName"],
      ["prefect.block", "name"],
      ["prefect.deployment", "tags"],
    ]) {
      const args = ["query", String(kind), "--snapshot", join(found.out, "snapshot"), "--select", `id,${field}`];
      const table = await leastwise(args);
      expectSound(table.stdout);
      const { stdout } = await leastwise([...args, "--format", "json"]);
      expectInert(stdout);
      const rows = JSON.parse(stdout) as unknown[];
      expect(table.stdout.trimEnd().split("\n")).toHaveLength(rows.length + 1);
    }
  });

  test.concurrent("a query as CSV has no cell that a spreadsheet takes for a formula", async () => {
    const snapshot = join(found.out, "snapshot");
    const args = ["query", "azure.principal", "--snapshot", snapshot, "--select", "displayName,id"];
    const { stdout } = await leastwise([...args, "--format", "csv"]);
    const rows = cells(stdout);
    const { stdout: json } = await leastwise([...args, "--format", "json"]);
    expect(rows).toHaveLength((JSON.parse(json) as unknown[]).length + 1);
    expect(rows.every((row) => row.length === 2)).toBe(true);
    expect(rows.flat().filter((cell) => /^[=+@\t\r]/.test(cell))).toEqual([]);
    expect(rows.flat().filter((cell) => cell.includes("HYPERLINK"))).toHaveLength(5);
    expectSound(stdout.replaceAll("\r\n", "\n"));
  });

  test.concurrent("explain shows a finding without acting on the terminal", async () => {
    // What policies say of the names stands in the report, whole; here it is how each kind of resource is shown.
    const one = new Map(found.report.findings.map((each) => [each.resource.kind, each.id]));
    await Promise.all(
      [...one.values()].map(async (id) => {
        const run = await leastwise(["explain", id, "--report", join(found.out, "report.json")]);
        expect(run.status).toBe(0);
        expectSound(run.stdout);
      }),
    );
  });
});

/** The cells of a CSV file, as RFC 4180 has them. */
function cells(text: string): string[][] {
  const rows: string[][] = [[]];
  const part = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y;
  for (;;) {
    const match = part.exec(text);
    if (match === null) throw new Error(`this is no CSV from ${part.lastIndex} on`);
    rows.at(-1)?.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? "") as string);
    if (part.lastIndex >= text.length) return rows;
    if (match[3] === "\r\n") rows.push([]);
  }
}

describe("the commands that mend, where names hold what a shell acts on", { timeout: 180_000 }, () => {
  let found: Awaited<ReturnType<typeof scanned>>;
  beforeAll(async () => {
    found = await scanned((data) => renamed(data, (name) => `${name} ${forShell}`));
  });

  test("run az and prefect with whole words, and nothing else", () => {
    const bin = folder();
    const stubs = { az: "asked", prefect: "asked", id: "owned", rm: "owned", sqlcmd: "owned" };
    for (const [name, log] of Object.entries(stubs)) {
      write(join(bin, name), `#!/bin/sh\nprintf '%s\\n' "${name} $#" >> "$LOGS/${log}"\n`);
      chmodSync(join(bin, name), 0o755);
    }
    let ran = 0;
    let withName = 0;
    for (const finding of found.report.findings) {
      const command = finding.remediation?.command ?? "";
      // What a person has to fill in would be a redirection.
      const filled = command.replace(/<[a-z][^<>\n]*>/gi, "word");
      if (command === "" || command.startsWith("CREATE USER")) continue;
      if (command.includes("owned")) withName++;
      const cwd = folder();
      const logs = join(cwd, "logs");
      mkdirSync(logs);
      const { stderr, status } = spawnSync("/bin/sh", ["-c", filled], {
        cwd,
        env: { PATH: bin, LOGS: logs },
        encoding: "utf8",
      });
      expect({ policy: finding.policy, filled, status, stderr }).toEqual({
        policy: finding.policy,
        filled,
        status: 0,
        stderr: "",
      });
      expect(existsSync(join(logs, "owned"))).toBe(false);
      expect(readdirSync(cwd)).toEqual(["logs"]);
      const asked = readFileSync(join(logs, "asked"), "utf8").trimEnd().split("\n");
      expect(asked).toHaveLength(command.trimEnd().split("\n").length);
      ran++;
    }
    expect(ran).toBeGreaterThan(10);
    expect(withName).toBeGreaterThan(5);
  });

  test("explain prints them so that they can be copied whole", async () => {
    const finding = found.report.findings.find((each) => each.policy === "least-privilege/custom-role-wildcard");
    const { stdout } = await leastwise(["explain", finding?.id ?? "", "--report", join(found.out, "report.json")]);
    for (const line of finding?.remediation?.command?.trimEnd().split("\n") ?? []) expect(stdout).toContain(line);
  });
});
