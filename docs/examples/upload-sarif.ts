/**
 * Uploads a SARIF file to GitHub code scanning where no action of GitHub can: from a job in a private network, or from
 * another CI.
 *
 *   node upload-sarif.ts leastwise-out/report.sarif
 *
 * GITHUB_REPOSITORY is the repository (owner/name), GITHUB_TOKEN a token of a GitHub App, or a fine-grained one, that may
 * write code scanning alerts there, GITHUB_SHA and GITHUB_REF the commit and the branch (refs/heads/main) that hold the
 * configuration; GITHUB_API_URL the address of the API where it is not github.com. Ends with 1 where GitHub refuses the file.
 *
 * https://docs.github.com/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data
 */
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";

const [file = ""] = process.argv.slice(2);
const api = process.env.GITHUB_API_URL ?? "https://api.github.com";
const patience = 5 * 60_000;

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}

async function ask(url: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${variable("GITHUB_TOKEN")}`,
      "x-github-api-version": "2022-11-28",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`GitHub answered ${response.status} to ${new URL(url).pathname}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

async function upload(): Promise<void> {
  const { id } = await ask(`${api}/repos/${variable("GITHUB_REPOSITORY")}/code-scanning/sarifs`, {
    commit_sha: variable("GITHUB_SHA"),
    ref: variable("GITHUB_REF"),
    sarif: gzipSync(readFileSync(file)).toString("base64"),
    tool_name: "leastwise",
  });
  const start = Date.now();
  // GitHub takes the file at once, and says later what it makes of it.
  for (;;) {
    const { processing_status: status, errors } = await ask(
      `${api}/repos/${variable("GITHUB_REPOSITORY")}/code-scanning/sarifs/${id}`,
    );
    if (status === "complete") break;
    if (status === "failed") throw new Error(`GitHub refused the file: ${JSON.stringify(errors)}`);
    if (Date.now() - start > patience) throw new Error(`GitHub has not looked at upload ${id} for five minutes`);
    await wait(2000);
  }
  console.log(`uploaded ${file} to ${variable("GITHUB_REPOSITORY")}`);
}

try {
  await upload();
} catch (error) {
  console.error(`upload-sarif: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
