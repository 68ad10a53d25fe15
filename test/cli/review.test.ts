import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../src/resources/generated.ts";
import { folder, leastwise, reportIn, write } from "./run.ts";

const work = folder();
const snapshot = join(work, "snapshot");
const out = join(work, "review");
const file = join(out, "access-review.csv");

beforeAll(async () => {
  await leastwise(["collect", "--demo", "--out", snapshot, "--quiet"]);
  await leastwise(["access", "--review", "--snapshot", snapshot, "--out", out]);
});

const lines = (): string[] => readFileSync(file, "utf8").split("\r\n");
const header = (): string[] => (lines()[0] ?? "").replace("\ufeff", "").split(",");

/** The file with decisions: of each row that `picks` picks, a word. */
function decided(name: string, picks: (line: string) => string | null): string {
  const at = header().indexOf("decision");
  const filled = lines().map((line) => {
    const word = picks(line);
    if (word === null) return line;
    // No cell before the decision of these rows holds a comma.
    const cells = line.split(",");
    cells.splice(at, 3, word, "carla@brackwater.example", "2026-11-20");
    return cells.join(",");
  });
  writeFileSync(join(work, name), filled.join("\r\n"));
  return join(work, name);
}

async function told(review: string, of = snapshot): Promise<Report["review"]> {
  const reports = join(work, "report");
  await leastwise(["evaluate", of, "--out", reports, "--review", review]);
  return reportIn(reports).review;
}

describe("an access review", () => {
  test("has a row for each right of a person or identity, with the path, its age and the last sign-in", () => {
    const row =
      lines().find(
        (line) => line.includes("Elin Hart") && line.includes("Contributor on resource group rg-prefect-dev"),
      ) ?? "";
    expect(row).toMatch(
      /^dev,Elin Hart,User,active,[^,]*,2026-11-15,Contributor on resource group rg-prefect-dev,,standing,2025-02-14,/,
    );
    expect(row).toContain("id-flow-loader-dev (attach, federate)");
    const through = lines().find((line) => line.includes("Kaya Demir") && line.includes(",lake-writers-prod,"));
    expect(through).toContain("raw (read data, write data)");
    expect(
      lines().some((line) => line.includes("Anna Lind") && line.includes("directory role Global Administrator")),
    ).toBe(true);
    expect(lines().some((line) => line.includes("permission Application.ReadWrite.All of Microsoft Graph"))).toBe(true);
    expect(
      lines().some(
        (line) => line.includes("Elin Hart") && line.includes("owner of the application sp-dbt-runner-prod"),
      ),
    ).toBe(true);
    const markdown = readFileSync(join(out, "access-review.md"), "utf8");
    expect(markdown).toContain("## dev");
    expect(markdown).toContain("Elin Hart");
  });

  test("is not written over one that may hold decisions", async () => {
    const again = await leastwise(["access", "--review", "--snapshot", snapshot, "--out", out]);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain("may hold decisions");
  });

  test("is read back: the next scan says which removals were carried out, and which were not", async () => {
    const review = decided("filled.csv", (line) =>
      line.includes("Bo Sten") && line.includes("container tfstate")
        ? "remove"
        : line.includes("Carla Mendes") && line.includes("Key Vault Reader on key vault kv-brackwater-dev")
          ? "Keep"
          : null,
    );
    expect(await told(review)).toMatchObject({
      digest: expect.stringMatching(/^sha256:/),
      decided: 2,
      kept: 1,
      removed: 0,
      open: [{ principal: "Bo Sten", decidedBy: "carla@brackwater.example", decidedOn: "2026-11-20" }],
      unknown: [],
    });
    expect(readFileSync(join(work, "report", "inputs", "access-review.csv"), "utf8")).toBe(
      readFileSync(review, "utf8"),
    );
    const gone = readFileSync(review, "utf8").replaceAll("9a28b926", "00000000");
    const { stdout } = await leastwise([
      "evaluate",
      snapshot,
      "--out",
      join(work, "report"),
      "--review",
      write(join(work, "gone.csv"), gone),
    ]);
    expect(stdout).toContain("1 of 1 removal carried out, 1 kept");
    expect(await told(join(work, "gone.csv"))).toMatchObject({ removed: 1, open: [], unknown: [] });
  });

  test("that spreadsheets of another language saved is read too", async () => {
    const review = decided("plain.csv", (line) =>
      line.includes("Bo Sten") && line.includes("container tfstate") ? "remove" : null,
    );
    const picked = readFileSync(review, "utf8")
      .split("\r\n")
      .filter((line) => line.startsWith("\ufeff") || line.includes("remove"));
    const semicolons = picked.map((line) => line.replaceAll(",", ";")).join("\r\n");
    expect(await told(write(join(work, "semicolons.csv"), semicolons))).toMatchObject({
      decided: 1,
      open: [{ principal: "Bo Sten" }],
    });
  });

  test("with another word, or without who decided, is refused with its line", async () => {
    const review = decided("wrong.csv", (line) =>
      line.includes("Bo Sten") && line.includes("container tfstate") ? "perhaps" : null,
    );
    const { status, stderr } = await leastwise(["evaluate", snapshot, "--out", join(work, "none"), "--review", review]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/wrong\.csv:\d+:1 the decision is neither keep nor remove/);
    const nobody = readFileSync(
      decided("nobody.csv", (line) => (line.includes("Bo Sten") && line.includes("container tfstate") ? "keep" : null)),
      "utf8",
    );
    const without = await leastwise([
      "evaluate",
      snapshot,
      "--out",
      join(work, "none"),
      "--review",
      write(join(work, "nobody.csv"), nobody.replace("carla@brackwater.example", "")),
    ]);
    expect(without.stderr).toContain("a decision without who decided");
    const otherDay = write(join(work, "day.csv"), nobody.replaceAll("2026-11-20", "20/11/2026"));
    const day = await leastwise(["evaluate", snapshot, "--out", join(work, "none"), "--review", otherDay]);
    expect(day.stderr).toContain("decided on is no day");
    const other = await leastwise([
      "evaluate",
      snapshot,
      "--out",
      join(work, "none"),
      "--review",
      write(join(work, "other.csv"), "a,b\n1,2\n"),
    ]);
    expect(other.status).toBe(2);
  });
});
