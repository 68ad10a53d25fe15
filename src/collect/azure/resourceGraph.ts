import type { ReadDefinition } from "../definition.ts";
import { joined } from "../http/service.ts";
import { listUnder, type ReadResult } from "../ledger.ts";
import type { AzureRun } from "../reader.ts";

/**
 * Every row that a query of Azure Resource Graph finds in the tenant. It leaves out silently what the reader may not see.
 * @param query in an order that names each row, by which alone the pages hold together
 * @param options as in authorizationScopeFilter
 */
export function readGraph<Row>(
  { ledger, azure }: Pick<AzureRun, "ledger" | "azure">,
  read: ReadDefinition,
  query: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<ReadResult<Row>> {
  return ledger.read<Row>(
    { read, scope: "tenant", service: azure.resourceManager },
    listUnder("data"),
    async ({ call, items, expect, incomplete }) => {
      let next: string | undefined;
      do {
        const asked = {
          ...options,
          resultFormat: "objectArray",
          $top: read.pageSize,
          ...(next && { $skipToken: next }),
        };
        const path = joined(read, "tenant");
        const { body, header } = await call({ method: "POST", path, body: { query, options: asked } });
        if (header("x-ms-tenant-subscription-limit-hit") === "true")
          incomplete("the service left out subscriptions, because the tenant has too many");
        const page = body as {
          data: Row[];
          totalRecords?: number;
          resultTruncated?: string;
          $skipToken?: string | null;
        };
        items.push(...page.data);
        if (typeof page.totalRecords === "number") expect(page.totalRecords);
        if (page.$skipToken === next && next !== undefined) throw new Error("the way to the next page leads back");
        next = page.$skipToken ?? undefined;
        if (next === undefined && page.resultTruncated === "true") incomplete("the service cut the answer off");
      } while (next !== undefined);
    },
  );
}
