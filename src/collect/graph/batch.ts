import { ReadFailure, type Refusal, refusal } from "../http/guard.ts";
import type { Reading, Shape } from "../ledger.ts";

/** What came of one request of a batch: the body of a sound answer, or why there is none. */
export type Part = { body: unknown } | { failure: ReadFailure };

interface PartAnswer {
  id: string;
  status: number;
  headers?: Record<string, unknown> | null;
  body?: unknown;
}

/** Microsoft Graph takes this many requests in a batch (its documentation of JSON batching). */
const most = 20;

const answers: Shape = (body) => {
  const { responses } = (body ?? {}) as { responses?: unknown };
  if (!Array.isArray(responses)) return "the answer has no list under responses";
  const sound = responses.every(
    (each: Partial<PartAnswer> | null) => typeof each?.id === "string" && Number.isInteger(each.status),
  );
  return sound ? null : "an answer inside the batch has no id or no status";
};

/**
 * Reads many small things of Microsoft Graph in batches. A batch that is answered says nothing of the requests in it:
 * each has a status, headers and a body of its own, which are looked at as those of a plain answer are, and one that was
 * throttled is asked for again after the pause that it names. Answers come in any order.
 * @param paths below /v1.0, each with its slash, without doubles
 * @param headers of each request in the batch
 * @returns what came of each path
 * @throws ReadFailure where a batch as a whole failed
 */
export async function readBatches(
  reading: Pick<Reading<never>, "call" | "pause">,
  paths: readonly string[],
  shape: Shape,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, Part>> {
  const done = new Map<string, Part>();
  const readBatch = async (paths: readonly string[]): Promise<void> => {
    let open = paths;
    for (let attempt = 1; open.length > 0; attempt++) {
      const requests = open.map((url, at) => ({ id: String(at + 1), method: "GET", url, headers }));
      const { body } = await reading.call({ method: "POST", path: "/v1.0/$batch", body: { requests } }, answers);
      const answered = new Map((body as { responses: PartAnswer[] }).responses.map((each) => [each.id, each]));
      const again: { path: string; failure: ReadFailure }[] = [];
      let pause: number | undefined;
      for (const [at, path] of open.entries()) {
        const outcome = judged(answered.get(String(at + 1)), shape);
        if ("body" in outcome || !outcome.again) done.set(path, outcome);
        else {
          again.push({ path, failure: outcome.failure });
          if (outcome.pause !== undefined) pause = Math.max(pause ?? 0, outcome.pause);
        }
      }
      const stop = again.length === 0 ? null : await reading.pause(attempt, pause);
      if (stop !== null) {
        for (const { path, failure } of again) {
          done.set(path, { failure: new ReadFailure(failure.message + stop, failure.status, failure.code) });
        }
      }
      open = stop === null ? again.map(({ path }) => path) : [];
    }
  };
  const batches = Array.from({ length: Math.ceil(paths.length / most) }, (_, index) =>
    paths.slice(index * most, (index + 1) * most),
  );
  // The first one alone shows whether the service lets the reader in at all; the others go side by side.
  const [first, ...others] = batches;
  if (first !== undefined) await readBatch(first);
  const outcomes = await Promise.allSettled(others.map(readBatch));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return done;
}

function judged(answer: PartAnswer | undefined, shape: Shape): { body: unknown } | Refusal {
  if (answer === undefined) return { failure: new ReadFailure("the batch leaves a request unanswered"), again: false };
  const { status, body } = answer;
  if (status < 200 || status > 299) {
    const refused = refusal(status, JSON.stringify(body ?? null), (name) => headerOf(answer, name));
    // 424: another request of the batch failed, and this one was not tried.
    return status === 424 ? { ...refused, again: true } : refused;
  }
  const wrong = typeof body === "object" && body !== null ? shape(body) : "the answer is not JSON";
  return wrong === null ? { body } : { failure: new ReadFailure(wrong, status), again: false };
}

function headerOf({ headers }: PartAnswer, name: string): string | undefined {
  const found = Object.entries(headers ?? {}).find(([each]) => each.toLowerCase() === name);
  return found === undefined ? undefined : String(found[1]);
}
