import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { loadInForce, policySources } from "../../src/commands/inputs.ts";
import type { Configuration } from "../../src/config/config.ts";
import type { EstateData } from "../../src/estate/data.ts";
import type { JsonObject } from "../../src/estate/json.ts";
import { exampleWorld } from "../../src/policy/given.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Finding, Report } from "../../src/resources/generated.ts";
import { findSecrets } from "../../src/secrets/find.ts";

import { policies as loaded } from "../collect/estate.ts";
import { type Change, MemoryEstate } from "../collect/memory.ts";
import { commands, parse } from "./command.ts";
import { anywhere, byHand, fills, prefectOf } from "./mends.ts";
import { run, unmatched } from "./run.ts";
import { Refused, words } from "./words.ts";

let policies: readonly Policy[] | undefined;

/** The built-in policies with the parameters of the sample's configuration. */
function inForce(configuration: Configuration): readonly Policy[] {
  policies ??= loadInForce(policySources({ policies: ["builtin"] }, null), configuration, {}).policies;
  return policies;
}

/** Without the floors under what is read: a person sets them, and anew where something is deleted. */
const withoutFloors = (text: string): string => text.replace(/^expect:\n(?: +.*\n)+/m, "");

async function scan({ configure = (text) => text, ...change }: Change = {}): Promise<Report> {
  const estate = new MemoryEstate({ ...change, configure: (text) => configure(withoutFloors(text)) });
  const { content } = await estate.collect();
  return estate.report(content, inForce(estate.configuration));
}

const placeholder = /<([^<>]+)>/g;
/** A name as it stands where the parameters of policies have their defaults. */
const plain = (name: string): string => name.replace(/\{[^{}]*\}/, "90d");
const fillOf = (policy: string, name: string) => fills[policy]?.[name] ?? anywhere[name];

/** Runs what a finding's remediation says, line by line, with every placeholder filled as a person would. */
function mend(finding: Finding, data: EstateData): void {
  const files = new Map([["new-value.txt", "a new value"]]);
  const file = (content: JsonObject | string): string => {
    const name = `file-${files.size}.${typeof content === "string" ? "txt" : "json"}`;
    files.set(name, typeof content === "string" ? content : JSON.stringify(content));
    return name;
  };
  const world = { data, prefect: prefectOf(finding), files };
  for (const line of (finding.remediation?.command ?? "").split("\n")) {
    const filled = [...line.matchAll(placeholder)].map(([whole, name = ""]) => {
      const fill = fillOf(finding.policy, name);
      if (fill === undefined) throw new Error(`nothing is there for ${whole}`);
      const text = typeof fill === "function" ? fill({ finding, data, file }) : fill;
      return { whole, text };
    });
    // Where a placeholder stands for several things, the line is run for each of them.
    const lists = filled.flatMap(({ text }) => (typeof text === "string" ? [] : [text.length]));
    for (let turn = 0; turn < Math.max(0, ...(lists.length === 0 ? [1] : lists)); turn++) {
      let own = line;
      for (const { whole, text } of filled)
        own = own.replace(whole, () => (typeof text === "string" ? text : (text[turn] ?? "")));
      run(own, world);
    }
  }
}

