import { describe, expect, test } from "vitest";
import { loadPolicies } from "../../src/policy/load.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { skeleton, subjectOf, subjectsOf } from "../../src/policy/skeleton.ts";
import { coverPolicy, testPolicy } from "../../src/policy/test.ts";
import { type Kind, kinds } from "../../src/resources/kinds.ts";

const kindOf = (name: string): Kind => kinds.get(name) ?? expect.fail(`there is no kind ${name}`);

/** The policy that a question makes; it has to load. */
function begun(kind: string, question: string | null): { policy: Policy; text: string; found: boolean } {
  const { subject, found } = subjectOf(kindOf(kind), question);
  const text = skeleton({ id: "own/begun", subject, question, schema: "policy.schema.json" });
  const [policy] = loadPolicies([{ file: "begun.yaml", text }]);
  return { policy: policy ?? expect.fail(), text, found };
}

/** What a text says under a key. */
const said = (text: string, key: string): string | undefined => new RegExp(`^${key}: (.+)$`, "m").exec(text)?.[1];

// Wordings that turn every expression the other way, and name numbers and times.
const questions = [
  null,
  "Is there no such thing?",
  "Is it only one, for at least 5 days?",
  "Is it not 40 hours or more?",
];

describe.each([...kinds.values()])("a policy begun over $name", (kind) => {
  test("loads, passes its own examples, and reaches every branch, whatever field it is about", () => {
    const subjects = subjectsOf(kind);
    expect(subjects.length).toBeGreaterThan(3);
    for (const subject of subjects) {
      for (const question of questions) {
        const text = skeleton({ id: "own/begun", subject, question, schema: "x" });
        const [policy] = loadPolicies([{ file: "begun.yaml", text }]);
        if (policy === undefined) expect.fail(text);
        const result = testPolicy(policy);
        expect(
          result.tests.filter(({ passed }) => !passed),
          text,
        ).toEqual([]);
        expect(result.problems, text).toEqual([]);
        expect(coverPolicy(policy).missed, text).toEqual([]);
        expect(new Set(policy.tests.map(({ expected }) => expected)), text).toContain("unknown");
      }
    }
  });

  test("is about something without a question too", () => {
    expect(begun(kind.name, null)).toMatchObject({ found: false, policy: { target: kind.name } });
  });
});

describe("the words of a question choose", () => {
  test.each([
    ["azure.keyVault", "Does every vault keep purge protection?", "'r.purgeProtection'"],
    ["azure.storageAccount", "Is shared key access turned off?", "'!r.allowSharedKeyAccess'"],
    ["azure.roleAssignment", "Does every assignment end?", "'has(r.endsOn) && r.endsOn - now <= params.most'"],
    ["azure.roleAssignment", "Was the principal not deleted?", "'!has(r.principal.deletedOn)'"],
    ["azure.credential", "Does it expire within 180 days?", "'has(r.end) && r.end - now <= params.most'"],
    ["prefect.block", "Does it hold a secret?", "'size(r.secrets) == 0'"],
    ["prefect.deployment", "Does every deployment have a version?", "'has(r.version)'"],
    ["azure.principal", "Does it have rights in one environment only?", "'size(r.environments) <= 1'"],
    ["azure.logWorkspace", "Are logs kept for at least 365 days?", "'r.retentionDays >= params.least'"],
    ["synapse.workspace", "Is public network access disabled?", "'r.publicNetworkAccess == \"Disabled\"'"],
    [
      "synapse.workspace",
      "Is public network access not enabled?",
      "'has(r.publicNetworkAccess) && r.publicNetworkAccess != \"Enabled\"'",
    ],
  ])("of %s in %s", (kind, question, require) => {
    const { text, found } = begun(kind, question);
    expect(said(text, "require")).toBe(require);
    expect(found).toBe(true);
  });

  test("which resources it is about, and the number", () => {
    const { text, policy } = begun("azure.principal", "Has every service principal signed in within 60 days?");
    expect(said(text, "when")).toBe("'r.type == \"ServicePrincipal\" && has(r.lastSignIn)'");
    expect(policy.params).toEqual({ most: "60d" });
    expect(begun("azure.credential", "Does a secret end within two weeks, 14 days?").policy.params).toEqual({
      most: "14d",
    });
    expect(begun("azure.credential", "Does a secret end within 2 weeks?").policy.params).toEqual({ most: "14d" });
    expect(begun("azure.logWorkspace", "Is retention at least 365 days?").policy.params).toEqual({ least: 365 });
  });

  test("nothing where no field has one of them", () => {
    expect(begun("prefect.block", "Ist der Mond aus Käse?").found).toBe(false);
  });
});

describe("a question that is negated, or about what protects", () => {
  test.each([
    ["synapse.workspace", "Is no workspace without a private endpoint?", "'size(r.privateEndpoints) > 0'"],
    ["synapse.workspace", "Has no workspace a firewall rule?", "'size(r.firewallRules) > 0'"],
    ["azure.keyVault", "Is no vault without purge protection?", "'r.purgeProtection'"],
    ["azure.keyVault", "Can nobody purge what purge protection keeps?", "'r.purgeProtection'"],
  ])("of %s, %s, gets no rule that is the wrong way round, and a comment", (kind, question, require) => {
    const { text } = begun(kind, question);
    expect(said(text, "require")).toBe(require);
    expect(text).toMatch(/\n# The (words|question) .*\nrequire: /);
  });

  test("never asks that a list be empty, but for secrets in plain text", () => {
    for (const kind of kinds.values())
      for (const subject of subjectsOf(kind)) {
        if (subject.path.at(-1)?.name === "secrets" && kind.name !== "azure.keyVault") continue;
        const text = skeleton({ id: "own/begun", subject, question: "Is there none without it?", schema: "x" });
        expect(said(text, "require")).not.toContain("== 0");
        const negated = skeleton({ id: "own/begun", subject, question: "Is there no such thing?", schema: "x" });
        expect(said(negated, "require")).not.toContain("== 0");
      }
  });

  test("and no other question has that comment", () => {
    expect(begun("prefect.deployment", "Does every deployment have a version?").text).not.toMatch(/\n# The /);
  });
});

test("a title takes the question, whatever YAML would make of it", () => {
  for (const question of ['Is "it": # true?', "- is it?", "{ is it }?", "yes?", "  Is\n it \t so ? "]) {
    const { policy } = begun("prefect.block", question);
    expect(policy.title).toBe(
      question
        .trim()
        .replace(/\s+/g, " ")
        .replace(/\s*\?$/, ""),
    );
  }
});
