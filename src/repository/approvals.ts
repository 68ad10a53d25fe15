import { dirname } from "node:path";
import { type Approved, isSame, type Place, type Waivers } from "../config/waivers.ts";
import type { ApprovalProof } from "../resources/generated.ts";
import { type Repository, repositoryOf } from "./git.ts";
import { type GitHub, reviewOf } from "./github.ts";

/** What proves the approvals of a waivers file, by the line on which each entry begins. */
export type Proofs = Readonly<Record<string, ApprovalProof>>;

/**
 * What proves who approved each entry of a waivers file. An approval is proven where the commit that last changed the entry
 * carries a good signature of who approved, as git judges it with the keys that are trusted here; or where GitHub tells of
 * an approving review by them of the last state of the merged pull request that the commit is of. Whose name a commit
 * bears proves nothing: anybody can write it.
 * @param file the path of the waivers file
 * @param github whom to ask for reviews; null to look at git alone
 */
export async function proveApprovals(waivers: Waivers, file: string, github: GitHub | null): Promise<Proofs> {
  const all: readonly Approved[] = [...waivers.findings, ...waivers.reads];
  if (all.length === 0) return {};
  const history = historyOf(file);
  const proofs: Record<string, ApprovalProof> = {};
  for (const waiver of all) {
    const place = waivers.places.get(waiver);
    if (place !== undefined) proofs[place.line] = await prove(waiver, place, history, github);
  }
  return proofs;
}

interface History {
  repository: Repository;
  path: string;
  isShallow: boolean;
}

/** The history of a file; in words why it proves nothing, where it does not. */
function historyOf(file: string): History | string {
  const repository = repositoryOf(dirname(file));
  const path = repository?.pathOf(file) ?? null;
  if (repository === null || path === null) return "the waivers file is in no repository of git";
  if (repository.ask("cat-file", "-e", `HEAD:${path}`) === null) return "the waivers file is not committed";
  if (repository.git("status", "--porcelain", "--", path).trim() !== "")
    return "the waivers file has changes that are not committed";
  return { repository, path, isShallow: repository.git("rev-parse", "--is-shallow-repository").trim() === "true" };
}

async function prove(
  { approvedBy }: Approved,
  place: Place,
  history: History | string,
  github: GitHub | null,
): Promise<ApprovalProof> {
  const asserted = (because: string, commit: string | null = null): ApprovalProof => ({
    state: "asserted",
    commit,
    signer: null,
    review: null,
    because,
  });
  if (typeof history === "string") return asserted(history);
  const { repository, isShallow } = history;
  const commits = commitsOf(history, place);
  if (commits === null) return asserted("git does not tell who wrote the entry");
  if (isShallow && commits.boundary)
    return asserted("the history is cut off before the entry was written: fetch all of it (fetch-depth: 0)");
  const commit = repository.git("rev-list", "--topo-order", "--max-count=1", ...commits.ids).trim();
  const isLast = commits.ids.every((each) => repository.ask("merge-base", "--is-ancestor", each, commit) !== null);
  if (!isLast) return asserted("the entry was written by commits of which none is the last");
  const [verdict = "", signer = ""] = repository.git("log", "-1", "--format=%G?%x00%GS", commit).trimEnd().split("\0");
  if (verdict === "G" && isOf(signer, approvedBy))
    return {
      state: "proven",
      commit,
      signer,
      review: null,
      because: "the commit that last changed it is signed by who approved",
    };
  const unsigned = `commit ${commit.slice(0, 12)} bears no trusted signature of ${approvedBy}`;
  if (github === null) return asserted(unsigned, commit);
  const review = await reviewOf(github, commit, approvedBy);
  if (typeof review === "string") return asserted(`${unsigned}, and ${review}`, commit);
  return {
    state: "proven",
    commit,
    signer: null,
    review,
    because: "who approved it approved the pull request that brought it",
  };
}

/** The commits that wrote the lines of an entry as they stand, and whether the history is cut off at one. */
function commitsOf(
  { repository, path }: History,
  { line, lastLine }: Place,
): { ids: string[]; boundary: boolean } | null {
  const blamed = repository.ask("blame", "--porcelain", "-L", `${line},${lastLine}`, "HEAD", "--", path);
  if (blamed === null) return null;
  const ids = new Set([...blamed.matchAll(/^([0-9a-f]{40,64}) \d+ \d+/gm)].map(([, id = ""]) => id));
  return ids.size === 0 ? null : { ids: [...ids], boundary: /^boundary$/m.test(blamed) };
}

/** Whether a signer, as an address or as `Name <address>`, is somebody. */
function isOf(signer: string, person: string): boolean {
  return isSame(signer, person) || isSame(/<([^<>]+)>\s*$/.exec(signer)?.[1] ?? "", person);
}
