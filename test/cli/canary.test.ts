import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { type Field, type FieldType, kinds } from "../../src/resources/kinds.ts";
import type { FormatName } from "../../src/secrets/formats/format.ts";
import { mask } from "../../src/secrets/mask.ts";
import { contents, leaked } from "../prefect/leaks.ts";
import { Planter } from "./plant.ts";
import { asOf, clock, folder, leastwise, type Run, readJson, reportIn, served, write } from "./run.ts";

const lines = (texts: readonly string[], line: (text: string, index: number) => string): string =>
  texts.map(line).join("\n");
const oneLine = (text: string): string => text.replaceAll("\n", "\\n");
const inXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const json = JSON.stringify;

/** How a file of each format that leastwise knows holds texts: as its literals, as its names and in its remarks. */
const formats: Readonly<Record<FormatName, [name: string, of: (planter: Planter, place: string) => string]>> = {
  python: [
    "flow.py",
    (planter, place) =>
      `import os\n${lines(planter.each(place), (it, index) => `note${index} = ${json(it)}\n# ${oneLine(it)}`)}\nrun(**${json(planter.values(`${place}, as a map`))})\n`,
  ],
  json: ["data.json", (planter, place) => json(planter.values(place), null, 2)],
  jsonl: ["rows.ndjson", (planter, place) => lines(planter.each(place), (it) => json({ note: it, [it]: 1 }))],
  notebook: [
    "notebook.ipynb",
    (planter, place) =>
      json({
        cells: [
          {
            cell_type: "code",
            source: planter.each(place).map((it, index) => `note${index} = ${json(it)}\n`),
            outputs: [{ text: planter.each(`${place}, output`) }],
          },
        ],
        nbformat: 4,
      }),
  ],
  yaml: [
    "prefect.yaml",
    (planter, place) =>
      `${stringify(planter.values(place))}---\n${stringify({ deployments: planter.each(`${place}, second document`) })}`,
  ],
  toml: [
    "pyproject.toml",
    (planter, place) =>
      `[tool]\n${lines(planter.each(place), (it, index) => `note${index} = ${json(it)}`)}\n${lines(planter.each(`${place}, as a key`), (it) => `${json(it)} = 1`)}\n`,
  ],
  dotenv: [".env", (planter, place) => lines(planter.each(place), (it, index) => `export NOTE${index}=${json(it)}`)],
  bicep: [
    "main.bicep",
    (planter, place) =>
      lines(planter.each(place), (it, index) => `var note${index} = '''\n${it}\n'''\n// ${oneLine(it)}`),
  ],
  terraform: [
    "main.tf",
    (planter, place) => lines(planter.each(place), (it, index) => `note${index} = ${json(it)}\n# ${oneLine(it)}`),
  ],
  sql: [
    "load.sql",
    (planter, place) =>
      lines(planter.each(place), (it) => `INSERT INTO a VALUES ('${it.replaceAll("'", "''")}');\n-- ${oneLine(it)}`),
  ],
  shell: ["run.sh", (planter, place) => lines(planter.each(place), (it) => `${it}\n# ${oneLine(it)}`)],
  powershell: ["run.ps1", (planter, place) => lines(planter.each(place), (it) => `${it}\n# ${oneLine(it)}`)],
  properties: [
    "app.properties",
    (planter, place) => lines(planter.each(place), (it, index) => `note${index}=${oneLine(it)}\n# ${oneLine(it)}`),
  ],
  xml: [
    "web.config",
    (planter, place) =>
      `<?xml version="1.0"?>\n<all>\n${lines(planter.each(place), (it) => `<note>${inXml(it)}</note>`)}\n</all>\n`,
  ],
  dockerfile: [
    "Dockerfile",
    (planter, place) => `FROM python\n${lines(planter.each(place), (it, index) => `ENV NOTE${index}=${json(it)}`)}\n`,
  ],
  text: ["notes.txt", (planter, place) => planter.all(place)],
};

