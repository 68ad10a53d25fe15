import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { tellError } from "../../src/commands/errors.ts";
import { loadConfigured } from "../../src/commands/inputs.ts";
import { readReport } from "../../src/commands/report.ts";
import { readReview } from "../../src/commands/review.ts";
import { parseConfiguration } from "../../src/config/config.ts";
import { refuseCredentials } from "../../src/config/credentials.ts";
import { prefectProfiles } from "../../src/config/prefectProfiles.ts";
import { parseWaivers } from "../../src/config/waivers.ts";
import { readPolicyFolder } from "../../src/policy/load.ts";
import { parseDocument } from "../../src/resources/document.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { leaked } from "../prefect/leaks.ts";
import { Planter } from "./plant.ts";
import { folder, leastwise, write } from "./run.ts";

interface Input {
  /** A file of it that is right. */
  right: string;
  /** Takes a text for a file of it, and gives what leastwise goes on with. @throws where it is wrong */
  read(text: string): unknown;
}

const at = folder();
const file = (name: string, text: string): string => write(join(at, name), text);

/** Every file that people or leastwise write and leastwise reads, by the name of its schema where it has one. */
const inputs: Readonly<Record<string, Input>> = {
  config: {
    right: `prefect:
  - name: prod
    api: https://prefect.example/api
    auth: PREFECT_AUTH
environments:
  prod: { scopes: ["/subscriptions/x"], prefect: [prod], identities: [a], source: ["flows/"] }
policies: { include: [builtin], params: { rotation/client-secret-age: { maxAge: 60d } }, skip: ["a/*"] }
shared: [{ identity: a, reason: both need it }]
expect: { prefect.block: 3 }
source: { include: ["flows/"], exclude: ["x/"] }
`,
    read: (text) => parseConfiguration(text, "leastwise.yaml", at),
  },
  waivers: {
    right: `- policy: secrets/hardcoded-in-block
  kind: risk
  resource: prefect:prod/block/secret/one
  reason: Until the move
  requestedBy: asks@example.com
  approvedBy: approves@example.com
  approvedAt: 2026-11-01
  expires: 2026-12-01
`,
    read: (text) => parseWaivers(text, "waivers.yaml", 365),
  },
  policy: {
    right: `id: own/named
title: Every block has a name
severity: low
confidence: certain
controls: { soc2: [CC6.1] }
target: prefect.block
when: r.type == "secret"
require: r.name != ""
message: "A block of {r.api} has no name"
rationale: It is not told from others
remediation: { text: Name it, command: "prefect block ls" }
references: ["https://example.com/a"]
tests:
  - { name: named, given: { name: x, type: secret }, expect: pass }
  - { name: without a name, given: { name: "", type: secret }, expect: fail }
  - { name: other, given: { name: "", type: other }, expect: skip }
`,
    read: (text) => loadConfigured([{ file: "policies/own/named.yaml", text }], null, {}),
  },
  report: {
    right: '{ "version": "leastwise/report/v1", "complete": true, "run": { "id": "a" }, "findings": [{ "id": "a" }] }',
    read: (text) => readReport(file("report.json", text)),
  },
  snapshot: {
    right:
      '{ "version": "leastwise/snapshot/v1", "runId": "a", "tool": { "name": "leastwise" }, "files": { "a": {} } }',
    read: (text) => {
      file("snapshot/manifest.json", text);
      return openSnapshot(join(at, "snapshot"));
    },
  },
  "access-review.csv": {
    right: "row,decision,decided by,decided on,principal\n0123456789abcdef,keep,a@example.com,2026-11-20,someone\n",
    read: (text) => {
      const { decisions } = readReview(file("access-review.csv", text));
      // The file itself is kept as it was filled, and says nothing else than who decided.
      return decisions.map(({ id, decision, decidedOn }) => ({ id, decision, decidedOn }));
    },
  },
  "profiles.toml": {
    right: 'active = "prod"\n[profiles.prod]\nPREFECT_API_URL = "https://prefect.example/api"\nPREFECT_API_KEY = "x"\n',
    read: (text) => {
      const { refused } = prefectProfiles({ PREFECT_PROFILES_PATH: file("profiles.toml", text) });
      return refused;
    },
  },
};

/** The schemas of what leastwise keeps or makes, and nobody writes. */
const own = new Set(["editor", "read"]);

/** The right text with a credential in the place of each of its values. */
function* inPlaces(text: string, format: string, credential: () => string): Generator<string> {
  const scalars: { holder: object; key: string; value: unknown }[] = [];
  const value: unknown = parse(text);
  const walk = (holder: unknown): void => {
    if (typeof holder !== "object" || holder === null) return;
    for (const [key, each] of Object.entries(holder)) {
      if (typeof each === "object") walk(each);
      else scalars.push({ holder, key, value: each });
    }
  };
  if (!format.includes(".")) walk(value);
  for (const { holder, key, value: before } of scalars) {
    Reflect.set(holder, key, credential());
    yield JSON.stringify(value, null, 2);
    Reflect.set(holder, key, before);
  }
}

