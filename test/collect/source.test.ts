import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/collect/http/guard.ts";
import { Ledger } from "../../src/collect/ledger.ts";
import { readFiles } from "../../src/collect/source/files.ts";
import { parseConfiguration } from "../../src/config/config.ts";
import type { Read, SourceFile } from "../../src/resources/generated.ts";
import { InputError } from "../../src/resources/problem.ts";
import { violations } from "../../src/resources/validate.ts";
import { fingerprinter } from "../../src/secrets/fingerprint.ts";
import { collectFrom, evaluated, inFolder } from "./estate.ts";

/** Found in any text by what it stands in, and no format that anybody would take for a real one. */
const secret = 'password = "Plant3d-Harbour-77"\n';

const folders: string[] = [];
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

type Content = string | Buffer;

/** A folder with files in it. */
function tree(files: Readonly<Record<string, Content>>): string {
  const root = mkdtempSync(join(tmpdir(), "leastwise-source-"));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

interface Result {
  rows: (SourceFile & { id: string })[];
  ids: string[];
  read: Read;
}

type Options = { budget?: number; key?: string; probe?: boolean; file?: string };

async function read(root: string, yaml: string, options: Options = {}): Promise<Result> {
  const { source } = parseConfiguration(`source: ${yaml}\n`, options.file ?? "leastwise.yaml", root);
  const ledger = new Ledger(defaultLimits, { begun() {}, ended() {}, waiting() {} });
  const { files: rows } = await readFiles(source ?? expect.fail("no source"), {
    ledger,
    fingerprint: options.key === undefined ? undefined : fingerprinter(options.key),
    ...(options.budget !== undefined && { budget: options.budget }),
    ...(options.probe !== undefined && { probe: options.probe }),
  });
  for (const row of rows) expect(violations("source.file", row)).toEqual([]);
  expect(ledger.reads.map(({ kind }) => kind)).toEqual(["source.file", "source.declaration"]);
  return { rows, ids: rows.map(({ id }) => id), read: ledger.reads[0] ?? expect.fail() };
}

describe("which files are read", () => {
  test("globs name them, in order of path, those with a dot before them too", async () => {
    const root = tree({
      "prefect.yaml": "a: 1\n",
      "flows/b.py": "",
      "flows/a.py": "",
      "flows/deep/er/c.py": "",
      "flows/deep/notes.md": "",
      "flows/.env": "",
      ".github/workflows/deploy.yml": "",
      "other/a.py": "",
    });
    expect((await read(root, '{ include: [prefect.yaml, "flows/**/*.py"] }')).ids).toEqual([
      "flows/a.py",
      "flows/b.py",
      "flows/deep/er/c.py",
      "prefect.yaml",
    ]);
    expect((await read(root, '{ include: ["flows/*", ./.github/] }')).ids).toEqual([
      ".github/workflows/deploy.yml",
      "flows/.env",
      "flows/a.py",
      "flows/b.py",
    ]);
    expect((await read(root, '{ include: ["{flows,other}/a.py"], exclude: [other/] }')).ids).toEqual(["flows/a.py"]);
    const { rows } = await read(root, '{ include: [flows/, "**/*.py"] }');
    expect(rows.map(({ id, includedBy }) => [id, includedBy?.length])).toEqual([
      ["flows/.env", 1],
      ["flows/a.py", 2],
      ["flows/b.py", 2],
      ["flows/deep/er/c.py", 2],
      ["flows/deep/notes.md", 1],
      ["other/a.py", 1],
    ]);
  });

  test("paths are told from the root of the repository, wherever in it the configuration stands", async () => {
    const root = tree({ "ops/leastwise.yaml": "", "ops/a.sh": "", "flows/b.py": "", "c.py": "" });
    const { ids } = await read(join(root, "ops"), '{ include: ["*.sh", ../flows/, "../*.py"] }', {
      file: "ops/leastwise.yaml",
    });
    expect(ids).toEqual(["c.py", "flows/b.py", "ops/a.sh"]);
  });

  test.each([
    ["../elsewhere/*.py", "leads out of the repository"],
    ["flows/../../*.py", "leads out of the repository"],
    ["/etc/*", "leads out of the repository"],
    ["C:/flows/*", "leads out of the repository"],
    ["!*.md", "would match everything else"],
  ])("%s is refused before anything is read", (pattern, message) => {
    const text = `source: { include: [${JSON.stringify(pattern)}] }\n`;
    try {
      parseConfiguration(text, "leastwise.yaml", "/nowhere");
      expect.fail("taken");
    } catch (error) {
      const [problem] = (error as InputError).problems;
      expect(error).toBeInstanceOf(InputError);
      expect(problem?.message).toContain(message);
      expect(problem).toMatchObject({ file: "leastwise.yaml", line: 1 });
    }
  });

  test.each([
    ["source: {}", "include"],
    ["source: { include: [] }", "include"],
    ["source: { include: [a], maxBytes: 0 }", "maxBytes"],
    ["environments: { dev: { source: [a] } }", "source"],
  ])("%s is refused", (text) => {
    expect(() => parseConfiguration(text, "leastwise.yaml", "/nowhere")).toThrow(InputError);
  });

  test("what .gitignore leaves out is left out, by the one that is nearest, unless it is asked for", async () => {
    const root = tree({
      ".gitignore": "*.log\n/build/\nsecrets.*\n!flows/secrets.example\n",
      "a.log": secret,
      "build/out.py": secret,
      "flows/build/in.py": "",
      "flows/secrets.env": secret,
      "flows/secrets.example": "",
      "flows/deep/.gitignore": "!kept.log\n*.tmp\n",
      "flows/deep/kept.log": "",
      "flows/deep/left.log": "",
      "flows/deep/x.tmp": "",
      "flows/x.tmp": "",
    });
    expect((await read(root, '{ include: ["**"], exclude: ["**/.gitignore"] }')).ids).toEqual([
      "flows/build/in.py",
      "flows/deep/kept.log",
      "flows/secrets.example",
      "flows/x.tmp",
    ]);
    const all = await read(root, '{ include: ["**"], ignoreGitignore: true }');
    expect(all.ids).toHaveLength(11);
    expect(all.rows.flatMap(({ secrets }) => secrets ?? [])).toHaveLength(3);
  });

  test(".git and node_modules are never read, at whatever depth", async () => {
    const root = tree({
      ".git/config": secret,
      "node_modules/a/index.js": secret,
      "flows/node_modules/b/index.js": secret,
      "flows/.git": secret,
      "flows/a.py": "",
    });
    expect((await read(root, '{ include: ["**"], ignoreGitignore: true }')).ids).toEqual(["flows/a.py"]);
  });
});

describe("links", () => {
  test("to a file of the repository lead there, and it is read once", async () => {
    const root = tree({ "flows/a.py": secret, "shared/b.py": secret });
    symlinkSync("../shared/b.py", join(root, "flows/link.py"));
    symlinkSync("a.py", join(root, "flows/same.py"));
    const { rows, read: line } = await read(root, "{ include: [flows/] }");
    expect(rows.map(({ id, secrets }) => [id, secrets?.length])).toEqual([
      ["flows/a.py", 1],
      ["shared/b.py", 1],
    ]);
    expect(line).toMatchObject({ outcome: "complete", items: 2 });
  });

  test("out of the repository, into .git, to nothing and round about are told and not followed", async () => {
    const outside = tree({ "passwd.py": secret, "folder/x.py": secret });
    const root = tree({ ".git/config": secret, "flows/a.py": "" });
    symlinkSync(join(outside, "passwd.py"), join(root, "flows/out.py"));
    symlinkSync(join(outside, "folder"), join(root, "flows/outfolder"));
    symlinkSync("../.git/config", join(root, "flows/git.py"));
    symlinkSync("nothing", join(root, "flows/nothing.py"));
    symlinkSync("round.py", join(root, "flows/round.py"));
    symlinkSync("..", join(root, "flows/up"));
    const { rows } = await read(root, '{ include: ["flows/**"] }');
    expect(rows.map(({ id, notScanned }) => [id, notScanned])).toEqual([
      ["flows/a.py", null],
      ["flows/git.py", "a link that leads out of the repository"],
      ["flows/nothing.py", "a link that leads nowhere"],
      ["flows/out.py", "a link that leads out of the repository"],
      ["flows/outfolder", "a link that leads out of the repository"],
      ["flows/round.py", "a link that leads nowhere"],
    ]);
    for (const { scanned, leftOut, secrets, bytes } of rows.slice(1))
      expect({ scanned, leftOut, secrets, bytes }).toEqual({ scanned: false, leftOut: true, secrets: [], bytes: null });
  });

  test("to a folder of the repository count where nothing reads the folder itself", async () => {
    const root = tree({ "flows/a.py": "", "other/b.py": secret, "flows/sub/c.py": "" });
    symlinkSync("../other", join(root, "flows/other"));
    symlinkSync("sub", join(root, "flows/again"));
    const { rows } = await read(root, '{ include: ["flows/**"] }');
    expect(rows.filter(({ scanned }) => scanned === false).map(({ id }) => id)).toEqual(["flows/other"]);
    expect((await read(root, '{ include: ["**/*.py"] }')).rows.every(({ scanned }) => scanned)).toBe(true);
  });
});

describe("what is not looked into says why", () => {
  test("binary, larger than the limit, not UTF-8, over its time", async () => {
    const root = tree({
      "a.bin": Buffer.from([80, 75, 3, 4, 0, 0, 1]),
      "b.txt": "x".repeat(101),
      "c.sql": Buffer.from(`-- caf\xe9\n${secret}`, "latin1"),
      "d.txt": secret,
      "empty.txt": "",
    });
    const { rows, read: line } = await read(root, '{ include: ["*"], maxBytes: 100 }');
    expect(rows).toMatchObject([
      { id: "a.bin", bytes: 7, format: null, scanned: false, notScanned: "binary", leftOut: true },
      { id: "b.txt", bytes: 101, scanned: false, notScanned: "larger than the limit of 100 bytes", leftOut: false },
      { id: "c.sql", scanned: false, notScanned: "not UTF-8", leftOut: false, incomplete: ["secrets"] },
      { id: "d.txt", scanned: true, notScanned: null, leftOut: false },
      { id: "empty.txt", bytes: 0, scanned: true, notScanned: null },
    ]);
    // What was found in the part that could be looked at is kept.
    expect(rows[2]?.secrets).toMatchObject([{ line: 2 }]);
    expect(rows[3]).not.toHaveProperty("incomplete");
    expect(line).toMatchObject({ outcome: "complete", items: 5, cause: null, scope: "repository" });
  });

  test("a zero byte hides nothing, and a file that has grown too large is no longer decided", async () => {
    const verdict = async (content: Content): Promise<unknown> => {
      const root = tree({ "a.py": content });
      const configuration = parseConfiguration("source: { include: [a.py], maxBytes: 100 }\n", "leastwise.yaml", root);
      const { findings, complete } = evaluated(await collectFrom(configuration), configuration);
      return { found: findings.map(({ policy }) => policy), complete };
    };
    const both = ["secrets/hardcoded-in-file", "secrets/file-not-scanned"];
    expect(await verdict(secret)).toEqual({ found: both.slice(0, 1), complete: true });
    expect(await verdict(`\0${secret}`)).toEqual({ found: both, complete: true });
    expect(await verdict(Buffer.from(secret, "utf16le"))).toEqual({ found: both, complete: true });
    expect(await verdict(secret + "#".repeat(100))).toEqual({ found: both.slice(1), complete: false });
  });

  test("a text in UTF-16 with its mark, and one in UTF-8 with its own, are looked into", async () => {
    const little = Buffer.from(`\ufeff${secret}`, "utf16le");
    const root = tree({
      "little.sql": little,
      "big.sql": Buffer.from(little).swap16(),
      "marked.sql": `\ufeff${secret}`,
    });
    const { rows } = await read(root, '{ include: ["*"] }', { key: "k" });
    const found = rows.map(({ scanned, secrets }) => ({ scanned, secrets }));
    expect(found[0]).toMatchObject({ scanned: true, secrets: [{ line: 1 }] });
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
  });

  test("a pipe and a socket keep nobody waiting", async () => {
    const root = tree({ "a.py": "" });
    execFileSync("mkfifo", [join(root, "pipe.py")]);
    symlinkSync("pipe.py", join(root, "to-pipe.py"));
    const socket = createServer();
    await new Promise<void>((done) => socket.listen(join(root, "socket.py"), done));
    try {
      const { rows, read: line } = await read(root, '{ include: ["*.py"] }');
      expect(rows.map(({ id, notScanned, leftOut }) => [id, notScanned, leftOut])).toEqual([
        ["a.py", null, false],
        ["pipe.py", "no regular file", true],
        ["socket.py", "no regular file", true],
      ]);
      expect(line.outcome).toBe("complete");
    } finally {
      socket.close();
    }
  });

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)("an unreadable file or folder makes the read partial", async () => {
    const root = tree({ "flows/a.py": "", "flows/b.py": secret, "flows/closed/c.py": secret });
    chmodSync(join(root, "flows/b.py"), 0);
    chmodSync(join(root, "flows/closed"), 0);
    try {
      const { rows, read: line } = await read(root, "{ include: [flows/] }");
      expect(line).toMatchObject({ outcome: "partial", items: 2 });
      expect(line.cause).toContain("flows/b.py (EACCES)");
      expect(line.cause).toContain("flows/closed (EACCES)");
      expect(rows[1]).toMatchObject({ id: "flows/b.py", scanned: false, leftOut: false, incomplete: ["secrets"] });
      expect((await read(root, "{ include: [flows/] }", { probe: true })).read.outcome).toBe("partial");
      // What no pattern reaches is not missed.
      expect((await read(root, "{ include: [flows/a.py] }")).read.outcome).toBe("complete");
    } finally {
      chmodSync(join(root, "flows/closed"), 0o700);
    }
  });

  test("what cannot be opened leaves the policies undecided, and the report says which file", async () => {
    const root = tree({ "flows/a.py": "" });
    // Nobody can open by its text a name that is none.
    writeFileSync(Buffer.concat([Buffer.from(`${root}/flows/b`), Buffer.from([0xff]), Buffer.from(".py")]), secret);
    mkdirSync(Buffer.concat([Buffer.from(`${root}/flows/c`), Buffer.from([0xff])]));
    const configuration = parseConfiguration("source: { include: [flows/] }\n", "leastwise.yaml", root);
    const report = evaluated(await collectFrom(configuration), configuration);
    expect(report.complete).toBe(false);
    const cause = "could not be read: flows/c\ufffd (ENOENT), flows/b\ufffd.py (ENOENT)";
    const files = ["secrets/file-not-scanned", "secrets/hardcoded-in-file"];
    expect(report.unread).toMatchObject([
      { read: "source.declaration repository", cause: expect.stringContaining("flows/b\ufffd.py was not read whole") },
      { read: "source.file repository", cause, policies: files },
    ]);
    expect(report.unknown).toMatchObject([{ policy: "secrets/hardcoded-in-file", examples: ["flows/b\ufffd.py"] }]);
    expect(report.findings).toMatchObject([
      { policy: "secrets/file-not-scanned", resource: { id: "flows/b\ufffd.py" } },
    ]);
  });
});

