import { isSame } from "../config/waivers.ts";

/** How long one answer may take, in ms. */
const longest = 15_000;
/** So many reviews of one pull request are looked at, a hundred at a time. */
const mostPages = 10;

/** A review that approved the last state of a merged pull request. */
export interface Review {
  pullRequest: number;
  /** The login of who approved. */
  reviewer: string;
  submittedAt: string;
}

/** Who asks GitHub, and about which repository. */
export interface GitHub {
  /** The address of the API, as `GITHUB_API_URL` has it. */
  api: string;
  /** `owner/name`. */
  repository: string;
  token: string;
}

/** What a job on GitHub Actions is given to ask with; null elsewhere, and without a token. */
export function gitHubOf(environment: NodeJS.ProcessEnv): GitHub | null {
  const {
    GITHUB_ACTIONS,
    GITHUB_API_URL: api = "https://api.github.com",
    GITHUB_REPOSITORY,
    GITHUB_TOKEN,
  } = environment;
  if (GITHUB_ACTIONS !== "true" || !GITHUB_TOKEN || !/^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/.test(GITHUB_REPOSITORY ?? ""))
    return null;
  if (!/^https:\/\/|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/|$)/.test(api)) return null;
  return { api: api.replace(/\/$/, ""), repository: GITHUB_REPOSITORY ?? "", token: GITHUB_TOKEN };
}

/**
 * The review by which somebody approved a commit: that of the last state of a merged pull request that the commit is of.
 * Documented: docs.github.com/rest/commits/commits (list pull requests associated with a commit), rest/pulls/reviews.
 * @param approver an address, or a login with or without @
 * @returns the review, or in words why there is none
 */
export async function reviewOf(github: GitHub, commit: string, approver: string): Promise<Review | string> {
  try {
    const pulls = listOf(await get(github, `commits/${commit}/pulls`));
    const merged = pulls.filter((each) => typeof each.merged_at === "string");
    if (merged.length === 0) return `commit ${commit.slice(0, 12)} is of no merged pull request`;
    const logins = await loginsOf(github, approver);
    let why = "";
    for (const pull of merged) {
      const number = Number(pull.number);
      const author = textIn(pull.user, "login");
      const head = textIn(pull.head, "sha");
      const review = (await latestReviews(github, number)).find(
        ({ login, state }) => state === "APPROVED" && logins(login),
      );
      if (review === undefined) why = `pull request ${number} has no approving review by ${approver}`;
      else if (isSame(review.login, author)) why = `${review.login} made pull request ${number} and cannot approve it`;
      else if (review.commit !== head) why = `the review of pull request ${number} was of an earlier state`;
      else return { pullRequest: number, reviewer: review.login, submittedAt: review.submittedAt };
    }
    return why;
  } catch (error) {
    return `GitHub did not tell: ${(error as Error).message}`;
  }
}

interface OneReview {
  login: string;
  state: string;
  commit: string;
  submittedAt: string;
}

/** Each reviewer's last word; a comment is none. */
async function latestReviews(github: GitHub, pull: number): Promise<OneReview[]> {
  const last = new Map<string, OneReview>();
  for (let page = 1; ; page++) {
    if (page > mostPages) throw new Error(`pull request ${pull} has too many reviews`);
    const reviews = listOf(await get(github, `pulls/${pull}/reviews?per_page=100&page=${page}`));
    for (const each of reviews) {
      const login = textIn(each.user, "login");
      const state = textIn(each, "state");
      if (login === "" || state === "COMMENTED" || state === "PENDING") continue;
      last.set(login.toLowerCase(), {
        login,
        state,
        commit: textIn(each, "commit_id"),
        submittedAt: textIn(each, "submitted_at"),
      });
    }
    if (reviews.length < 100) return [...last.values()];
  }
}

/**
 * Whether a login is somebody's: the login itself, the address that GitHub hides it behind, or the account that GitHub knows
 * the address of by its commits. GitHub links an address to an account only once its owner has confirmed it.
 */
async function loginsOf(github: GitHub, approver: string): Promise<(login: string) => boolean> {
  const name = approver.trim();
  if (!/.@/.test(name)) return (login) => isSame(login, name.replace(/^@/, ""));
  const hidden = /^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$/i.exec(name)?.[1];
  if (hidden !== undefined) return (login) => isSame(login, hidden);
  const [commit] = listOf(await get(github, `commits?author=${encodeURIComponent(name)}&per_page=1`));
  const known = textIn(commit?.author, "login");
  return (login) => known !== "" && isSame(login, known);
}

async function get({ api, repository, token }: GitHub, path: string): Promise<unknown> {
  const response = await fetch(`${api}/repos/${repository}/${path}`, {
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28",
    },
    // The token is for this host alone.
    redirect: "error",
    signal: AbortSignal.timeout(longest),
  }).catch((error: Error) => {
    throw new Error(error.name === "TimeoutError" ? "no answer in 15 s" : "no connection");
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json().catch(() => {
    throw new Error("its answer is not JSON");
  });
}

type Fields = Readonly<Record<string, unknown>>;

function listOf(answer: unknown): readonly Fields[] {
  if (!Array.isArray(answer)) throw new Error("its answer is no list");
  return answer as Fields[];
}

function textIn(fields: unknown, name: string): string {
  const value = (fields as Fields | null | undefined)?.[name];
  return typeof value === "string" ? value : "";
}
