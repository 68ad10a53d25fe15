import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { asOf, clock, folder, reportIn, served, write } from "../cli/run.ts";
import { programs } from "../github/play.ts";

const root = resolve(import.meta.dirname, "../..");
const servers: Server[] = [];
afterAll(() => {
  for (const each of servers) each.close();
});

async function listen(
  answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(request, Buffer.concat(parts), response));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A container of Blob storage with an immutability policy: what is there is never written again. */
async function container(): Promise<{ url: string; store: string }> {
  const store = folder();
  const url = await listen((request, body, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://storage");
    const end = (status: number, content: string | Buffer = ""): void => {
      response.writeHead(status).end(content);
    };
    if (request.headers.authorization !== "Bearer a-token" || request.headers["x-ms-version"] === undefined)
      return end(403);
    if (searchParams.get("comp") === "list") {
      const names = readdirSync(store, { recursive: true, encoding: "utf8" })
        .filter(
          (name) => statSync(join(store, name)).isFile() && `${name}`.startsWith(searchParams.get("prefix") ?? ""),
        )
        .sort();
      // One name a page, as a service may.
      const at = Number(searchParams.get("marker") ?? 0);
      const next = at + 1 < names.length ? at + 1 : "";
      const blobs = names.slice(at, at + 1).map((name) => `<Blob><Name>${name}</Name></Blob>`);
      return end(
        200,
        `<EnumerationResults><Blobs>${blobs}</Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`,
      );
    }
    const file = join(store, decodeURIComponent(pathname).replace("/nights/", ""));
    if (request.method === "GET") return existsSync(file) ? end(200, readFileSync(file)) : end(404);
    if (request.headers["x-ms-blob-type"] !== "BlockBlob" || request.headers["if-none-match"] !== "*") return end(400);
    if (existsSync(file)) return end(409);
    mkdirSync(dirname(file), { recursive: true });
    write(file, body);
    end(201);
  });
  return { url: `${url}/nights`, store };
}

interface Uploaded {
  commit_sha: string;
  ref: string;
  sarif: { runs: unknown[] };
}

/** Code scanning of GitHub, which says at the second question what it makes of a file. */
async function codeScanning(verdict: object): Promise<{ url: string; uploads: Uploaded[] }> {
  const uploads: Uploaded[] = [];
  let asked = 0;
  const url = await listen((request, body, response) => {
    const end = (status: number, content: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
    };
    if (request.headers.authorization !== "Bearer a github token") return end(401, { message: "Bad credentials" });
    if (request.method === "POST" && request.url === "/repos/own/data/code-scanning/sarifs") {
      const { sarif, ...rest } = JSON.parse(body.toString());
      uploads.push({ ...rest, sarif: JSON.parse(gunzipSync(Buffer.from(sarif, "base64")).toString()) });
      return end(202, { id: "47177e22", url: "" });
    }
    if (request.url !== "/repos/own/data/code-scanning/sarifs/47177e22") return end(404, { message: "Not Found" });
    asked += 1;
    end(200, asked === 1 ? { processing_status: "pending" } : verdict);
  });
  return { url, uploads };
}

const az = `[[ $1 == account ]] && echo '{"accessToken":"a-token","expires_on":4102444800,"expiresOn":"2100-01-01 00:00:00.000000","tokenType":"Bearer"}'`;

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ status: number; printed: string }> {
  const home = folder();
  const bin = programs(home, { az });
  return new Promise((done) => {
    execFile(
      program,
      [...args],
      {
        cwd,
        env: {
          PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
          HOME: home,
          TMPDIR: home,
          AZURE_TOKEN_CREDENTIALS: "AzureCliCredential",
          ...clock(asOf),
          ...env,
        },
      },
      (error, stdout, stderr) => done({ status: error === null ? 0 : Number(error.code), printed: stdout + stderr }),
    );
  });
}

const leastwise = join(root, "src/bin.ts");
const night = join(root, "docs/examples/night.ts");

