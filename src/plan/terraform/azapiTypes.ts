import { type PlannedValue, unknown } from "../plan.ts";
import type { Translation } from "./azureTypes.ts";
import { type Body, body, isAzureId, parsed } from "./reader.ts";
import { addressId } from "./resolve.ts";

/** Resources of the azapi provider: what they send is what Azure Resource Manager answers. */
export const azapiTypes: Readonly<Record<string, Translation>> = {
  azapi_resource: (reader) => {
    const [type] = (reader.text("type") ?? "").toLowerCase().split("@");
    if (type === undefined || type === "") return [];
    const parent = reader.named("id", "parent_id");
    const name = reader.text("name");
    const told = reader.text("id");
    const sent = parsed(reader.get("body"));
    const fields: Body = isBody(sent) ? sent : { properties: sent === undefined ? {} : unknown };
    return [
      {
        type,
        id: isAzureId(told) ? told : (idBelow(parent, type, name) ?? addressId(reader.instance.address)),
        body: {
          ...(isAzureId(parent) && { parentId: parent }),
          ...fields,
          ...reader.common,
          ...body({ name: name ?? undefined }),
        },
      },
    ];
  },
};

function isBody(value: PlannedValue | undefined): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The id of a resource of a type below its parent; null where a part of it is not known. */
function idBelow(parent: PlannedValue | undefined, type: string, name: string | null): string | null {
  if (!isAzureId(parent) || name === null) return null;
  const [namespace, ...types] = type.split("/");
  const outer = parent.replace(/\/+$/, "");
  const last = types.at(-1);
  // A child stands below its parent's name, everything else begins anew with its namespace.
  const isChild = types.length > 1;
  return isChild ? `${outer}/${last}/${name}` : `${outer}/providers/${namespace}/${types.join("/")}/${name}`;
}
