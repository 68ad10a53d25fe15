import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { type Configuration, parseConfiguration } from "../../src/config/config.ts";
import type { EstateData, PrefectObject } from "../../src/estate/data.ts";
import { type Estate, type EstateOptions, startEstate } from "../../src/estate/server.ts";
import type { Read } from "../../src/resources/generated.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { collectFrom, evaluated } from "./estate.ts";

function onDev(estate: Estate): Configuration {
  const text = `prefect:\n  - { name: dev, api: "${estate.url}/prefect/dev/api" }\nenvironments:\n  dev: { scopes: [], prefect: [dev] }\n`;
  return parseConfiguration(text, "leastwise.yaml", tmpdir());
}

/** Collects from an estate that is edited between requests; `edit` is told which request for the list this is, from 1. */
async function collectWhile(
  list: string,
  edit: (data: EstateData, request: number) => void,
  options: EstateOptions = {},
): Promise<{ content: SnapshotContent; configuration: Configuration }> {
  let requests = 0;
  const estate = await startEstate({
    ...options,
    onRequest: (request, data) => {
      if (request.endsWith(`/dev/api/${list}/filter`)) edit(data, ++requests);
    },
  });
  try {
    const configuration = onDev(estate);
    return { content: await collectFrom(configuration, { request: 15_000 }), configuration };
  } finally {
    await estate.close();
  }
}

const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const at = (number: number): string => new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString();
const name = (number: number): string => `setting_${String(number).padStart(4, "0")}`;

function variable(number: number): PrefectObject {
  return { id: id(number), created: at(number), updated: at(number), name: name(number), value: number, tags: [] };
}

