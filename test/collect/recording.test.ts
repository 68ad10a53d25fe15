import { afterAll, beforeAll, expect, test } from "vitest";
import { collect } from "../../src/collect/collect.ts";
import { Recording, type Shape } from "../../src/collect/recording.ts";
import { type Estate, startEstate } from "../../src/estate/server.ts";
import { configurationOf, pauses } from "./estate.ts";

interface Recorded {
  reads: { read: string; endpoint: string; answers: number; shape: Shape }[];
}

let estate: Estate;
let text: string;
let recorded: Recorded;

beforeAll(async () => {
  estate = await startEstate({
    edit: ({ arm, prefect }) => {
      const [workspace] = arm.synapseWorkspaces;
      if (workspace !== undefined) workspace.tags = { ownedByPlantedkey: "planted-value" };
      const [block] = prefect.dev?.blockDocuments ?? [];
      if (block !== undefined) Object.assign(block, { data: { plantedkey: { deeperPlantedkey: "planted-value" } } });
    },
  });
  const recording = new Recording();
  await collect(configurationOf(estate), {
    collectedAt: new Date(estate.asOf),
    environment: {},
    progress: pauses(),
    waivers: null,
    recording,
  });
  text = recording.text();
  recorded = JSON.parse(text);
});

afterAll(() => estate.close());

test("a recording holds the form of every kind of answer", () => {
  const reads = recorded.reads.map(({ read }) => read);
  expect(reads).toContain("azure.roleAssignment");
  expect(reads).toContain("prefect.block");
  const grants = recorded.reads.find(({ read }) => read === "azure.roleAssignment")?.shape.fields;
  const fields = grants?.value?.items?.fields?.properties?.fields;
  expect(fields?.principalId?.types).toEqual({ guid: expect.any(Number) });
  expect(fields?.principalType?.types).toMatchObject({ "word ServicePrincipal": expect.any(Number) });
  expect(Object.keys(fields?.condition?.types ?? {}).sort()).toEqual(["null", "text"]);
});

test("and no name, id or value of the tenant", () => {
  for (const planted of ["planted", "brackwater", "sp-flow", "syn-", "rg-", "azuresynapse", "127.0.0.1"]) {
    expect(text.toLowerCase().includes(planted), planted).toBe(false);
  }
  expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/i);
});

test("the same answers give the same recording", async () => {
  const again = new Recording();
  const body = { b: [1, "x"], a: { tags: { k: "v" } } };
  const read = {
    kind: "k",
    service: "Prefect",
    per: "server",
    endpoint: "GET /x",
    apiVersion: null,
    right: { plane: "prefect", permission: "", role: null },
    pageSize: null,
  } as const;
  again.note(read, body);
  const other = new Recording();
  other.note(read, { a: { tags: { q: "w" } }, b: [2, "y"] });
  expect(again.text()).toBe(other.text());
});
