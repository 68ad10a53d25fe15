import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { asOf, clock, folder, leastwise, reportIn, served, write } from "../cli/run.ts";
import { type Around, type PlayedJob, playJob, programs, readWorkflow } from "./play.ts";

const root = resolve(import.meta.dirname, "../..");
const workflows = [".github/workflows", "docs/examples"].flatMap((below) =>
  readdirSync(join(root, below))
    .filter((name) => name.endsWith(".yml"))
    .map((name) => `${below}/${name}`)
    // The examples for other services have no such line.
    .filter((name) => /^on:/m.test(readFileSync(join(root, name), "utf8"))),
);

const actionlint = process.env.LEASTWISE_ACTIONLINT;

test.skipIf(actionlint === undefined)(
  actionlint === undefined
    ? "actionlint (skipped: LEASTWISE_ACTIONLINT is not set, see .ci/actionlint/environment.sh)"
    : "actionlint finds nothing in a workflow or in the action that they use",
  async () => {
    const files = workflows.map((each) => join(root, each));
    const { stdout } = await promisify(execFile)(actionlint ?? "", ["-no-color", ...files], { cwd: root });
    expect(stdout).toBe("");
  },
);

test.each(workflows)("%s gives its jobs no right that they do not need, and no stored secret of Azure", (name) => {
  const workflow = readWorkflow(join(root, name));
  const text = readFileSync(join(root, name), "utf8");
  expect(["{}", '{"contents":"read"}']).toContain(JSON.stringify(workflow.permissions));
  const known = ["secrets.PREFECT_AUTH", "secrets.LEASTWISE_FINGERPRINT_KEY"];
  for (const each of text.match(/secrets\.\w+/g) ?? []) expect(known).toContain(each);
  for (const { permissions = {}, steps } of Object.values(workflow.jobs)) {
    const login = steps.some(({ uses }) => uses?.startsWith("azure/login@"));
    expect(permissions["id-token"]).toBe(login ? "write" : undefined);
    expect(permissions.contents).not.toBe("write");
  }
});

/** The folder of an action as GitHub fetches it: the files of the repository, and nothing installed. */
const action = join(folder(), "leastwise");
const npm = execFileSync("bash", ["-c", "command -v npm"], { encoding: "utf8" }).trim();
const npmCache = execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim();

beforeAll(() => {
  mkdirSync(action);
  for (const name of [
    "action.yml",
    "package.json",
    "package-lock.json",
    "src",
    "schemas",
    "policies",
    "fixtures/estate",
  ])
    cpSync(join(root, name), join(action, name), { recursive: true });
}, 60_000);

/** A night on GitHub: a repository with the configuration, and a storage account that outlasts it. */
function night(store: string, { isPrivate = true, configuration = "" } = {}) {
  const workspace = folder();
  const temporary = folder();
  if (configuration !== "") write(join(workspace, "leastwise.yaml"), configuration);
  const node = process.execPath;
  const bin = programs(temporary, {
    gh: `[[ $* == "api repos/own/data --jq .private" && -n $GH_TOKEN ]] && echo ${isPrivate}`,
    az: `exec env -u NODE_OPTIONS BLOBS='${store}' '${node}' '${join(import.meta.dirname, "az.ts")}' "$@"`,
    // The first job installs the action, and those after it find it as it is after another installation.
    npm: `[[ -d '${action}/node_modules' ]] || exec '${npm}' "$@"`,
    // What actions/setup-node brings.
    node: `exec '${node}' "$@"`,
  });
  const used: { uses: string; inputs: Record<string, string> }[] = [];
  const around: Around = {
    workspace,
    temporary,
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: temporary, npm_config_cache: npmCache, ...clock(asOf) },
    contexts: {
      github: { repository: "own/data", token: "a token", run_id: "42", ref: "refs/heads/main" },
      vars: { LEASTWISE_STORAGE_ACCOUNT: "stleastwise", LEASTWISE_STORAGE_CONTAINER: "nights" },
      secrets: {},
    },
    actionAt: (uses) => (uses === "./" || uses === "OWNER/leastwise@COMMIT" ? action : undefined),
    uses: (uses, inputs) => {
      used.push({ uses: uses.split("@", 1)[0] ?? "", inputs });
      return {};
    },
  };
  return { around, used, workspace };
}

function outcomes(job: PlayedJob): Record<string, string> {
  return Object.fromEntries(job.steps.map(({ step, outcome }) => [step, outcome]));
}

