import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseWaivers } from "../../src/config/waivers.ts";
import { proveApprovals } from "../../src/repository/approvals.ts";
import { type GitHub, gitHubOf } from "../../src/repository/github.ts";
import type { ApprovalProof, FindingWaiver } from "../../src/resources/generated.ts";
import { asOf, clock, folder, leastwise, reportIn, served } from "../cli/run.ts";
import { TestRepository } from "./repository.ts";

const waiver = (change: Partial<FindingWaiver> = {}): FindingWaiver => ({
  policy: "secrets/hardcoded-in-block",
  kind: "risk",
  resource: "prefect:prod/block/secret/one",
  reason: "Until it is moved",
  requestedBy: "asks@example.com",
  approvedBy: "approves@example.com",
  approvedAt: "2026-11-01",
  expires: "2026-12-01",
  ...change,
});

const text = (...all: FindingWaiver[]): string => `# ours\n${stringify(all)}`;

/** What is told of each entry of a repository's file, in its order. */
async function proofsOf(root: string, github: GitHub | null = null): Promise<(ApprovalProof | undefined)[]> {
  const file = join(root, "waivers.yaml");
  const waivers = parseWaivers(readFileSync(file, "utf8"), "waivers.yaml", 90);
  const proofs = await proveApprovals(waivers, file, github);
  return waivers.findings.map((each) => proofs[waivers.places.get(each)?.line ?? 0]);
}

