import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const src = resolve(import.meta.dirname, "../../src");

/** Which rooms of src each room may import from, beside itself. docs/architecture.md has the same table for people. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  resources: [],
  secrets: [],
  estate: [],
  config: ["resources", "secrets"],
  snapshot: ["resources"],
  policy: ["resources"],
  report: ["access", "resources"],
  collect: ["resources", "snapshot", "secrets", "config"],
  access: ["resources"],
  repository: ["config", "policy", "resources"],
  plan: ["collect", "config", "resources", "secrets", "snapshot"],
  evaluate: ["access", "policy", "resources", "snapshot", "config"],
  commands: [
    "access",
    "collect",
    "config",
    "estate",
    "evaluate",
    "plan",
    "policy",
    "report",
    "repository",
    "resources",
    "snapshot",
  ],
};

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** The files of src that a file imports, statically or when it runs. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map((match) =>
    relative(src, resolve(src, dirname(file), match[1] ?? "")).replaceAll("\\", "/"),
  );
}

const roomOf = (file: string): string | null => (file.includes("/") ? (file.split("/")[0] ?? null) : null);

test("rooms import one way only, from the rooms that their table allows", () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file);
    if (room === null) return [];
    const mayImport = [room, ...(allowed[room] ?? [])];
    return importsOf(file)
      .filter((target) => !mayImport.includes(roomOf(target) ?? "src"))
      .map((target) => `${file} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("every room has its row in the table, and the table has no other rows", () => {
  const rooms = new Set(files.map(roomOf).filter((room) => room !== null));
  expect([...rooms].sort()).toEqual(Object.keys(allowed).sort());
});

test("every import leads to a file", () => {
  const missing = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => !files.includes(target))
      .map((target) => `${file}: ${target}`),
  );
  expect(missing).toEqual([]);
});

test("no call that could change anything in Azure or Prefect is made", () => {
  const writing = files
    .filter((file) => file.startsWith("collect/"))
    .flatMap((file) => {
      const text = readFileSync(join(src, file), "utf8");
      const methods = [...text.matchAll(/method: "(\w+)"/g)]
        .map((match) => match[1])
        .filter((method) => method !== "GET" && method !== "HEAD" && method !== "POST");
      const posts = [...text.matchAll(/method: "POST",\s*path: [`"]([^`"]+)[`"]/g)]
        .map((match) => match[1] ?? "")
        .filter(
          (path) =>
            !/\/(?:filter|count)$|\/getByIds$|^\/v1\.0\/\$batch$|^\/providers\/Microsoft\.ResourceGraph\/resources\?/.test(
              path,
            ),
        );
      const calls = [
        ...text.matchAll(/\.(?:create|update|delete|begin\w+|regenerate\w*|listKeys|listAuthKeys|beginDelete)\w*\(/g),
      ].map((match) => match[0]);
      return [...methods, ...posts, ...calls].map((each) => `${file}: ${each}`);
    });
  expect(writing).toEqual([]);
});

test("what is asked for inside a batch only reads", () => {
  const batching = files
    .filter((file) => file.startsWith("collect/"))
    .map((file) => readFileSync(join(src, file), "utf8"))
    .filter((text) => text.includes("$batch"));
  expect(batching.map((text) => [...text.matchAll(/method: "(\w+)"/g)].map((match) => match[1]))).toEqual([
    ["GET", "POST"],
  ]);
});
