import { beforeAll, expect, test } from "vitest";
import { policies } from "../collect/estate.ts";
import { planted } from "../estate/planted.ts";
import { type Mutation, Mutations } from "./mutations.ts";
import pinned from "./unnoticed.json" with { type: "json" };
import { problemsOf } from "./verdicts.ts";

let mutations: Mutations;

beforeAll(async () => {
  mutations = await Mutations.begin();
});

/** So many of a list, by chance and the same in every run (a linear congruential generator). */
function sample<Item>(items: readonly Item[], count: number): Item[] {
  let state = 20261120;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return items[state % items.length];
  }).filter((each) => each !== undefined);
}

async function problems(chosen: readonly Mutation[]): Promise<string[]> {
  const verdicts = [];
  for (const each of chosen) verdicts.push(await mutations.verdict(each));
  return problemsOf(verdicts, pinned);
}

test("every policy finds something in the sample estate, so that it would be missed", () => {
  const found = new Set(mutations.report.findings.map((each) => each.policy));
  expect(policies.map((each) => each.id).filter((id) => !found.has(id))).toEqual([]);
  const all = new Set(mutations.report.findings.map(({ policy, resource }) => `${policy} ${resource.id}`));
  expect(planted.filter(({ policy, resource }) => !all.has(`${policy} ${resource}`))).toEqual([]);
});

test("what services drop, double, reorder, refuse or write otherwise lets no finding pass unseen", async () => {
  expect(await problems(sample(mutations.ofLists(), 60))).toEqual([]);
});

test("a field that is missing, empty, renamed or of another type lets no finding pass unseen", async () => {
  expect(await problems(sample(mutations.ofFields(), 60))).toEqual([]);
});
