import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";

const clause =
  /(?:\bIDENTIFIED\s{1,4}BY|\bConvertTo-SecureString(?:\s{1,4}-String)?)\s{1,4}N?(["'])([^"'\r\n]{3,128})\1/gi;

/** Passwords that a statement gives without a name beside them: `IDENTIFIED BY '…'`, `ConvertTo-SecureString '…'`. */
export const sqlStatement: Detector = {
  name: "sql-statement",
  mayFind: (text) => /identified\s|ConvertTo-SecureString/i.test(text),
  find: (text) => {
    const matches: Match[] = [];
    for (const found of text.matchAll(clause)) {
      const [whole, , value = ""] = found;
      const end = found.index + whole.length - 1;
      if (isLiteral(value))
        matches.push({ start: end - value.length, end, type: "password_in_command", tier: "format", value });
    }
    return matches;
  },
};