/** A file of each format, whole, broken off, and in Latin-1; one that is none; and files whose names hold a credential. */
function plantFiles(planter: Planter, root: string): void {
  for (const [format, [name, of]] of Object.entries(formats)) {
    write(join(root, name), of(planter, `a file in ${format}`));
    write(join(root, "broken", name), `${of(planter, `a broken file in ${format}`).slice(0, -2)}"'{[(`);
    write(join(root, "latin", name), Buffer.from(`\xe9\n${of(planter, `a file in ${format} and Latin-1`)}`, "latin1"));
  }
  write(join(root, "image.bin"), `\0\u0001${planter.all("a binary file")}\0`);
  for (const way of ["alone", "ending", "inside"]) {
    for (const [index, text] of planter.each(`the name of a file, ${way}`).entries()) {
      const name = way === "alone" ? text : way === "ending" ? `${text}.py` : `dump ${text}`;
      // Not every text can be a name.
      if (/[/\0\n]/.test(name) || Buffer.byteLength(name) > 250) continue;
      write(join(root, "names", way, name), planter.one("a file of that name"));
      write(join(root, "names", `${way}-${index}`, name, "a.py"), planter.one("a file in a folder of that name"));
    }
  }
}

/** The fields of a kind's rows that hold texts, as `tags.*` and `permissions[].actions[]`. */
function textFields(fields: ReadonlyMap<string, Field>, above = ""): string[] {
  const of = (type: FieldType, at: string): string[] => {
    if (type.type === "list") return of(type.of, `${at}[]`);
    if (type.type === "map") return of(type.of, `${at}.*`);
    if (type.type === "object") return textFields(type.fields, `${at}.`);
    return type.type === "string" && type.enum === null ? [at] : [];
  };
  return [...fields.values()].flatMap(({ name, type, source }) => (source === "stored" ? of(type, above + name) : []));
}

/** The texts of rows by their fields. */
function textsIn(value: unknown, at = "", found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  if (typeof value === "string") found.set(at, (found.get(at) ?? new Set()).add(value));
  else if (Array.isArray(value)) for (const each of value) textsIn(each, at === "" ? "" : `${at}[]`, found);
  else if (typeof value === "object" && value !== null)
    for (const [key, each] of Object.entries(value)) {
      textsIn(each, at === "" ? key : `${at}.${key}`, found);
      if (at !== "") textsIn(each, `${at}.*`, found);
    }
  return found;
}

/** A text that leads to something else: an id, an address, a time, a number. */
const link =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\/.*|(?:https?|prefect):.*|P[\dT].*|[\d./:]+(?:T.*)?|\w+|[\w.-]+\.(?:net|com|example|io)|\w+\/.*)$/i;

/** Fields that stand in the ids of Azure or are words of leastwise's own, so that no credential can come there. */
const ofNobody =
  /^(?:(?:azure\.\w+|synapse\.workspace) (?:scope\.\w+|resourceGroup|name)|azure\.storageContainer accessControl\..*|azure\.diagnosticSetting resourceKind|synapse\.workspace identityType|prefect\.assetEvent upstream\[\]|source\.file notScanned|\S+ (?:secrets|secretFields|keyVaultSecrets)\[\]\.(?:path|type|fingerprint))$/;

const planter = new Planter(20_261_120);
const at = folder();
const temporary = folder();
const login = `etl:${planter.of("the login to Prefect", "secret_in_the_clear").value}`;
const fingerprintKey = planter.of("the key for fingerprints", "secret_in_the_clear, as a key").value;
const places = new Map<string, string | Buffer>();
/** The files that credentials were planted in. */
let files: ReadonlySet<string> = new Set();
/** The paths of all requests that were made. */
let requests: readonly { path: string }[] = [];
const env = { TMPDIR: temporary, PREFECT_AUTH: login, LEASTWISE_FINGERPRINT_KEY: fingerprintKey };

function keep(name: string, run: Run): Run {
  places.set(`stdout of ${name}`, run.stdout);
  places.set(`stderr of ${name}`, run.stderr);
  return run;
}

function keepFiles(): void {
  for (const [name, folder] of [
    ["", at],
    ["TMPDIR/", temporary],
  ] as const)
    for (const [file, content] of contents(folder)) {
      // What was planted stands there, and leastwise writes nothing there.
      if (name === "" && file.startsWith("source/")) expect(files).toContain(file);
      else places.set(`${name}${file}`, content);
    }
}

