import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfiguration } from "../../src/config/config.ts";
import type { EstateData } from "../../src/estate/data.ts";
import type { Fault } from "../../src/estate/faults.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { renderJson } from "../../src/report/json.ts";
import { renderSarif } from "../../src/report/sarif.ts";
import type { Report } from "../../src/resources/generated.ts";
import { violations } from "../../src/resources/validate.ts";
import { openSnapshot } from "../../src/snapshot/read.ts";
import { writeSnapshot } from "../../src/snapshot/write.ts";
import { collectFrom, fast, inFolder, policies, startSmallEstate } from "../collect/estate.ts";
import { faults } from "../report/validators.ts";
import { type Change, CodeScanning } from "./alerts.ts";

/** The repository, as it stands on a machine of the nightly job. */
const repository = mkdtempSync(join(tmpdir(), "leastwise-nights-"));
const files = join(repository, "source");
const github = new CodeScanning();
let lastNight: Report | null = null;

/** What is live and what answers. */
interface Night {
  edit?: (data: EstateData) => void;
  faults?: Fault[];
  configure?: (yaml: string) => string;
}

interface Morning extends Change {
  report: Report;
}

beforeAll(() => {
  cpSync(resolve(import.meta.dirname, "../../fixtures/estate/source"), files, { recursive: true });
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

/** A nightly scan with last night's report as its baseline, and the upload of what it wrote. */
async function night({ edit, faults: met = [], configure = (yaml) => yaml }: Night = {}): Promise<Morning> {
  const estate = await startSmallEstate({ faults: met, pageSize: 200, ...(edit && { edit }) });
  const configuration = parseConfiguration(configure(estate.configuration), "leastwise.yaml", repository);
  const content = await collectFrom(configuration, { ...fast, request: 10_000 }).finally(() => estate.close());
  return inFolder((at) => {
    writeSnapshot(join(at, "snapshot"), content);
    const snapshot = openSnapshot(join(at, "snapshot"));
    const report = evaluate({ snapshot, configuration, policies, ...(lastNight && { baseline: lastNight }) });
    const { text } = renderSarif(report, { environments: configuration.environments.map(({ name }) => name) });
    expect(text === null ? [] : faults(text)).toEqual([]);
    lastNight = JSON.parse(renderJson(report)) as Report;
    expect(violations("report", lastNight)).toEqual([]);
    return { report, ...github.upload(text) };
  });
}

const nothing = { opened: [], reopened: [], closed: [] };
const policiesOf = (alerts: readonly string[]): string[] => [
  ...new Set(alerts.map((each) => each.split(" ")[2] ?? "")),
];

const auditors = "7585bb03-be36-4bc2-955d-cd1594ed839c";
const group = "/subscriptions/049d9dc7-39d0-4064-8317-ebaacd449a27/resourceGroups/rg-data-test";

/** Somebody grants a group a role in test by hand. */
function grantByHand({ arm }: EstateData): void {
  const like = arm.roleAssignments.find(({ properties }) => properties.scope === group) ?? expect.fail("no grant");
  const name = "5b7f0a52-1f0e-4a31-9d1d-4f1b0c5f5c11";
  arm.roleAssignments.push({
    ...like,
    id: `${group}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    name,
    properties: { ...like.properties, principalId: auditors, principalType: "Group" },
  });
}

test("the first night opens an alert for each finding", async () => {
  const { report, opened, reopened, closed } = await night();
  expect(opened).toHaveLength(report.findings.length);
  expect({ reopened, closed }).toEqual({ reopened: [], closed: [] });
});

test("a second night of the same opens and closes nothing", async () => {
  expect(await night()).toMatchObject(nothing);
});

test("a grant that is made by hand opens its alerts, and closes none", async () => {
  const { opened, reopened, closed } = await night({ edit: grantByHand });
  expect(policiesOf(opened)).toContain("traceability/grant-is-declared");
  expect({ reopened, closed }).toEqual({ reopened: [], closed: [] });
});

test("a night on which the grants of a subscription are refused opens and closes nothing", async () => {
  const faults: Fault[] = [
    {
      kind: "forbidden",
      path: /subscriptions\/049d9dc7[^?]*\/providers\/Microsoft\.Authorization\/roleAssignments\?/i,
    },
  ];
  const { report, ...change } = await night({ edit: grantByHand, faults });
  expect(report.complete).toBe(false);
  expect(change).toEqual(nothing);
});

test("nor does one on which the directory is refused", async () => {
  const faults: Fault[] = [{ kind: "forbidden", path: /\/graph\// }];
  const { report, ...change } = await night({ edit: grantByHand, faults });
  expect(report.complete).toBe(false);
  expect(change).toEqual(nothing);
});

test("the night after the grant is taken back closes its alerts, and no other", async () => {
  const { opened, reopened, closed } = await night();
  expect(policiesOf(closed)).toContain("traceability/grant-is-declared");
  expect(closed.every((each) => !github.open().has(each))).toBe(true);
  expect({ opened, reopened }).toEqual({ opened: [], reopened: [] });
});

test("lines that move in the files and in the configuration leave every alert", async () => {
  for (const file of [
    "infra/test/access.tf",
    "infra/test/identities.bicep",
    "blocks/test.yaml",
    "flows/load_rates.py",
  ]) {
    const comment = file.endsWith(".bicep") ? "//" : "#";
    const path = join(files, file);
    writeFileSync(path, `${comment} One line more.\n${comment} And another.\n${readFileSync(path, "utf8")}`);
  }
  const configure = (yaml: string): string => `# One line more.\n\n${yaml}`;
  const { report, ...change } = await night({ configure });
  expect(change).toEqual(nothing);
  expect(report.findings.filter(({ alert }) => alert !== undefined)).toEqual([]);
});

test("declarations that move to other files leave every alert, and the findings point at the new ones", async () => {
  renameSync(join(files, "infra/test/access.tf"), join(files, "infra/test/grants.tf"));
  mkdirSync(join(files, "prefect"));
  renameSync(join(files, "blocks/test.yaml"), join(files, "prefect/blocks.yaml"));
  const configure = (yaml: string): string => yaml.replace("source/blocks/test.yaml", "source/prefect/blocks.yaml");
  const { report, ...change } = await night({ configure });
  expect(change).toEqual(nothing);
  const moved = report.findings.filter(({ alert }) => alert !== undefined);
  expect([...new Set(moved.map(({ location, alert }) => `${alert?.file} -> ${location?.file}`))].sort()).toEqual([
    "source/blocks/test.yaml -> source/prefect/blocks.yaml",
    "source/infra/test/access.tf -> source/infra/test/grants.tf",
  ]);
});

test("a declaring file that cannot be read whole leaves every alert, that night and the next", async () => {
  const path = join(files, "prefect/blocks.yaml");
  const text = readFileSync(path, "utf8");
  const configure = (yaml: string): string => yaml.replace("source/blocks/test.yaml", "source/prefect/blocks.yaml");
  writeFileSync(path, text.replace("blocks:", "blocks: ["));
  const { report, ...change } = await night({ configure });
  expect(report.policies.find(({ id }) => id === "traceability/block-is-declared")?.decided).toBe(false);
  expect(change).toEqual(nothing);
  writeFileSync(path, text);
  expect(await night({ configure })).toMatchObject(nothing);
});
