import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { ReadDefinition } from "../definition.ts";
import { bodyOf } from "../http/guard.ts";
import { sdkEndpoint, sdkOptions } from "../http/service.ts";
import { listUnder, type ReadResult } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";
import { credentialOf } from "./services.ts";

/** What the client of an SDK is made with. */
export interface SdkSetup {
  credential: TokenCredential;
  options: typeof sdkOptions & { endpoint: string; credentialScopes: string[]; httpClient: HttpClient };
}

/**
 * A whole list that an SDK of Azure asks for and pages through. Its items are the service's own JSON, taken as the answers
 * pass: the SDK makes what is left out and what is null the same, and takes a value of another type for what it might mean.
 * @param pages makes the SDK's client and gives the list
 */
export function readSdkList<Item>(
  { ledger, azure }: Pick<AzureRun, "ledger" | "azure">,
  read: ReadDefinition,
  scope: string,
  pages: (setup: SdkSetup) => Promise<AsyncIterable<unknown>>,
): Promise<ReadResult<Item>> {
  const service = azure.resourceManager;
  return ledger.read<Item>({ read, scope, service }, listUnder("value"), async ({ client, items }) => {
    const httpClient: HttpClient = {
      sendRequest: async (request) => {
        const response = await client.sendRequest(request);
        // A challenge for another token has no list; the SDK asks again.
        const body = bodyOf(response) as { value: Item[] } | undefined;
        items.push(...(body?.value ?? []));
        return response;
      },
    };
    const options = { endpoint: sdkEndpoint(service), credentialScopes: [service.token?.audience ?? ""], httpClient };
    for await (const _ of await pages({ credential: credentialOf(azure), options: { ...options, ...sdkOptions } })) {
      // Each item was taken from its answer.
    }
  });
}
