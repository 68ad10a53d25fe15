import { startEstate } from "../estate/server.ts";

/** `leastwise demo`: serves the sample estate until it is stopped, and prints the configuration for it. */
export async function demo({ port }: { port?: number }): Promise<void> {
  const estate = await startEstate(port === undefined ? {} : { port });
  process.stdout.write(estate.configuration);
  process.stderr.write(
    `The sample estate answers at ${estate.url}, as of ${estate.asOf}. Ctrl-C stops it.\n` +
      `Scan it with the configuration printed above: leastwise scan --config FILE --now ${estate.asOf}\n`,
  );
}