describe("names", () => {
  test("that hold a credential are masked, and two of them stay apart", async () => {
    const names = ["Server=a;Password=Plant3d-One-77;x", "Server=a;Password=Plant3d-Two-78;x"];
    const root = tree(Object.fromEntries(names.map((name) => [`flows/${name}/a.py`, secret])));
    const { rows } = await read(root, "{ include: [flows/] }", { key: "k" });
    expect(rows.map(({ id }) => id)).toEqual([
      "flows/Server=a;Password=••••••••;x/a.py",
      "flows/Server=a;Password=••••••••;x/a.py (2)",
    ]);
    for (const { secrets, masked } of rows) {
      expect(masked).toBe(true);
      expect(secrets?.map(({ path, line }) => [path, line])).toEqual([
        ["(file name)", 1],
        ["password", 1],
      ]);
    }
    expect(new Set(rows.flatMap(({ secrets }) => secrets ?? []).map((each) => each.fingerprint)).size).toBe(3);
    expect(JSON.stringify(rows)).not.toContain("Plant3d");
  });

  test("that hold one have their findings where the configuration stands, and all others in the file", async () => {
    const root = tree({ "Password=Plant3d-One-77;x": secret, "b.py": `\n\n  ${secret}` });
    const configuration = parseConfiguration("source: { include: ['*'] }\n", "leastwise.yaml", root);
    const { findings } = evaluated(await collectFrom(configuration), configuration);
    expect(
      findings.map(({ resource, location }) => [resource.id, location?.by, location?.file, location?.line]),
    ).toEqual([
      ["Password=••••••••;x", "configuration", "leastwise.yaml", 1],
      ["Password=••••••••;x", "configuration", "leastwise.yaml", 1],
      ["b.py", "file", "b.py", 3],
    ]);
  });
});

