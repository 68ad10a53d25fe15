import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../src/secrets/find.ts";

/** What detectors look for, and what could make them look far, or again and again. */
const baits = [
  "a://",
  "a://b:c/",
  "a://b:c@",
  "u:p@",
  "a:11,pwd=",
  "pwd=",
  "pwd=a;",
  ";password={",
  "Password={a}}",
  'Password="a""',
  "password='",
  'password="',
  'password=\\"',
  "key=`",
  "--token ",
  "sig=",
  `&sig=${"a".repeat(43)}&`,
  "eyJ.",
  "eyJhbGciOiJIUzI1NiJ9.",
  `-----BEGIN PRIVATE ${"KEY"}-----`,
  `-----BEGIN PRIVATE ${"KEY"}-----${"A".repeat(50)}`,
  "ghp_",
  "dapi",
  "+ASt",
  "JQQJ9",
  "8Q~",
  "xoxb-1-",
  "%41",
  "%",
  "\\u0041",
  "\\",
  "&amp;",
  "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo ",
  "a",
  "=",
  ":",
  '"',
  "{",
  "{{",
  "${",
  "$(",
  "curl -u a:",
  "az login -p ",
  "Bearer ",
  "Basic YWFhYTpiYmJi ",
  "secret=",
  "secret = (",
  "password=a(b",
  "password=${",
  "pwd=a,",
  "x:1234,password=",
  "host=a password=",
  "jdbc:oracle:thin:a/",
  "?code=",
  ".azurewebsites.net/?code=",
  `0.A${"a".repeat(60)}.Ag`,
  "glpat-",
  "aB3",
  "a-",
  "a_",
  "2aaaaaaa",
  `${"a.".repeat(150)},pwd=`,
  "Password=&amp;",
  "password=your",
  " ",
  "\n",
];

const size = 1 << 18;

function milliseconds(text: string, key = "password"): number {
  const before = performance.now();
  findSecrets({ path: key, key, value: text });
  return performance.now() - before;
}

describe("the time that detectors take", () => {
  it("stays within seconds for 256 KiB of any bait repeated", () => {
    for (const bait of baits) {
      const text = bait.repeat(Math.ceil(size / bait.length)).slice(0, size);
      expect(milliseconds(text), JSON.stringify(bait.slice(0, 40))).toBeLessThan(4_000);
    }
  }, 120_000);

  it("stays within seconds for 256 KiB of baits mixed, after any opening", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...baits), { minLength: 2, maxLength: 4 }),
        fc.constantFrom(...baits),
        (mixed, opening) => {
          const unit = mixed.join("");
          const text = opening + unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
          expect(milliseconds(text), JSON.stringify(unit.slice(0, 80))).toBeLessThan(4_000);
        },
      ),
      { numRuns: 15, seed: 20261123, endOnFailure: true },
    );
  }, 120_000);
});