async function run(args: string[], more: Record<string, string> = {}): Promise<Run> {
  return keep(args.join(" "), await leastwise(args, { cwd: at, env: { ...env, ...more } }));
}

const withLogin = (configuration: string): string =>
  configuration.replace(/^( {4}api: .*)$/gm, "$1\n    auth: PREFECT_AUTH");

beforeAll(async () => {
  const estate = await served({
    prefectAuth: login,
    edit: (data) => {
      for (const [name, part] of Object.entries(data)) planter.everywhere(part, name);
    },
  });
  requests = estate.requests;
  const configuration = withLogin(estate.configuration);
  expect(configuration).toContain("auth: PREFECT_AUTH");
  write(join(at, "leastwise.yaml"), configuration);
  expect(configuration).toContain("include: [source/]");
  plantFiles(planter, join(at, "source"));
  files = new Set([...contents(at).keys()].filter((file) => file.startsWith("source/")));
  const scan = await run(["scan", "--verbose", "--format", "json,sarif,markdown,junit,csv,results"], clock(asOf));
  expect(scan.status).not.toBe(4);
}, 300_000);

test("scan finds credentials of every type in the files of every format, and in everything that people fill", () => {
  const report = reportIn(join(at, "leastwise-out"));
  for (const policy of ["block", "variable", "deployment", "work-pool", "file"]) {
    expect(report.findings.filter((each) => each.policy === `secrets/hardcoded-in-${policy}`).length).toBeGreaterThan(
      5,
    );
  }
  expect(report.kinds["source.file"]).toBe(files.size);
  expect(planter.planted.length).toBeGreaterThan(100_000);
});

test("a credential stood in every field that leastwise keeps a text of", () => {
  const snapshot = contents(join(at, "leastwise-out", "snapshot"));
  const without = [...kinds].flatMap(([kind, { fields }]) => {
    const rows = (snapshot.get(`${kind}.ndjson`)?.toString() ?? "").split("\n").filter((line) => line !== "");
    const texts = textsIn(rows.map((line): unknown => JSON.parse(line)));
    return textFields(fields).flatMap((field) => {
      if (ofNobody.test(`${kind} ${field}`)) return [];
      const held = [...(texts.get(field) ?? [])];
      return held.some((text) => text.includes(mask)) || held.every((text) => link.test(text))
        ? []
        : [`${kind} ${field}: ${held[0]}`];
    });
  });
  expect(without).toEqual([]);
});

test("and shows none of those that stand anywhere in the estate or the files", () => {
  keepFiles();
  places.set("requests", requests.map(({ path }) => path).join("\n"));
  expect([...places.keys()].filter((name) => name.endsWith(".gz"))).toHaveLength(1);
  expect(leaked(planter.secrets, places)).toEqual([]);
}, 300_000);

test("nor do the other commands", async () => {
  const snapshot = join("leastwise-out", "snapshot");
  const { findings } = reportIn(join(at, "leastwise-out"));
  const commands = [
    ["evaluate", snapshot, "--verbose", "--out", "again", "--format", "json,sarif,results"],
    ["explain", findings.find((each) => each.policy === "secrets/hardcoded-in-block")?.id ?? ""],
    ["query", "prefect.block", "--format", "json"],
    ["query", "azure.principal", "--select", "id,displayName"],
    ["query", "source.file", "--format", "csv"],
    ["access", "--review", "--out", "review"],
    ["config"],
    ["doctor"],
  ];
  places.clear();
  const runs = await Promise.all(commands.map((args) => run(args)));
  for (const [index, { status, stderr }] of runs.entries()) {
    expect({ command: commands[index], status, stderr }).not.toMatchObject({ status: 2 });
    expect({ command: commands[index], status, stderr }).not.toMatchObject({ status: 4 });
  }
  keepFiles();
  expect(leaked(planter.secrets, places)).toEqual([]);
}, 300_000);