/** The repository of the sample estate with another text in one of its files. */
function repositoryWith(path: string, change: (text: string) => string): string {
  const root = mkdtempSync(join(tmpdir(), "leastwise-remedies-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(
    fileURLToPath(new URL("../../fixtures/estate/source", import.meta.url)),
    join(root, "fixtures/estate/source"),
    {
      recursive: true,
    },
  );
  writeFileSync(join(root, path), change(readFileSync(join(root, path), "utf8")));
  return join(root, "fixtures/estate");
}

const before = await scan();
const known = new Set(before.findings.map(({ id }) => id));

/** The text of every policy. */
const folder = fileURLToPath(new URL("../../policies", import.meta.url));
const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((each) => each.endsWith(".yaml"))
  .map((each) => ({
    id: each.replace(/\.yaml$/, ""),
    command: String(
      (parseYaml(readFileSync(`${folder}/${each}`, "utf8")) as { remediation: { command?: string } }).remediation
        .command ?? "",
    ),
  }));

describe("what a finding's remediation says closes it, and opens no other", () => {
  test("every policy has a finding to mend", () => {
    expect(before.complete).toBe(true);
    expect([...new Set(before.findings.map(({ policy }) => policy))].sort()).toEqual(texts.map(({ id }) => id).sort());
  });

  test.each(
    before.findings.map((finding) => ({
      title: [finding.policy, finding.resource.id.replace(/^.*\/providers\//, ""), finding.key ?? ""].join(" ").trim(),
      finding,
    })),
  )("$title", async ({ finding }) => {
    const hand = byHand[finding.policy];
    if (hand !== undefined) expect(finding.remediation?.command ?? null).toBeNull();
    const after = await scan({
      edit: (data) => (hand === undefined ? mend(finding, data) : hand.edit?.(data, finding)),
      configure: (text) => hand?.configure?.(text, finding) ?? text,
      ...(hand?.file && { folder: repositoryWith(hand.path ?? finding.resource.id, hand.file) }),
    });
    const opened = after.findings.filter(({ id }) => !known.has(id)).map(({ message }) => message);
    expect(opened).toEqual([]);
    expect(after.findings.map(({ id }) => id)).not.toContain(finding.id);
    expect({ complete: after.complete, unread: after.unread, unknown: after.unknown }).toEqual({
      complete: true,
      unread: before.unread,
      unknown: before.unknown,
    });
  });

  test("few policies need a person", () => {
    for (const [policy, { why }] of Object.entries(byHand)) console.log(`by hand: ${policy}: ${why}`);
    const without = texts.filter(({ command }) => command === "").map(({ id }) => id);
    expect(Object.keys(byHand).sort()).toEqual(without.sort());
    expect(without.length).toBeLessThanOrEqual(9);
  });
});

/** The commands that were seen in findings and in the examples of policies. */
const used = new Set<string>();

describe("the commands of policies", () => {
  test("exist in every form that a policy gives them, with the flags that they take", () => {
    for (const policy of loaded) {
      const found = policy.tests.flatMap(({ given, now }) => policy.evaluate(given, exampleWorld(now)).found);
      for (const { remediation } of found) {
        for (const line of remediation?.command?.split("\n") ?? []) {
          const filled = line.replace(placeholder, (_, name: string) => {
            const fill = fillOf(policy.id, name);
            return typeof fill === "string" ? fill : /^options /.test(name) ? "" : "x";
          });
          // An example need not say what a principal is.
          const said = filled.replace("--assignee-principal-type '(unread)'", "--assignee-principal-type User");
          // Nor what a credential is of, which decides on the command itself.
          if (!said.startsWith("az ad '(unread)'")) used.add(parse(said, () => "{}").name);
        }
      }
    }
    expect(used.size).toBeGreaterThan(30);
  });

  test("every placeholder stands in the list of what a person fills in, and nothing else does", () => {
    const named = texts.flatMap(({ id, command }) =>
      [...command.matchAll(placeholder)].map(([, name = ""]) => ({ id, name: plain(name) })),
    );
    expect(named.filter(({ id, name }) => fillOf(id, name) === undefined)).toEqual([]);
    const used = new Set(named.map(({ id, name }) => (fills[id]?.[name] === undefined ? name : `${id} ${name}`)));
    const listed = [
      ...Object.keys(anywhere),
      ...Object.entries(fills).flatMap(([id, each]) => Object.keys(each).map((name) => `${id} ${name}`)),
    ];
    expect(listed.filter((each) => !used.has(each))).toEqual([]);
  });

  test("none holds a secret, or asks for one on the command line", () => {
    for (const { remediation } of before.findings) {
      const command = remediation?.command ?? "";
      // By its form; what only its surroundings would tell are here names of fields and null.
      const { secrets } = findSecrets({ value: command, path: "command", key: "command" });
      expect(secrets.filter(({ tier }) => tier !== "contextual")).toEqual([]);
      expect(command).not.toContain("Plant3d");
      expect(command).not.toMatch(
        /--(?:sql-admin-login-password|storage-key|account-key|sas-token|connection-string)\b/,
      );
      expect(command).not.toMatch(/secret set .*--value\b/);
    }
  });

  test("none goes to the subscription that happens to be the person's own", () => {
    const bare = texts.flatMap(({ id, command }) =>
      command
        .split("\n")
        .filter((line) => /^az .*(?: --resource-group| --all)\b/.test(line) && !line.includes(" --subscription "))
        .map((line) => `${id}: ${line}`),
    );
    expect(bare).toEqual([]);
  });
});

/** Commands of the example workflows, which are played elsewhere: test/github. */
const examples = fileURLToPath(new URL("../../docs/examples", import.meta.url));
const workflows = readdirSync(examples).map((name) => readFileSync(join(examples, name), "utf8"));
const notRun = commands.filter((each) => workflows.some((text) => text.includes(each)));

describe("what commands are run by", () => {
  const world = (): Parameters<typeof run>[1] => ({ data: {} as EstateData, prefect: "", files: new Map() });

  test("knows of each command what it takes and what it does, and of none that neither a policy nor an example has", () => {
    expect(unmatched(notRun)).toEqual([]);
    expect(commands.filter((each) => !used.has(each) && !notRun.includes(each))).toEqual([]);
  });

  test("makes words as a shell does", () => {
    expect(words(`az rest --body '{"a": "b c"}' "x\\"y" pre'fix'ed \\  ''`)).toEqual([
      "az",
      "rest",
      "--body",
      '{"a": "b c"}',
      'x"y',
      "prefixed",
      " ",
      "",
    ]);
  });

  test.each([
    ["az role assignment list | xargs", "outside of quotes"],
    ["az rest --url https://a.example?b=c", "outside of quotes"],
    ['az rest --url "https://a.example/$ref"', "start of something else"],
    ["az rest --body '{", "not closed"],
    ["az role assignments delete --ids /a", "no such command"],
    ["az role assignment delete --id /a", "does not take --id"],
    ["az role assignment create --role Reader", "lacks --scope"],
    ["az ad app credential delete --id", "has no value"],
    ["az storage account keys renew --account-name a --key key3", "is never key3"],
    ["az keyvault update --name a --resource-group b --default-action Deny", "lacks --subscription"],
    ["prefect variable sets a b", "no such command"],
    ["prefect variable set a", "lacks VALUE"],
  ])("refuses %s", (line, why) => {
    expect(() => run(line, world())).toThrow(Refused);
    expect(() => run(line, world())).toThrow(why);
  });
});