describe("findings", () => {
  const parse = (yaml: string, root: string) => parseConfiguration(`source: ${yaml}\n`, "leastwise.yaml", root);

  test("outlive a move of lines, and those of another credential are others", async () => {
    const idsOf = async (content: string): Promise<string[]> => {
      const root = tree({ "flows/a.py": content });
      const configuration = parse("{ include: [flows/] }", root);
      const collected = await collectFrom(configuration, {}, { environment: { LEASTWISE_FINGERPRINT_KEY: "k" } });
      return evaluated(collected, configuration).findings.map(({ id }) => id);
    };
    const [first] = await idsOf(secret);
    expect(await idsOf(`# moved\n\n\n    ${secret}`)).toEqual([first]);
    expect(await idsOf(secret.replace("77", "78"))).not.toContain(first);
    expect(new Set(await idsOf(secret + secret)).size).toBe(2);
  });

  test.each([
    "gitleaks:allow",
    "secretlint-disable-line",
    "noqa: S105",
    "pragma: allowlist secret",
    "nosec",
    "trufflehog:ignore",
    "leastwise:ignore",
    "NOSONAR",
  ])("no comment in a file silences one: %s", async (comment) => {
    const line = secret.trim();
    const root = tree({
      "a.py": `# ${comment}\n${line} # ${comment}\n`,
      "b.yaml": `# ${comment}\npassword: Plant3d-Harbour-77 # ${comment}\n`,
      ".gitleaksignore": "a.py:generic:2\nb.yaml:generic:2\n",
      ".secretlintignore": "**\n",
    });
    const configuration = parse("{ include: ['*'] }", root);
    const { findings } = evaluated(await collectFrom(configuration), configuration);
    expect(findings.map(({ resource, location }) => [resource.id, location?.line])).toEqual([
      ["a.py", 2],
      ["b.yaml", 2],
    ]);
  });

  test("belong to the environments that name the file, and to none where none does", async () => {
    const root = tree({ "infra/prod/a.tf": secret, "infra/b.tf": secret });
    const text = "environments: { prod: { source: [infra/prod/] } }\nsource: { include: [infra/] }\n";
    const configuration = parseConfiguration(text, "leastwise.yaml", root);
    const { findings } = evaluated(await collectFrom(configuration), configuration);
    expect(findings.map(({ resource }) => [resource.id, resource.environments])).toEqual([
      ["infra/b.tf", []],
      ["infra/prod/a.tf", ["prod"]],
    ]);
  });

  test("a pattern that names nothing is told, and no result is wrong for it", async () => {
    const root = tree({ "a.py": "", ".gitignore": "b.py\n", "b.py": secret });
    const text = `environments: { dev: { source: [c/] } }\nsource: { include: [a.py, b.py, "nothing/**"] }\n`;
    const configuration = parseConfiguration(text, "leastwise.yaml", root);
    const report = evaluated(await collectFrom(configuration), configuration);
    expect(report.complete).toBe(true);
    expect(report.vacuous.filter(({ policy }) => policy === "leastwise.yaml").map(({ what }) => what)).toEqual([
      "source.include: b.py names no file that is read; .gitignore and exclude leave some out",
      "source.include: nothing/** names no file that is read; .gitignore and exclude leave some out",
      "environments.dev.source: c/ names no file that is read",
    ]);
  });

  test("without source: the policies of files are left out and listed", async () => {
    const configuration = parseConfiguration("{}\n", "leastwise.yaml", "/nowhere");
    const content = await collectFrom(configuration);
    expect(content.manifest.systems.source).toBe(false);
    const { leftOut } = evaluated(content, configuration);
    expect(leftOut.filter(({ because }) => because === "source is not configured").map(({ policy }) => policy)).toEqual(
      ["secrets/file-not-scanned", "secrets/hardcoded-in-file"],
    );
  });
});

test("of a snapshot in parts, the first reads the files", async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, "a.py"), secret);
    const configuration = parseConfiguration("source: { include: [a.py] }\n", "leastwise.yaml", folder);
    const part = (index: number) => collectFrom(configuration, {}, { part: { index, count: 2, run: "r" } });
    const [first, second] = [await part(1), await part(2)];
    expect(first.rows.get("source.file")).toHaveLength(1);
    expect(second.rows.get("source.file")).toEqual([]);
    expect(second.reads).toEqual([]);
    expect(second.manifest.systems).toEqual(first.manifest.systems);
  });
});