describe("the nightly scan", { timeout: 240_000 }, () => {
  const workflow = readWorkflow(join(root, "docs/examples/nightly.yml"));
  const store = folder();
  const scan = (isPrivate = true, configuration = "") => {
    const made = night(store, { isPrivate, configuration });
    return playJob(workflow, "scan", made.around).then((job) => ({ ...made, job }));
  };

  test("stops in a public repository before anything is read", async () => {
    const { job, used } = await scan(false);
    expect(job.outcome).toBe("failure");
    expect(job.steps.slice(1).every(({ outcome }) => outcome === "skipped")).toBe(true);
    expect(used).toEqual([]);
  });

  test("is red the first night, uploads, and keeps the night; the next night what is known is not red again", async () => {
    const { configuration } = await served();
    const first = await scan(true, configuration);
    const printed = first.job.steps.map((each) => each.printed).join("\n");
    expect(outcomes(first.job), printed).toMatchObject({
      "Run leastwise": "success",
      "Upload to code scanning": "success",
      "Keep the night, with its snapshot, where nobody can change it": "success",
      "Red for what is new, overdue or could not be decided": "failure",
    });
    expect(first.job.outcome).toBe("failure");
    expect(first.used.find(({ uses }) => uses === "github/codeql-action/upload-sarif")?.inputs).toEqual({
      sarif_file: join("leastwise-out", "report.sarif"),
    });
    const [kept] = readdirSync(join(store, "nights/reports"));
    expect(existsSync(join(store, "nights/reports", kept ?? "", "snapshot/manifest.json"))).toBe(true);
    expect(first.used.map(({ uses }) => uses)).not.toContain("actions/upload-artifact");

    const second = await scan(true, configuration);
    expect(second.job.outcome, second.job.steps.map((each) => each.printed).join("\n")).toBe("success");
    const report = reportIn(join(second.workspace, "leastwise-out"));
    expect(report.inputs.baseline).toBe(reportIn(join(first.workspace, "leastwise-out")).run.id);
    expect(report.findings.filter((each) => each.baseline === "new")).toEqual([]);
    expect(readdirSync(join(store, "nights/reports"))).toHaveLength(2);
  });

  test("keeps nothing and is red where the configuration is wrong", async () => {
    const before = readdirSync(join(store, "nights/reports")).length;
    const { job, used } = await scan(true, "environments: [");
    expect(outcomes(job)["Keep the night, with its snapshot, where nobody can change it"]).toBe("skipped");
    expect(job.outcome).toBe("failure");
    expect(used.map(({ uses }) => uses)).not.toContain("github/codeql-action/upload-sarif");
    expect(readdirSync(join(store, "nights/reports"))).toHaveLength(before);
  });
});

describe("the gate on a pull request", { timeout: 240_000 }, () => {
  const workflow = readWorkflow(join(root, "docs/examples/gate.yml"));
  const store = folder();
  const live = served({ directory: join(root, "fixtures/tidy") });

  /** A pull request whose plan is one of the worked cases of the gate. */
  async function pullRequest(plan: string, { fork = false } = {}): Promise<PlayedJob & { summary: string }> {
    const { around, workspace } = night(store, { configuration: (await live).configuration });
    mkdirSync(join(workspace, "infra"));
    write(join(workspace, "prefect.yaml"), "deployments: []\n");
    write(join(workspace, ".github/CODEOWNERS"), "* @own/security\n");
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
        cwd: workspace,
        encoding: "utf8",
      });
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "--message", "before");
    const bin = programs(around.temporary, {
      terraform: `[[ $1 != show ]] || cat '${join(root, "fixtures/gate", plan, "plan.json")}'`,
    });
    const job = await playJob(workflow, "gate", {
      ...around,
      env: { ...around.env, PATH: `${bin}:${around.env.PATH}` },
      contexts: {
        ...around.contexts,
        github: {
          ...(around.contexts.github as object),
          event: {
            pull_request: {
              base: { sha: git("rev-parse", "HEAD").trim() },
              head: { repo: { full_name: fork ? "other/data" : "own/data" } },
            },
          },
        },
      },
    });
    return { ...job, summary: job.steps.map(({ printed }) => printed).join("\n") };
  }

  test("stops where there is no snapshot yet", async () => {
    const { outcome, summary } = await pullRequest("nothing-to-do");
    expect(outcome).toBe("failure");
    expect(summary).toContain("There is no snapshot yet");
  });

  test("is red where the change brings a failure, green where it brings none, and never plans a fork's", async () => {
    const configuration = write(join(folder(), "leastwise.yaml"), (await live).configuration);
    const night = join(store, "nights/reports/one/snapshot");
    const collected = await leastwise(["collect", "--config", configuration, "--out", night], { env: clock(asOf) });
    expect(collected.status, collected.stderr).toBe(0);
    const worse = await pullRequest("grant-owner-of-production");
    expect(outcomes(worse), worse.summary).toMatchObject({
      "Run leastwise": "success",
      "Fail where leastwise did": "failure",
    });
    const same = await pullRequest("nothing-to-do");
    expect(same.outcome, same.summary).toBe("success");
    expect((await pullRequest("nothing-to-do", { fork: true })).outcome).toBe("skipped");
  });
});

test("the action reads the sample estate, as the repository's own workflow calls it", {
  timeout: 240_000,
}, async () => {
  const { around, used } = night(folder());
  const job = await playJob(readWorkflow(join(root, ".github/workflows/sample.yml")), "scan", around);
  expect(job.outcome, job.steps.map((each) => each.printed).join("\n")).toBe("success");
  expect(used.map(({ uses }) => uses)).toEqual([
    "actions/checkout",
    "actions/setup-node",
    "github/codeql-action/upload-sarif",
  ]);
});
