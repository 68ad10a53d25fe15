import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../src/secrets/find.ts";
import { formatOf } from "../../src/secrets/formats/choose.ts";
import { OutOfTime } from "../../src/secrets/formats/format.ts";
import { readers } from "../../src/secrets/formats/readers.ts";
import { scanText } from "../../src/secrets/text.ts";

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
  "the password is ",
  "pw 1 ",
  "a1 is the password ",
  "login a / ",
  "u: a p: ",
  "token: a1 ",
  "|password|",
  "password;\na;",
  'auth=("a",',
  "sp_addlogin 'a',",
  "@secure()\n@a\n",
  '"type": "securestring", ',
  "echo a1aa | sudo -S ",
  'random_password"{',
  "a, password = ",
  `${"A".repeat(86)}==`,
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

/** What readers of files look for, and what could make them look far, or nest deep. */
const structures: Readonly<Record<string, readonly string[]>> = {
  "a.json": [
    '{"a":',
    "[",
    '"',
    '"a',
    "{",
    "}",
    "/*",
    "//",
    '{"password":{"value":"Zq7!x',
    '\\"',
    '"cells":[{"source":["',
    ":",
    '{"a":1}',
  ],
  "a.ipynb": ['{"cells":[{"cell_type":"code","source":["password = \\"a"]}]}', "[[[", '"source":'],
  "a.yaml": [
    "- ",
    "? ",
    "a: {",
    "[",
    "a:\n ",
    "&a *a ",
    "'",
    '"',
    "|\n",
    "a: |\n  b\n",
    "!t ",
    "---\n",
    "{a: [",
    "password: a1!\n",
  ],
  "a.toml": ["[a]", "a=[", "a={", '"""', "'''", 'a="', "a.", "[[", "password='a1!'\n"],
  "a.py": [
    "(",
    "[",
    "{",
    '"""',
    "'",
    'f"{',
    "password=",
    '"a" ',
    "x if ",
    "lambda: ",
    "a=b=",
    '"p", ',
    "not ",
    "\\\n",
    "  \n",
    'password="a1!" + ',
  ],
  ".env": ['A="', "A='", "A=\\", "A=B\n", 'password="a1!\n'],
  "a.sql": ["'", "N'", "/*", "--", "(", "password = N'a1!", "DECLARE @p n(1) = ", '"'],
  "a.bicep": ["'", "'''", "'$" + "{", "{", "[", "/*", "@secure()\nparam p string = 'a1!", "param "],
  "a.tf": ['"', '"$' + "{", "<<A\n", "<<-EOT\n", "{", 'variable "p" {', 'password = "a1!'],
  "a.sh": ["'", '"', "$(", "`", "\\\n", "<<A\n", "password='a1!", "--password ", "a="],
  "a.ps1": ['@"', "@'", '"', "'", "`", "<#", "$(", '$password = "a1!', "@{"],
  "a.properties": ["a=", "a:", "[", "\\\n", "password=a1!\n"],
  "a.xml": [
    "<a",
    "<a b='",
    '<a b="',
    "<!--",
    "<![CDATA[",
    "<a>",
    "</a>",
    "&amp;",
    "<?",
    '<add key="password" value="a1!',
  ],
  Dockerfile: ["ENV A=", "ENV A \\\n", "RUN ", "ENV password='a1!", "\\\n"],
};

describe("the time that a file takes", () => {
  for (const [file, baits] of Object.entries(structures)) {
    it(`stays within seconds for 256 KiB of anything in ${file}`, () => {
      for (const bait of [...baits, baits.join("")]) {
        const text = bait.repeat(Math.ceil(size / bait.length)).slice(0, size);
        const reader = readers[formatOf(file, text)];
        let before = performance.now();
        const until = before + 1_000;
        try {
          reader?.(text, () => {
            if (performance.now() > until) throw new OutOfTime();
          });
        } catch (error) {
          expect(error, JSON.stringify(bait)).toBeInstanceOf(OutOfTime);
        }
        expect(performance.now() - before, JSON.stringify(bait)).toBeLessThan(4_000);
        before = performance.now();
        scanText(file, `password = ${text}`, { budget: 2_000 });
        // A stretch of text is judged as a whole: the end of the time is noticed after it.
        expect(performance.now() - before, JSON.stringify(bait)).toBeLessThan(6_000);
      }
    }, 240_000);
  }

  it("ends soon after the budget for 8 MiB of anything", () => {
    for (const [file, bait] of [
      ["a.json", '{"a":'],
      ["a.json", `{"password":"${"pwd=a;".repeat(1 << 20)}"}`],
      ["a.py", "(password="],
      ["a.yaml", "- password: [a1!\n"],
      ["a.txt", "secret = ("],
      ["a.sql", "N'password = "],
    ] as const) {
      const text = bait.repeat(Math.ceil((1 << 23) / bait.length));
      const before = performance.now();
      scanText(file, text, { budget: 1_000 });
      expect(performance.now() - before, `${file} ${bait.slice(0, 30)}`).toBeLessThan(6_000);
    }
  }, 60_000);

  it("ends when the budget is spent, says so, and keeps what was found", () => {
    const text = `password = "Zq7!abcd9"\n${'f("password", [{"a": "Zq7!abcd9"}])\n'.repeat(200_000)}`;
    const found = scanText("a.py", text, { budget: 300 });
    expect(found.cut).toMatch(/300 ms/);
    expect(found.secrets.length).toBeGreaterThan(0);
  });

  it("leaves no text without an answer", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(structures)),
        fc.string({ unit: "binary", maxLength: 400 }),
        fc.constantFrom(...Object.values(structures).flat()),
        (file, noise, bait) => {
          const found = scanText(file, `password = ${bait}${noise}${bait}`, { budget: 60_000 });
          expect(found.cut).toBeNull();
          for (const { line, column } of found.secrets) expect(Math.min(line, column)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2_000, seed: 20261124 },
    );
  }, 60_000);
});
