import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/collect/catalogue.ts";
import { readName } from "../../src/collect/definition.ts";
import { policies } from "../collect/estate.ts";
import { clock, folder, leastwise, type Run, served, write } from "./run.ts";

type Options = Parameters<typeof served>[0];

async function asked(
  options: Options,
  ...args: string[]
): Promise<Run & { requests: readonly { path: string }[]; at: string }> {
  const estate = await served(options);
  const at = folder();
  const config = write(join(at, "leastwise.yaml"), estate.configuration);
  const run = await leastwise(["doctor", "--config", config, "--max-wait", "1", ...args], {
    cwd: at,
    env: clock("2026-11-20T06:00:00Z"),
  });
  return { ...run, requests: estate.requests, at };
}

/** The part of what was printed below a title. */
function section(text: string, title: string): string {
  const [, after = ""] = text.split(new RegExp(`^${title}.*$`, "m"));
  return after.split(/\n\n/)[0] ?? "";
}

const words = (text: string): string => text.replace(/\s+/g, " ");

test("with every right each read works, and it says so and ends with 0", async () => {
  const run = await asked({});
  expect(run.status, run.stderr).toBe(0);
  expect(run.stdout).toContain(`Every read that the ${policies.length} policies in force need works.`);
  expect(run.stdout).not.toContain("What does not work");
  expect(run.stdout).not.toContain("holds more than it needs");
  for (const read of catalogue) {
    if (read.fields?.[0] !== "count") expect(words(run.stdout)).toContain(readName(read));
  }
});

test("it writes nothing, and asks for one page of a list", async () => {
  const run = await asked({ pageSize: 2 });
  expect(readdirSync(run.at)).toEqual(["leastwise.yaml"]);
  const pages = run.requests.filter(({ path }) => /[?&]\$?skip(?:token)?=/i.test(path));
  expect(pages).toEqual([]);
  expect(run.status, run.stderr).toBe(0);
});

test("a refused read is told with its place, its right, and the policies that are undecided without it", async () => {
  const run = await asked({ faults: [{ kind: "forbidden", path: /syn-brackwater-prod\/roleAssignments/ }] });
  expect(run.status).toBe(3);
  const missing = words(section(run.stdout, "What does not work"));
  expect(missing).toContain("synapse.roleAssignment");
  expect(missing).toContain("403 Unauthorized: /subscriptions/0cdc99cb");
  expect(missing).toContain("Synapse User on the workspace");
  expect(missing).toContain("least-privilege/synapse-grant-rights");
  expect(run.stdout).toMatch(/synapse\.roleAssignment +3 of 4/);
});

describe("without any right in Microsoft Graph", () => {
  test("what needs none can be decided, and each other policy is named with the permission", async () => {
    const run = await asked({ faults: [{ kind: "forbidden", path: /^\w+ \/graph/ }] });
    expect(run.status).toBe(3);
    expect(words(run.stdout)).toMatch(/\b(?:[5-9]|\d\d) of \d+ policies can be decided everywhere/);
    const missing = words(section(run.stdout, "What does not work"));
    expect(missing).toContain("needs Graph Application.Read.All");
    expect(missing).toContain("rotation/client-secret-age");
  });
});

describe("the smallest rights", () => {
  test("for policies of Prefect alone are Prefect's", async () => {
    const run = await asked({}, "--policy", "secrets/hardcoded-in-block");
    const rights = section(run.stdout, "The smallest rights");
    expect(rights).toContain("Prefect: ");
    expect(rights).not.toContain("Microsoft Graph, application permissions");
    expect(rights).not.toContain("az synapse");
  });

  test("are a role that Azure takes, with reading actions alone", async () => {
    const run = await asked({});
    const [, json = ""] = /^cat > leastwise-reader\.json <<'EOF'\n([\s\S]*?)\nEOF$/m.exec(run.stdout) ?? [];
    const role = JSON.parse(json) as { Name: string; Actions: string[]; AssignableScopes: string[] };
    expect(role.Name).toBe("leastwise reader");
    expect(role.Actions).toContain("Microsoft.Authorization/roleAssignments/read");
    expect(role.Actions.filter((action) => !action.endsWith("/read"))).toEqual([]);
    expect(role.AssignableScopes).toHaveLength(4);
    expect(run.stdout).toMatch(/^az synapse role assignment create --workspace-name syn-brackwater-prod /m);
    expect(run.stdout).toMatch(/--role "Management Group Reader" --scope \/providers\/Microsoft\.Management/);
  });

  test("for less policies are less", async () => {
    const run = await asked({}, "--policy", "isolation/no-open-firewall");
    const rights = section(run.stdout, "The smallest rights");
    expect(rights).toContain("Microsoft.Synapse/workspaces/firewallRules/read");
    expect(rights).not.toContain("roleAssignments/read");
    expect(rights).not.toContain("Application.Read.All");
  });
});

test("a reader that can do more than read is warned of, with what and where", async () => {
  const contributor = {
    actions: ["*"],
    notActions: ["Microsoft.Authorization/*/Write"],
    dataActions: [],
    notDataActions: [],
  };
  const run = await asked({
    edit: (data) => {
      data.readerPermissions = [...data.readerPermissions, contributor];
    },
  });
  const excess = section(run.stdout, "The reader holds more than it needs");
  expect(excess.match(/\/subscriptions\/[^:]+: \*/g)).toHaveLength(4);
  expect(words(excess)).toContain("give it its own identity");
});

test("--reads prints the page of reads and asks nobody", async () => {
  const run = await leastwise(["doctor", "--reads"], { cwd: folder() });
  expect(run.status, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/^# Reads\n/);
});