function queue(number: number): PrefectObject {
  return { ...variable(number), work_pool_name: `pool-${number % 7}`, priority: number, is_paused: false };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

function withVariables(count: number): EstateOptions {
  return {
    edit: ({ prefect }) => {
      if (prefect.dev) prefect.dev.variables = numbers(count).map(variable);
    },
  };
}

function change(data: EstateData, list: "variables" | "workQueues", how: (rows: PrefectObject[]) => PrefectObject[]) {
  if (data.prefect.dev) data.prefect.dev[list] = how(data.prefect.dev[list]);
}

function uuidsOf(content: SnapshotContent, kind = "prefect.variable"): Set<unknown> {
  return new Set(content.rows.get(kind)?.map((row) => row.uuid));
}

function readOf(content: SnapshotContent, kind = "prefect.variable"): Read | undefined {
  return content.reads.find((each) => each.id === `${kind} prefect:dev`);
}

test("a list that nobody edits is read once, each page from the last item of the one before", async () => {
  const { content } = await collectWhile("variables", () => {}, withVariables(450));
  expect(readOf(content)).toMatchObject({ outcome: "complete", cause: null, items: 450, expected: 450, pages: 4 });
  expect(uuidsOf(content).size).toBe(450);
});

test("a list of exactly one full page ends", async () => {
  const { content } = await collectWhile("variables", () => {}, withVariables(200));
  expect(readOf(content)).toMatchObject({ outcome: "complete", items: 200, pages: 3 });
});

test("what is inserted between two pages is found, and nothing is missed for it", async () => {
  const edit = (data: EstateData, request: number): void => {
    if (request === 2) change(data, "variables", (rows) => [...rows, variable(900)]);
  };
  const { content } = await collectWhile("variables", edit, withVariables(450));
  expect(readOf(content)).toMatchObject({ outcome: "complete", cause: null, items: 451, expected: 451 });
  expect(uuidsOf(content)).toContain(id(900));
});

test("what is deleted between two pages is gone from the rows, and what moved up in its place is not missed", async () => {
  const edit = (data: EstateData, request: number): void => {
    if (request === 2) change(data, "variables", (rows) => rows.filter((row) => row.id !== id(440)));
  };
  const { content } = await collectWhile("variables", edit, withVariables(450));
  expect(readOf(content)).toMatchObject({ outcome: "complete", cause: null, items: 449, expected: 449 });
  expect(uuidsOf(content)).toEqual(
    new Set(
      numbers(450)
        .filter((each) => each !== 440)
        .map(id),
    ),
  );
});

test("a deletion and an insertion that leave the count as it was are no way to miss anything", async () => {
  const edit = (data: EstateData, request: number): void => {
    if (request === 2) change(data, "variables", (rows) => [...rows.filter((row) => row.id !== id(440))]);
    if (request === 3) change(data, "variables", (rows) => [...rows, variable(900)]);
  };
  const { content } = await collectWhile("variables", edit, withVariables(450));
  expect(readOf(content)?.outcome).toBe("complete");
  expect([...numbers(450).filter((each) => each !== 440)].filter((each) => !uuidsOf(content).has(id(each)))).toEqual(
    [],
  );
});

test("an order by creation does not feel what is renamed between two pages", async () => {
  const edit = (data: EstateData, request: number): void => {
    if (request === 2) {
      change(data, "variables", (rows) => rows.map((row) => (row.id === id(1) ? { ...row, name: "aaa" } : row)));
    }
  };
  const { content } = await collectWhile("variables", edit, withVariables(450));
  expect(readOf(content)).toMatchObject({ outcome: "complete", items: 450, pages: 4 });
  expect(uuidsOf(content).size).toBe(450);
});

test("a queue that is renamed to a place already read is found when the list is read again", async () => {
  const edit = (data: EstateData, request: number): void => {
    if (request === 2) {
      change(data, "workQueues", (rows) => rows.map((row) => (row.id === id(450) ? { ...row, name: "aaa" } : row)));
    }
  };
  const { content } = await collectWhile("work_queues", edit, {
    edit: (data) => change(data, "workQueues", (rows) => [...rows, ...numbers(450).map(queue)]),
  });
  expect(readOf(content, "prefect.workQueue")).toMatchObject({ outcome: "complete", cause: null, items: 453 });
  expect(content.rows.get("prefect.workQueue")?.find((row) => row.uuid === id(450))?.name).toBe("aaa");
});

test("a list that changes each time it is read is partial, and its policy stays open", async () => {
  const edit = (data: EstateData, request: number): void => {
    if (request % 3 === 2) change(data, "variables", (rows) => rows.slice(0, -1));
  };
  const { content, configuration } = await collectWhile("variables", edit, withVariables(450));
  expect(readOf(content)).toMatchObject({ outcome: "partial", cause: "the list changed while it was read, 3 times" });
  expect(uuidsOf(content).size).toBeGreaterThan(440);
  const report = evaluated(content, configuration);
  expect(report.complete).toBe(false);
  expect(report.unread).toMatchObject([{ read: "prefect.variable prefect:dev", environments: ["dev", "tenant"] }]);
});

test("a list without a count that never comes out the same twice is partial", async () => {
  const edit = (data: EstateData, request: number): void => {
    if (request % 3 === 0) change(data, "workQueues", (rows) => [...rows, queue(900 + request)]);
  };
  const { content } = await collectWhile("work_queues", edit, {
    edit: (data) => change(data, "workQueues", (rows) => [...rows, ...numbers(450).map(queue)]),
  });
  expect(readOf(content, "prefect.workQueue")).toMatchObject({
    outcome: "partial",
    cause: "the list changed while it was read, 3 times",
  });
});

test("a server that lists less than it counts, each time, is not believed", async () => {
  const { content } = await collectWhile("variables", () => {}, {
    ...withVariables(250),
    faults: [{ kind: "missingItem", path: /dev\/api\/variables\/filter/ }],
  });
  expect(readOf(content)).toMatchObject({
    outcome: "partial",
    cause: "the list has 199 items, and the service counts 250",
  });
});

/** Numbers that are the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

test.each(numbers(12))(
  "whatever is inserted, deleted and renamed meanwhile, a complete list misses nothing that was there throughout (%i)",
  async (seed) => {
    const roll = dice(seed);
    const deleted = new Set<string>();
    let made = 1000;
    const edit = (data: EstateData): void => {
      for (let edits = roll(3); edits > 0; edits--) {
        change(data, "variables", (rows) => {
          const target = rows[roll(rows.length)];
          if (target === undefined) return rows;
          switch (roll(3)) {
            case 0:
              return [...rows, variable(made++)];
            case 1:
              deleted.add(target.id);
              return rows.filter((row) => row !== target);
            default:
              return rows.map((row) => (row === target ? { ...row, name: name(made++) } : row));
          }
        });
      }
    };
    const { content } = await collectWhile("variables", edit, withVariables(600));
    const read = uuidsOf(content);
    const missed = numbers(600).filter((each) => !deleted.has(id(each)) && !read.has(id(each)));
    if (readOf(content)?.outcome === "complete") expect(missed).toEqual([]);
    else expect(readOf(content)?.outcome).toBe("partial");
  },
);