describe("a night where no hosted runner can reach", { timeout: 120_000 }, () => {
  test("is kept and uploaded; the next one takes it as baseline, and what is known is not red again", async () => {
    const { configuration } = await served();
    const { url, store } = await container();
    const github = await codeScanning({ processing_status: "complete" });
    const env = {
      LEASTWISE: leastwise,
      NIGHTS: url,
      GITHUB_REPOSITORY: "own/data",
      GITHUB_TOKEN: "a github token",
      GITHUB_SHA: "4b6472266afd7b471e86085a6659e8c7f2b119da",
      GITHUB_REF: "refs/heads/main",
      GITHUB_API_URL: github.url,
    };
    const runs = [];
    const folders = [folder(), folder()];
    for (const each of folders) {
      write(join(each, "leastwise.yaml"), configuration);
      runs.push(await run(process.execPath, [night, "--allow-unknown", "--format", "json,sarif,results"], each, env));
    }
    expect(
      runs.map(({ status }) => status),
      runs.map(({ printed }) => printed).join("\n"),
    ).toEqual([1, 0]);
    const [first, second] = folders.map((each) => reportIn(join(each, "leastwise-out")));
    expect(second?.inputs.baseline).toBe(first?.run.id);
    expect(second?.findings.filter(({ baseline }) => baseline === "new")).toEqual([]);
    const kept = readdirSync(join(store, "reports"));
    expect(kept).toHaveLength(2);
    expect(existsSync(join(store, "reports", kept[0] ?? "", "snapshot/manifest.json"))).toBe(true);
    expect(github.uploads.map(({ ref }) => ref)).toEqual(["refs/heads/main", "refs/heads/main"]);
    expect(github.uploads[0]?.sarif.runs.length).toBeGreaterThan(1);
    expect(runs.map(({ printed }) => printed).join("\n")).not.toMatch(/a-token|a github token/);
  });

  test("keeps nothing where the configuration is wrong, and says so with the scan's own status", async () => {
    const { url, store } = await container();
    const at = folder();
    write(join(at, "leastwise.yaml"), "environments: [");
    const { status } = await run(process.execPath, [night], at, { LEASTWISE: leastwise, NIGHTS: url });
    expect(status).toBe(2);
    expect(readdirSync(store)).toEqual([]);
  });

  test("is red where the container refuses", async () => {
    const { status, printed } = await run(process.execPath, [night], folder(), {
      LEASTWISE: leastwise,
      NIGHTS: await listen((_, __, response) =>
        response.writeHead(403, { "x-ms-error-code": "AuthorizationFailure" }).end(),
      ),
    });
    expect(status).toBe(1);
    expect(printed).toMatch(/answered 403 AuthorizationFailure to GET/);
  });

  test.each([
    [
      "a file that GitHub refuses",
      { processing_status: "failed", errors: ["rejecting SARIF"] },
      "a github token",
      /rejecting SARIF/,
    ],
    ["a token that GitHub does not know", {}, "another", /answered 401 .*Bad credentials/],
  ])("the upload is red for %s", async (_, verdict, token, says) => {
    const github = await codeScanning(verdict);
    const { status, printed } = await run(
      process.execPath,
      [join(root, "docs/examples/upload-sarif.ts"), write(join(folder(), "a.sarif"), "{}")],
      root,
      {
        GITHUB_REPOSITORY: "own/data",
        GITHUB_TOKEN: token,
        GITHUB_SHA: "4b6472266afd7b471e86085a6659e8c7f2b119da",
        GITHUB_REF: "refs/heads/main",
        GITHUB_API_URL: github.url,
      },
    );
    expect(status).toBe(1);
    expect(printed).toMatch(says);
  });
});

describe("the example for", { timeout: 120_000 }, () => {
  /** What their machines bring: the clone of leastwise stands where it would be put, and npm has installed it. */
  function machine(below: string): string {
    return programs(below, {
      git: `[[ $* == *clone* ]] && mkdir -p "\${@: -1}" && cp -r '${root}/docs' '${root}/src' '${root}/schemas' '${root}/policies' '${root}/package.json' "\${@: -1}" && ln -s '${root}/node_modules' "\${@: -1}/node_modules"; exit 0`,
      npm: "[[ $1 == ci ]]",
      curl: `echo '{"visibility":"private"}'`,
    });
  }

  test("GitLab scans, keeps the night and leaves a JUnit report", async () => {
    const { configuration } = await served();
    const { url, store } = await container();
    const project = join(folder(), "project");
    write(join(project, "leastwise.yaml"), configuration);
    const { leastwise: job } = parse(readFileSync(join(root, "docs/examples/gitlab-ci.yml"), "utf8"), { strict: true });
    const given = {
      CI_PROJECT_DIR: project,
      CI_PROJECT_VISIBILITY: "private",
      AZURE_ID_TOKEN: "an id token",
      NIGHTS: url,
    };
    const variables = Object.entries(job.variables as Record<string, string>)
      .filter(([name]) => name !== "AZURE_TOKEN_CREDENTIALS")
      .map(([name, value]) => [name, value.replace("$CI_PROJECT_DIR", project)]);
    const bin = machine(folder());
    const script = ["set -eo pipefail", `PATH="${bin}:$PATH"`, ...job.script].join("\n");
    const env = { ...given, ...Object.fromEntries(variables) };
    const { status, printed } = await run("bash", ["-c", script], project, env);
    expect(status, printed).toBe(1);
    expect(existsSync(join(project, job.artifacts.reports.junit))).toBe(true);
    expect(readdirSync(join(store, "reports"))).toHaveLength(1);
    const open = await run("bash", ["-c", script], project, { ...env, CI_PROJECT_VISIBILITY: "public" });
    expect(open.status).toBe(1);
    expect(readdirSync(join(store, "reports"))).toHaveLength(1);
  });

  test("Azure DevOps scans, keeps the night and leaves a JUnit report", async () => {
    const { configuration } = await served();
    const { url, store } = await container();
    const project = folder();
    write(join(project, "leastwise.yaml"), configuration);
    const pipeline = parse(readFileSync(join(root, "docs/examples/azure-pipelines.yml"), "utf8"), { strict: true });
    const scripts = pipeline.steps.flatMap((step: { bash?: string; inputs?: { inlineScript?: string } }) => {
      const script = step.bash ?? step.inputs?.inlineScript;
      return script === undefined ? [] : [`( ${script}\n)`];
    });
    expect(scripts).toHaveLength(3);
    const bin = machine(folder());
    const { status, printed } = await run(
      "bash",
      ["-c", ["set -eo pipefail", `PATH="${bin}:$PATH"`, ...scripts].join("\n")],
      project,
      {
        AGENT_TEMPDIRECTORY: folder(),
        SYSTEM_ACCESSTOKEN: "t",
        SYSTEM_COLLECTIONURI: "https://dev.azure.com/own/",
        SYSTEM_TEAMPROJECTID: "1",
        NIGHTS: url,
      },
    );
    expect(status, printed).toBe(1);
    const published = pipeline.steps.find((step: { task?: string }) => step.task?.startsWith("PublishTestResults@"));
    expect(existsSync(join(project, published.inputs.testResultsFiles))).toBe(true);
    expect(readdirSync(join(store, "reports"))).toHaveLength(1);
  });
});
