import { createServer, request as send } from "node:http";

export type Cutoff = {
  /** The address to use in place of the server's own. */
  api: string;
  /** What came in, in order: method, path and body. */
  requests: { method: string; path: string; body: string }[];
  close(): Promise<void>;
};

/**
 * Stands in front of a server and, as if that server were stopped half way, breaks off in the middle of an answer.
 * @param target the server's address, up to and with `/api`.
 * @param whole how many answers get through whole; the next one breaks off, later connections are dropped at once.
 */
export function startCutoff(target: string, whole: number): Promise<Cutoff> {
  const requests: Cutoff["requests"] = [];
  const { hostname, port } = new URL(target);
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const number = requests.push({ method: incoming.method ?? "", path: incoming.url ?? "", body: body.toString() });
    if (number > whole + 1) return void outgoing.destroy();
    const { method, url: path, headers } = incoming;
    const forwarded = send({ hostname, port, method, path, headers }, async (answer) => {
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part);
      const text = Buffer.concat(parts);
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, "content-length": text.length });
      if (number <= whole) outgoing.end(text);
      else outgoing.write(text.subarray(0, text.length / 2), () => outgoing.destroy());
    });
    forwarded.once("error", () => outgoing.destroy());
    forwarded.end(body);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("No loopback port"));
      resolve({
        api: `http://127.0.0.1:${address.port}/api`,
        requests,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
