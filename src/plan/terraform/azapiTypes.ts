import { type PlannedValue, unknown } from "../plan.ts";
import type { Translation } from "./azureTypes.ts";
import { type Body, isAzureId, parsed } from "./reader.ts";

/** Resources of the azapi provider: what they send is what Azure Resource Manager answers. */
export const azapiTypes: Readonly<Record<string, Translation>> = {
  azapi_resource: (reader) => {
    const [type = ""] = (reader.text("type") ?? "").toLowerCase().split("@");
    if (type === "") return [];
    const { id } = reader;
    const parent = reader.named("id", "parent_id");
    const sent = parsed(reader.get("body"));
    const fields: Body = isBody(sent) ? sent : { properties: sent === undefined ? {} : unknown };
    return [
      {
        type,
        id,
        body: {
          // The services inside of an account are no owners of what is in them.
          ...(isAzureId(parent) && !isAzureId(id) && { parentId: parent.replace(/\/\w+services\/default$/i, "") }),
          ...fields,
          ...reader.common,
        },
      },
    ];
  },
};

function isBody(value: PlannedValue | undefined): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
