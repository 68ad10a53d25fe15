import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousToo } from "./recording.ts";
import { type Replay, recording, startReplay } from "./replay.ts";

const auth = "audit:right";

describe("the recorded Prefect server", () => {
  let replay: Replay;
  let guarded: Replay;

  beforeAll(async () => {
    replay = await startReplay();
    guarded = await startReplay({ auth });
  });

  afterAll(async () => {
    await Promise.all([replay.close(), guarded.close()]);
  });

  test("pages by offset and limit, and counts what it lists", async () => {
    const first = await ask(replay, "/block_documents/filter", { ...anonymousToo, limit: 10 });
    const second = await ask(replay, "/block_documents/filter", { ...anonymousToo, limit: 10, offset: 10 });
    const count = await ask(replay, "/block_documents/count", anonymousToo);
    expect([...names(first.body), ...names(second.body)]).toHaveLength(Number(count.body));
  });

  test("hides anonymous blocks unless they are asked for", async () => {
    const shown = async (filter: object) => names((await ask(replay, "/block_documents/filter", filter)).body);
    const anonymous = (name: string) => name.startsWith("anonymous-");
    expect((await shown({})).some(anonymous)).toBe(false);
    expect((await shown({ block_documents: {} })).some(anonymous)).toBe(false);
    expect((await shown(anonymousToo)).some(anonymous)).toBe(true);
    expect((await shown({ block_documents: { is_anonymous: { eq_: true } } })).every(anonymous)).toBe(true);
  });

  test("refuses too large a page and an unknown order, as the real one does", async () => {
    expect(await ask(replay, "/variables/filter", { limit: 201 })).toMatchObject({ status: 422 });
    expect(await ask(replay, "/variables/filter", { sort: "BLOCK_TYPE_AND_NAME_ASC" })).toMatchObject({ status: 422 });
    expect(await ask(replay, "/work_pools/filter", { sort: "BY_COLOUR" })).toMatchObject({ status: 200 });
  });

  test("says so when something was not recorded", async () => {
    expect(await ask(replay, "/block_documents/filter", { include_secrets: true })).toMatchObject({ status: 501 });
    expect(await ask(replay, "/deployments/filter", { flows: {} })).toMatchObject({ status: 501 });
  });

  test("with authentication on, answers 401 to all but the right password", async () => {
    const wrong = await ask(guarded, "/variables/filter", {}, "audit:wrong");
    expect(wrong).toEqual({ status: 401, body: { exception_message: "Unauthorized" } });
    expect(await ask(guarded, "/variables/filter", {}, auth)).toMatchObject({ status: 200 });
  });

  test("holds each planted value in the clear where it was saved so, and nowhere else", () => {
    const answers = JSON.stringify(recording.answers);
    const clear = recording.saved.flatMap(({ plants }) => plants);
    const shown = Object.entries(recording.plants).filter(([, value]) => answers.includes(value));
    expect(shown.map(([name]) => name).sort()).toEqual(clear.sort());
  });
});

async function ask({ api }: Replay, path: string, body: object, auth?: string) {
  const authorization = auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
  const headers = { "content-type": "application/json", ...authorization };
  const answer = await fetch(api + path, { method: "POST", headers, body: JSON.stringify(body) });
  const json: unknown = await answer.json();
  return { status: answer.status, body: json };
}

function names(list: unknown): string[] {
  return Array.isArray(list) ? list.map(({ name }) => String(name)) : [];
}
