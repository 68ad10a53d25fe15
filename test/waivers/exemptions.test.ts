import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Exemption, importExemption, type Mapping } from "../../src/config/exemptions.ts";
import { asOf, clock, folder, leastwise, type Run, write } from "../cli/run.ts";

const subscription = "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f";
const group = `${subscription}/resourceGroups/rg-data-prod`;
const account = `${group}/providers/Microsoft.Storage/storageAccounts/stprod`;

/** As az writes it; the names of the fields are those of the resource's reference. */
const exemption = (scope: string, change: object = {}): Exemption => ({
  id: `${scope}/providers/Microsoft.Authorization/policyExemptions/open-store`,
  name: "open-store",
  displayName: "Open store",
  description: "The vendor reads it until the new link is live",
  exemptionCategory: "Waiver",
  expiresOn: "2026-12-31T23:59:59Z",
  policyAssignmentId: `${subscription}/providers/Microsoft.Authorization/policyAssignments/Storage-Network`,
  policyDefinitionReferenceIds: null,
  resourceSelectors: null,
  systemData: { createdBy: "anna@brackwater.example" },
  ...change,
});

const mapping: Mapping = {
  policies: new Map([
    ["storage-network", "isolation/storage-network"],
    ["baseline/vaults", "isolation/vault-network"],
    ["baseline/stores", "isolation/storage-network"],
  ]),
  requestedBy: null,
  expires: null,
  today: "2026-11-20",
  maxDays: 90,
};

describe("an exemption of Azure Policy", () => {
  test("becomes an entry that nobody has approved, and keeps who made it, why and its id", () => {
    expect(importExemption(exemption(account), mapping)).toEqual({
      exemption: "open-store",
      notes: [],
      entries: [
        {
          policy: "isolation/storage-network",
          kind: "risk",
          resource: account.toLowerCase(),
          reason: "The vendor reads it until the new link is live",
          requestedBy: "anna@brackwater.example",
          approvedBy: null,
          approvedAt: null,
          expires: "2026-12-31",
          ticket: `${account}/providers/Microsoft.Authorization/policyExemptions/open-store`,
        },
      ],
    });
  });

  test.each<[string, Exemption, object]>([
    ["a group covers what lies in it", exemption(group), { resource: `${group.toLowerCase()}/*` }],
    ["a subscription covers what lies in it", exemption(subscription), { resource: `${subscription}/*` }],
    ["a mitigation is a compensation", exemption(account, { exemptionCategory: "Mitigated" }), { kind: "compensated" }],
    ["the last whole day counts", exemption(account, { expiresOn: "2026-12-31T12:00:00Z" }), { expires: "2026-12-30" }],
    ["without a description its name is the reason", exemption(account, { description: "" }), { reason: "Open store" }],
    [
      "fields may stand under properties, as Azure answers",
      { ...exemption(account), properties: { ...exemption(account) } } as Exemption,
      { expires: "2026-12-31" },
    ],
  ])("%s", (_, given, expected) => {
    expect(importExemption(given, mapping).entries).toMatchObject([expected]);
  });

  test("that lasts longer than a waiver may is shortened, and says so", () => {
    const { entries, notes } = importExemption(exemption(account, { expiresOn: "2028-01-01T00:00:00Z" }), mapping);
    expect(entries).toMatchObject([{ expires: "2027-02-18" }]);
    expect(notes).toEqual(["it ends on 2027-12-31; the waiver ends on 2027-02-18, 90 days from now"]);
  });

  test("of an initiative becomes an entry for each policy that is named, and tells of the others", () => {
    const of = {
      policyAssignmentId: "/x/policyAssignments/baseline",
      policyDefinitionReferenceIds: ["vaults", "stores", "logs"],
    };
    const { entries, notes } = importExemption(exemption(group, of), mapping);
    expect(entries.map(({ policy }) => policy)).toEqual(["isolation/vault-network", "isolation/storage-network"]);
    expect(notes).toEqual(["no policy is named for baseline/logs: --assignment baseline/logs=<policy>"]);
  });

  test.each<[string, Exemption, string]>([
    [
      "without a policy for its assignment",
      exemption(account, { policyAssignmentId: "/x/other" }),
      "no policy is named",
    ],
    ["of a management group", exemption("/providers/Microsoft.Management/managementGroups/all"), "bounded to a subs"],
    ["without an end", exemption(account, { expiresOn: null }), "it has no end"],
    ["that is over", exemption(account, { expiresOn: "2026-11-20T00:00:00Z" }), "it ended on 2026-11-19"],
    ["that selects some resources", exemption(account, { resourceSelectors: [{ name: "x" }] }), "it selects some"],
    ["of another category", exemption(account, { exemptionCategory: "Other" }), "neither Waiver nor Mitigated"],
    ["that nobody made", exemption(account, { systemData: null }), "does not say who made it"],
    ["without an id", { name: "open-store" }, "no id of an exemption"],
  ])("%s is listed and not imported", (_, given, why) => {
    const { entries, notes } = importExemption(given, mapping);
    expect(entries).toEqual([]);
    expect(notes).toEqual([expect.stringContaining(why)]);
  });
});

describe("leastwise waive --from-exemptions", () => {
  const at = folder();
  write(join(at, "leastwise.yaml"), "azure: {}\n");
  const waive = (...args: string[]): Promise<Run> => leastwise(["waive", ...args], { cwd: at, env: clock(asOf) });

  test("writes entries, lists what it could not map, and writes none twice", async () => {
    const list = [exemption(account), exemption(group, { expiresOn: null, name: "endless" })];
    write(join(at, "exemptions.json"), JSON.stringify(list));
    const args = ["--from-exemptions", "exemptions.json", "--assignment", "storage-network=isolation/storage-network"];
    const run = await waive(...args);
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("waivers.yaml: 1 entries of 2 exemptions; they hold for nothing until somebody else");
    expect(run.stderr).toBe("not imported: endless: it has no end, and a waiver needs one: --expires <day>\n");
    const text = readFileSync(join(at, "waivers.yaml"), "utf8");
    expect(parse(text)).toMatchObject([{ resource: account.toLowerCase(), approvedBy: null }]);
    const again = await waive(...args, "--expires", "2026-12-15");
    expect(again.stdout).toContain("waivers.yaml: 1 entries of 2 exemptions");
    expect(again.stderr).toContain("is there already");
    expect(readFileSync(join(at, "waivers.yaml"), "utf8").startsWith(text)).toBe(true);
  });

  test.concurrent.each<[string, string, string[], string]>([
    ["a file that is no JSON", "x", [], "this is not JSON"],
    ["a file that is no list", "{}", [], "this is no list of exemptions"],
    [
      "a policy that there is not",
      "[]",
      ["--assignment", "a=isolation/storage-networks"],
      "did you mean isolation/storage-network?",
    ],
    ["an assignment without a policy", "[]", ["--assignment", "a"], "<assignment>=<policy of leastwise>"],
    ["a finding beside it", "[]", ["0123456789abcdef"], "Name a finding, or a file with --from-exemptions"],
  ])("refuses %s", async (_, content, args, message) => {
    const cwd = folder();
    write(join(cwd, "leastwise.yaml"), "azure: {}\n");
    write(join(cwd, "x.json"), content);
    const run = await leastwise(["waive", "--from-exemptions", "x.json", ...args], { cwd, env: clock(asOf) });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
    expect(existsSync(join(cwd, "waivers.yaml"))).toBe(false);
  });
});
