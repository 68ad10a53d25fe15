/**
 * One night of the compliance scan, wherever Node runs: takes the report of the night before as baseline, scans, keeps the
 * night in a container of Blob storage where nobody can change it, and uploads the SARIF where GITHUB_REPOSITORY is set.
 *
 *   NIGHTS=https://<account>.blob.core.windows.net/nights node night.ts --format json,sarif,results
 *
 * What follows the file's name goes to `leastwise scan`, whose exit status this ends with; 1 also where the night could not be
 * kept. Signs in as leastwise does (AZURE_TOKEN_CREDENTIALS, AZURE_CLIENT_ID and their companions); the identity needs
 * Storage Blob Data Contributor on the container. LEASTWISE is src/bin.ts of a clone, where it is not the `leastwise` of the path.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DefaultAzureCredential } from "@azure/identity";

const container = process.env.NIGHTS ?? "";
const credential = new DefaultAzureCredential();
const out = "leastwise-out";

/** https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api */
async function blobs(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const { token } = await credential.getToken("https://storage.azure.com/.default");
  const headers = { ...init.headers, authorization: `Bearer ${token}`, "x-ms-version": "2023-11-03" };
  const response = await fetch(`${container}${path}`, { ...init, headers });
  if (!response.ok) {
    const code = response.headers.get("x-ms-error-code") ?? "";
    throw new Error(
      `${new URL(container).host} answered ${response.status} ${code} to ${init.method ?? "GET"} ${path}`,
    );
  }
  return response;
}

/** The names of blobs below a prefix, in order. */
async function list(prefix: string): Promise<string[]> {
  const names: string[] = [];
  let marker = "";
  do {
    const query = new URLSearchParams({ restype: "container", comp: "list", prefix, ...(marker && { marker }) });
    const page = await (await blobs(`?${query}`)).text();
    names.push(...[...page.matchAll(/<Name>([^<]*)<\/Name>/g)].map(([, name]) => name ?? ""));
    marker = /<NextMarker>([^<]+)<\/NextMarker>/.exec(page)?.[1] ?? "";
  } while (marker !== "");
  return names.sort();
}

/** The report of the last night that was kept whole; the first night there is none, and everything is new. */
async function lastReport(): Promise<string | null> {
  const name = (await list("reports/")).findLast((each) => each.endsWith("/report.json"));
  if (name === undefined) return null;
  const file = join(mkdtempSync(join(tmpdir(), "leastwise-night-")), "before.json");
  writeFileSync(file, await (await blobs(`/${name}`)).bytes());
  return file;
}

/** Keeps every file of the night; the report last, so that a night that broke off is nobody's baseline. */
async function keep(): Promise<void> {
  const night = `reports/${new Date().toISOString().replaceAll(":", "-")}`;
  const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(out, name)).isFile(),
  );
  for (const name of [...files.filter((each) => each !== "report.json"), "report.json"]) {
    await blobs(`/${night}/${name}`, {
      method: "PUT",
      body: readFileSync(join(out, name)),
      headers: { "x-ms-blob-type": "BlockBlob", "if-none-match": "*" },
    });
  }
  console.log(`kept ${files.length} files in ${container}/${night}`);
}

async function night(): Promise<number> {
  if (container === "") throw new Error("NIGHTS is not set: the address of the container that keeps the nights");
  const before = await lastReport();
  const baseline = before === null ? [] : ["--baseline", before, "--overdue", "30"];
  const clone = process.env.LEASTWISE;
  const [program, ...first] = clone === undefined ? ["leastwise"] : [process.execPath, clone];
  const { status, error } = spawnSync(
    program,
    [...first, "scan", "--out", out, ...baseline, ...process.argv.slice(2)],
    { stdio: "inherit" },
  );
  if (error !== undefined) throw error;
  // A wrong configuration and a fault leave no night.
  if (status !== 0 && status !== 1 && status !== 3) return status ?? 1;
  await keep();
  if (process.env.GITHUB_REPOSITORY === undefined || !existsSync(join(out, "report.sarif"))) return status;
  const upload = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "upload-sarif.ts"), join(out, "report.sarif")],
    {
      stdio: "inherit",
    },
  );
  return status || (upload.status ?? 1);
}

try {
  process.exitCode = await night();
} catch (error) {
  console.error(`night: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