/** The right text with a credential in it as a person who errs might write it. */
const slips: readonly ((text: string, credential: string) => string)[] = [
  (text, it) => `${text}${JSON.stringify(it)}: 1\n`,
  (text, it) => `${text}${JSON.stringify(it)}: 1\n${JSON.stringify(it)}: 2\n`,
  (text, it) => `${text}unknown: ${JSON.stringify(it)}\n`,
  (text, it) => `${text}x: [${it}\n`,
  (text, it) => `${text}x: "${it}\n`,
  (text, it) => `${text}${it}\n`,
  (text, it) => `${text}x: !${it} y\n`,
  (text, it) => `${text}x: *${it}\n`,
  (text, it) => `${text}? [${it}] : x\n`,
  (text, it) => `${text}---\n${it}\n`,
  (text, it) => `${text.slice(0, -3)}, ${JSON.stringify(it)}: ${JSON.stringify(it)} }`,
  (text, it) => `${text.slice(0, text.indexOf("\n"))} ${it}\n${text}`,
  (_, it) => it,
  (_, it) => JSON.stringify(it),
  (_, it) => `{ ${JSON.stringify(it)}: ${it}`,
  (_, it) => `[${JSON.stringify(it)}, ${it}]`,
  (text, it) => `${text}0123456789abcde0,${it},${it},${it}\n"${it}`,
  (text, it) => `${text}[profiles."${it.replaceAll("\n", "")}"]\nPREFECT_API_URL = "https://etl:${it}@a.example"\n`,
];

afterEach(() => vi.restoreAllMocks());

/** What a person sees of an error. */
function told(error: unknown): string {
  const written: string[] = [];
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  tellError(error);
  stderr.mockRestore();
  return written.join("");
}

test("every kind of input that has a schema is among those that credentials are planted in", () => {
  const schemas = readdirSync(new URL("../../schemas", import.meta.url))
    .filter((name) => name.endsWith(".schema.json"))
    .map((name) => name.replace(".schema.json", ""))
    .filter((name) => !own.has(name));
  expect(Object.keys(inputs)).toEqual(expect.arrayContaining(schemas));
});

test.each(Object.entries(inputs))("a credential in %s is repeated in nothing", (name, { right, read }) => {
  const planter = new Planter(11);
  const places = new Map<string, string>();
  const tried = (place: string, text: string): void => {
    let outcome: string;
    try {
      outcome = `accepted: ${JSON.stringify(read(text))}`;
    } catch (error) {
      outcome = told(error);
      expect(outcome, text).not.toContain("leastwise itself failed");
    }
    places.set(place, outcome);
  };
  for (const [index, slip] of slips.entries())
    for (const text of planter.each(`slip ${index}`)) tried(`slip ${index}, ${places.size}`, slip(right, text));
  for (const text of inPlaces(right, name, () => planter.all("a value"))) tried(`value, ${places.size}`, text);
  expect(leaked(planter.secrets, places)).toEqual([]);
});

test("the policies that come with leastwise hold none", () => {
  for (const { file, text } of readPolicyFolder(new URL("../../policies", import.meta.url).pathname, "policies"))
    refuseCredentials(parseDocument(file, text), "");
});

test("a crash repeats nothing of what was at hand", () => {
  const planter = new Planter(12);
  const texts = [
    ...planter.each("message"),
    ...planter.each("like a line of the stack").map((text) => `x\n    at ${text}`),
  ];
  const places = new Map(texts.map((text, index) => [String(index), told(new TypeError(text, { cause: text }))]));
  for (const each of places.values()) expect(each).toMatch(/leastwise itself failed \(TypeError\)[\s\S]*\n {4}at /);
  expect(leaked(planter.secrets, places)).toEqual([]);
});

test("words on the command line are repeated without the credentials in them", { timeout: 60_000 }, async () => {
  const planter = new Planter(13);
  const commands = [
    (it: string) => [it],
    (it: string) => ["scan", `--x=${it}`],
    (it: string) => ["scan", "--fail-on", it],
    (it: string) => ["scan", "--config", it],
    (it: string) => ["query", it],
  ];
  const places = new Map<string, string>();
  // A start of the process takes its time, so each holds several kinds.
  const all = planter.each("an argument");
  await Promise.all(
    commands.map(async (command, index) => {
      const some = all.filter((_, at) => at % commands.length === index).join(" ");
      const { stdout, stderr, status } = await leastwise(command(some));
      expect(status).toBe(2);
      places.set(`stdout ${index}`, stdout).set(`stderr ${index}`, stderr);
    }),
  );
  expect(leaked(planter.secrets, places)).toEqual([]);
});
