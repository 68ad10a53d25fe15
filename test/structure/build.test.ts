import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const clone = mkdtempSync(join(tmpdir(), "leastwise-build-"));
afterAll(() => rmSync(clone, { recursive: true, force: true }));

test("what is built can be executed, however often it is built", { timeout: 120_000 }, () => {
  for (const each of ["package.json", "tsconfig.json", "tsconfig.build.json", "src", "schemas"])
    cpSync(join(root, each), join(clone, each), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  for (const time of ["first", "second"]) {
    execFileSync("npm", ["run", "build"], { cwd: clone, stdio: "pipe" });
    expect(statSync(join(clone, "dist/bin.js")).mode & 0o111, time).toBe(0o111);
  }
});

test("an older Node is told how to run what is installed, and nothing of that name is fetched", () => {
  const older = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.19.0'})";
  const run = spawnSync(process.execPath, ["--import", older, join(root, "src/bin.ts"), "policy", "list"], {
    encoding: "utf8",
  });
  expect(run).toMatchObject({ status: 2, stdout: "" });
  expect(run.stderr).toContain("npx -p node@24 leastwise\n");
  expect(run.stderr).not.toContain("-p leastwise");
});
