import { isBlank } from "../chars.ts";
import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";

const signature = /(?:^|[?&;"'`\s{(,:=\\]|\bu0026|%3F|%26|amp;)sig(?:=|%3D)/gi;
const any = new RegExp(signature.source, "i");
const reach = 2048;

/**
 * Shared access signatures: a set of parameters in any order with a `sig` among them, of storage (account, service or
 * user delegation), Service Bus and Event Hubs, Logic Apps and Power Automate. Only the signature is taken; what the
 * grant is for and until when stays readable.
 */
export const sas: Detector = {
  name: "sas",
  mayFind: (text) => any.test(text),
  find: (text) => {
    const matches: Match[] = [];
    const found = new RegExp(signature.source, "gi");
    for (let hit = found.exec(text); hit !== null; hit = found.exec(text)) {
      const start = hit.index + hit[0].length;
      const end = endOfSignature(text, start);
      found.lastIndex = Math.max(start, end);
      const value = decode(text.slice(start, end));
      if (
        value.length < 32 ||
        value.length > 128 ||
        !/^[A-Za-z0-9+/_ -]{32,120}={0,2}$/.test(value) ||
        !isLiteral(value)
      )
        continue;
      const type = kindOf(parametersAround(text, hit.index, end));
      if (type !== null) matches.push({ start, end, type, tier: "format", value: value.replaceAll(" ", "+") });
    }
    return matches;
  },
};

function endOfSignature(text: string, start: number): number {
  let end = start;
  while (end < text.length && end - start < 256 && /[A-Za-z0-9+/_=%-]/.test(text.charAt(end))) {
    if (text.charAt(end) === "%" && /^%(?:26|22|27|3B|20|0A)/i.test(text.slice(end, end + 3))) break;
    end++;
  }
  return end;
}

/** The query that the signature stands in: back and forward to a blank or quote. */
function parametersAround(text: string, from: number, to: number): string {
  let start = from;
  while (start > 0 && from - start < reach && !isBorder(text, start - 1)) start--;
  let end = to;
  while (end < text.length && end - to < reach && !isBorder(text, end)) end++;
  return decode(text.slice(start, end)).replaceAll("\\u0026", "&").replaceAll("&amp;", "&");
}

function isBorder(text: string, index: number): boolean {
  const char = text.charAt(index);
  return char === '"' || char === "'" || char === "`" || char === "<" || char === ">" || isBlank(text, index);
}

function kindOf(query: string): string | null {
  const has = (name: string, value: string) => new RegExp(`(?:^|[?&;\\s=])${name}=${value}`, "i").test(query);
  if (has("skn", "[^&]") && has("se", "\\d")) return "azure_service_bus_sas_token";
  if (has("sr", "[^&]") && has("se", "\\d{10}")) return "azure_service_bus_sas_token";
  if (has("sp", "[^&]") && has("sv", "\\d\\.\\d")) return "azure_logic_apps_url";
  if (!has("sv", "\\d{4}-\\d\\d-\\d\\d")) return null;
  const stored =
    has("sp", "[a-z]") || has("si", "[^&]") || has("se", "\\d{4}") || has("sr", "[a-z]") || has("ss", "[a-z]");
  return stored ? "azure_sas_token" : null;
}

function decode(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_whole, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