describe("by git alone, who approved", () => {
  test("is proven by their trusted signature on the commit that last changed the entry, and of that entry only", async () => {
    const repository = new TestRepository();
    repository.trust("approves@example.com");
    repository.write("waivers.yaml", text(waiver()));
    const signed = repository.commit("approves@example.com", "approves@example.com");
    repository.write("waivers.yaml", text(waiver(), waiver({ resource: "prefect:prod/block/secret/two" })));
    const later = repository.commit("asks@example.com");
    expect(await proofsOf(repository.root)).toMatchObject([
      { state: "proven", commit: signed, signer: "approves@example.com", review: null },
      { state: "asserted", commit: later, signer: null },
    ]);
  });

  test("is no longer proven once somebody else made the entry longer", async () => {
    const repository = new TestRepository();
    repository.trust("approves@example.com");
    repository.trust("asks@example.com");
    repository.write("waivers.yaml", text(waiver()));
    repository.commit("approves@example.com", "approves@example.com");
    repository.write("waivers.yaml", text(waiver({ expires: "2027-01-15" })));
    const longer = repository.commit("approves@example.com", "asks@example.com");
    const [proof] = await proofsOf(repository.root);
    expect(proof).toMatchObject({ state: "asserted", commit: longer });
    expect(proof?.because).toContain("bears no trusted signature of approves@example.com");
  });

  test.each<[string, (repository: TestRepository) => void, string]>([
    ["by a commit that only bears their name", (each) => each.commit("approves@example.com"), "no trusted signature"],
    [
      "by a signature with a key that nobody trusts",
      (each) => each.commit("approves@example.com", "approves@example.com"),
      "no trusted signature",
    ],
    ["by a file that is not committed", () => {}, "is not committed"],
    [
      "by a file that was changed since",
      (each) => {
        each.commit("approves@example.com");
        each.write("waivers.yaml", `${text(waiver())}# more\n`);
      },
      "changes that are not committed",
    ],
  ])("is not proven %s", async (_, work, because) => {
    const repository = new TestRepository();
    repository.write("waivers.yaml", text(waiver()));
    work(repository);
    const [proof] = await proofsOf(repository.root);
    expect(proof?.state).toBe("asserted");
    expect(proof?.because).toContain(because);
  });

  test("is not proven in a clone that is cut off before it", async () => {
    const repository = new TestRepository();
    repository.trust("approves@example.com");
    repository.write("waivers.yaml", text(waiver()));
    repository.commit("approves@example.com", "approves@example.com");
    repository.write("other.txt", "x");
    repository.commit("asks@example.com");
    const clone = join(folder(), "clone");
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${repository.root}`, clone]);
    expect((await proofsOf(clone))[0]?.because).toContain("fetch-depth: 0");
  });

  test("is not proven outside a repository", async () => {
    const repository = new TestRepository();
    repository.write("waivers.yaml", text(waiver()));
    execFileSync("rm", ["-rf", join(repository.root, ".git")]);
    expect((await proofsOf(repository.root))[0]?.because).toBe("the waivers file is in no repository of git");
  });
});

const servers: Server[] = [];
afterAll(() => {
  for (const each of servers) each.close();
});

interface Told {
  pulls?: unknown;
  reviews?: unknown[];
  authors?: Record<string, string>;
  status?: number;
}

/** GitHub's API as its documentation describes it, on loopback. */
async function gitHub({
  pulls,
  reviews = [],
  authors = {},
  status = 200,
}: Told): Promise<{ github: GitHub; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://loopback");
    asked.push(`${request.method} ${url.pathname} ${request.headers.authorization}`);
    const body = (): unknown => {
      if (url.pathname.endsWith("/pulls")) return pulls;
      if (url.pathname.endsWith("/reviews")) {
        const page = Number(url.searchParams.get("page"));
        return reviews.slice((page - 1) * 100, page * 100);
      }
      const login = authors[url.searchParams.get("author") ?? ""];
      return login === undefined ? [] : [{ author: { login } }];
    };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body()));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const github = gitHubOf({
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: `http://127.0.0.1:${port}`,
    GITHUB_REPOSITORY: "brackwater/platform",
    GITHUB_TOKEN: "loopback",
  });
  if (github === null) throw new Error("a job on GitHub is given all that");
  return { github, asked };
}

const pull = { number: 7, merged_at: "2026-11-01T12:00:00Z", user: { login: "asker" }, head: { sha: "a".repeat(40) } };
const review = {
  user: { login: "Approver" },
  state: "APPROVED",
  commit_id: pull.head.sha,
  submitted_at: "2026-11-01T11:00:00Z",
};
const authors = { "approves@example.com": "approver" };

describe("by a pull request on GitHub, who approved", () => {
  const repository = new TestRepository();
  repository.write("waivers.yaml", text(waiver()));
  const commit = repository.commit("asks@example.com");

  test("is proven by their approving review of its last state, and the token goes nowhere else", async () => {
    const { github, asked } = await gitHub({ pulls: [pull], reviews: [review], authors });
    expect(await proofsOf(repository.root, github)).toEqual([
      {
        state: "proven",
        commit,
        signer: null,
        review: { pullRequest: 7, reviewer: "Approver", submittedAt: "2026-11-01T11:00:00Z" },
        because: "who approved it approved the pull request that brought it",
      },
    ]);
    expect(asked).toEqual([
      `GET /repos/brackwater/platform/commits/${commit}/pulls Bearer loopback`,
      "GET /repos/brackwater/platform/commits Bearer loopback",
      "GET /repos/brackwater/platform/pulls/7/reviews Bearer loopback",
    ]);
  });

  test("may be named by login, and stand behind a hundred reviews", async () => {
    const other = new TestRepository();
    other.write("waivers.yaml", text(waiver({ approvedBy: "@approver" })));
    other.commit("asks@example.com");
    const comment = { ...review, user: { login: "Chatty" }, state: "COMMENTED" };
    const { github } = await gitHub({ pulls: [pull], reviews: [...Array(120).fill(comment), review] });
    expect(await proofsOf(other.root, github)).toMatchObject([{ state: "proven", review: { reviewer: "Approver" } }]);
  });

  test.each<[string, Told, string]>([
    ["of no pull request", { pulls: [] }, "is of no merged pull request"],
    [
      "one that is not merged",
      { pulls: [{ ...pull, merged_at: null }], reviews: [review] },
      "is of no merged pull request",
    ],
    ["one without a review", { pulls: [pull] }, "has no approving review by approves@example.com"],
    [
      "one reviewed by another",
      { pulls: [pull], reviews: [{ ...review, user: { login: "Other" } }] },
      "has no approving",
    ],
    ["one they made", { pulls: [{ ...pull, user: { login: "approver" } }], reviews: [review] }, "cannot approve it"],
    [
      "a review of an earlier state",
      { pulls: [pull], reviews: [{ ...review, commit_id: "b" }] },
      "of an earlier state",
    ],
    [
      "a review that was taken back",
      { pulls: [pull], reviews: [review, { ...review, state: "CHANGES_REQUESTED" }] },
      "has no approving review",
    ],
    [
      "an address that GitHub does not know",
      { pulls: [pull], reviews: [review], authors: {} },
      "has no approving review",
    ],
    ["a refusal", { status: 403, pulls: {} }, "GitHub did not tell: status 403"],
    ["an answer of another form", { pulls: {} }, "GitHub did not tell: its answer is no list"],
  ])("is not proven by %s", async (_, told, because) => {
    const { github } = await gitHub({ authors, ...told });
    const [proof] = await proofsOf(repository.root, github);
    expect(proof?.state).toBe("asserted");
    expect(proof?.because).toContain(because);
  });

  test.each([
    [{ GITHUB_ACTIONS: "false" }],
    [{ GITHUB_TOKEN: "" }],
    [{ GITHUB_REPOSITORY: "../x" }],
    [{ GITHUB_API_URL: "http://elsewhere.example" }],
  ])("is not asked of GitHub with %j", (change) => {
    const job = { GITHUB_ACTIONS: "true", GITHUB_TOKEN: "x", GITHUB_REPOSITORY: "a/b" };
    expect(gitHubOf(job)).not.toBeNull();
    expect(gitHubOf({ ...job, ...change })).toBeNull();
  });
});

test("a scan tells how far the approval is known, and its replay says the same, byte for byte", async () => {
  const estate = await served();
  const repository = new TestRepository();
  repository.trust("approves@example.com");
  repository.write("leastwise.yaml", estate.configuration);
  repository.write("waivers.yaml", text(waiver({ resource: "prefect:prod/*" })));
  const commit = repository.commit("approves@example.com", "approves@example.com");
  const out = join(folder(), "out");
  const options = ["--policy", "secrets/*", "--fail-on", "none"];
  const config = ["--config", join(repository.root, "leastwise.yaml")];
  const scan = await leastwise(["scan", ...config, "--out", out, ...options], { env: clock(asOf) });
  expect(scan.status).toBe(0);
  const waived = reportIn(out).findings.filter((each) => each.outcome === "waived");
  expect(waived.length).toBeGreaterThan(0);
  for (const each of waived) expect(each).toMatchObject({ approval: "proven", waiver: { proof: { commit } } });
  expect(scan.stdout).toContain("all approvals proven");
  const again = join(folder(), "again");
  await leastwise(["evaluate", join(out, "snapshot"), "--out", again, ...options]);
  expect(readFileSync(join(again, "report.json"), "utf8")).toBe(readFileSync(join(out, "report.json"), "utf8"));
  const explained = await leastwise(["explain", waived[0]?.id ?? "", "--report", join(out, "report.json")]);
  expect(explained.stdout).toContain("approval proven: the commit that last changed it is signed by who approved");
});