test("nor does a refusal, a redirect, a page or a broken answer of any service that holds them", async () => {
  const own = new Planter(3);
  const made = new Map<string, string>();
  let answers = 0;
  /** The same at each request, for there are many. */
  const once = (place: string, make: (place: string) => string): string => {
    const text = made.get(place) ?? make(place);
    made.set(place, text);
    return text;
  };
  const unkind = createServer((request, response) => {
    const [, way = ""] = (request.url ?? "").split("/");
    const all = (what: string): string => once(`${way}: ${what}`, (place) => own.all(place));
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    const headers = once(`${way}: headers`, (place) => JSON.stringify(own.each(place).map(encodeURIComponent)));
    const each: string[] = JSON.parse(headers);
    const place = each[answers++ % each.length] ?? "";
    switch (way) {
      case "forbidden":
        return answer(
          403,
          { error: { code: decodeURIComponent(place), message: all("message") }, detail: all("detail") },
          { "www-authenticate": `Basic realm="${place}"`, "x-ms-request-id": place, "x-ms-error-code": place },
        );
      case "unauthorized":
        return answer(401, { detail: `wrong: ${request.headers.authorization ?? ""} ${all("message")}` });
      case "broken":
        return answer(200, `{"value": [{"id": "a", "name": ${JSON.stringify(all("broken JSON"))}`);
      case "html":
        return answer(200, `<p>${all("page")}</p>`, { "content-type": "text/html" });
      case "shape":
        return answer(200, { [all("name of a field")]: all("field"), value: all("value") });
      case "rows":
        return answer(200, [{ id: 7, name: all("malformed row") }, { name: all("row without id") }]);
      case "items":
        return answer(200, { value: [{ id: all("id"), name: { [all("key")]: 1 }, properties: all("properties") }] });
      case "elsewhere":
        return answer(307, "", { location: `https://etl:${place}@elsewhere.example/` });
      case "linked":
        return answer(200, {
          value: [],
          nextLink: `https://elsewhere.example/?sig=${place}`,
          "@odata.nextLink": `https://elsewhere.example/?sig=${place}`,
        });
      default:
        return answer(400, { exception_message: all("message") });
    }
  });
  await new Promise<void>((resolve) => unkind.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void unkind.close());
  const origin = `http://127.0.0.1:${(unkind.address() as AddressInfo).port}`;
  const kind = await served();
  // Each server of Prefect is unkind in another way, whatever Azure does.
  const ways = ["forbidden", "unauthorized", "broken", "html", "shape", "rows", "items", "elsewhere", "other"];
  places.clear();
  const servers = ways.map((each) => `  - { name: ${each}, api: "${origin}/${each}/api", auth: PREFECT_AUTH }\n`);
  await Promise.all(
    ["forbidden", "linked", "items"].map(async (way) => {
      const api = `${origin}/${way}`;
      const config = write(
        join(at, `${way}.yaml`),
        `azure:\n  cloud: { resourceManager: "${api}", graph: "${api}", synapse: "${api}/{workspace}", keyVault: "${api}/{vault}" }\n${way === "items" ? `prefect:\n${servers.join("")}` : ""}`,
      );
      const { status } = await run(["scan", "--config", config, "--out", `out-${way}`, "--verbose", "--max-wait", "1"]);
      expect(status).toBe(3);
      const reads = readJson(at, `out-${way}`, "report.json") as { unread: unknown[] };
      expect(reads.unread.length).toBeGreaterThan(10);
      if (way === "linked") return;
      // What is found by way of the resources is asked of other services, which are never come to where these are unkind.
      const below = write(
        join(at, `${way}-below.yaml`),
        kind.configuration.replaceAll(/"http:\/\/127\.0\.0\.1:\d+\/(?:synapse|vault|lake)\//g, `"${api}/`),
      );
      const asked = await run(["scan", "--config", below, "--out", `below-${way}`, "--verbose", "--max-wait", "1"]);
      expect([1, 3]).toContain(asked.status);
    }),
  );
  keepFiles();
  expect(own.planted.length).toBeGreaterThan(1_000);
  expect(leaked([...planter.secrets.slice(0, 2), ...own.secrets], places)).toEqual([]);
}, 300_000);

test("a password that stands inside a block's address is gone, and host and user are still there", () => {
  const rows =
    contents(join(at, "leastwise-out", "snapshot"))
      .get("prefect.block.ndjson")
      ?.toString() ?? "";
  expect(rows).toContain("Server=tcp:a.sql.azuresynapse.net;User ID=etl;Password=");
  expect(rows).toContain("postgresql://etl:");
  expect(rows).toContain("@db.example.com/lake");
});
