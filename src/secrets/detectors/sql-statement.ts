import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";
import { canBePassword } from "./password-look.ts";

const clause =
  /(?:\bIDENTIFIED\s{1,4}BY|\bConvertTo-SecureString(?:\s{1,4}-String)?)\s{1,4}N?(["'])([^"'\r\n]{3,128})\1/gi;

/** The last argument of the procedures that make a login. */
const logins =
  /\bsp_add(?:linkedsrvlogin|login)\b(?:\s{0,4}(?:@\w{1,40}\s{0,4}=\s{0,4})?(?:N?'[^'\n]{0,128}'|NULL|\w{1,20})\s{0,4},){1,5}\s{0,4}(?:@\w{1,40}\s{0,4}=\s{0,4})?N?'([^'\n]{4,128})'/gi;

/** Passwords that a statement gives without a name beside them: `IDENTIFIED BY '…'`, `ConvertTo-SecureString '…'`. */
export const sqlStatement: Detector = {
  name: "sql-statement",
  mayFind: (text) => /identified\s|ConvertTo-SecureString|sp_add/i.test(text),
  find: (text) => {
    const matches: Match[] = [];
    for (const found of text.matchAll(clause)) {
      const [whole, , value = ""] = found;
      const end = found.index + whole.length - 1;
      if (isLiteral(value))
        matches.push({ start: end - value.length, end, type: "password_in_command", tier: "format", value });
    }
    for (const found of text.matchAll(logins)) {
      const value = found[1] ?? "";
      const end = found.index + found[0].length - 1;
      if (canBePassword(value))
        matches.push({ start: end - value.length, end, type: "password_in_command", tier: "format", value });
    }
    return matches;
  },
};
