import { parse } from "csv-parse/sync";
import { SaxesParser } from "saxes";

/** A test case of JUnit XML. */
export interface Case {
  suite: string;
  name: string;
  result: { element: string; type: string; message: string; text: string } | null;
}

/** The cases of JUnit XML. @throws where it is not well formed, or a suite counts otherwise than it has */
export function casesOf(xml: string): Case[] {
  const cases: Case[] = [];
  let counted: Record<string, string> = {};
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (name === "testsuites") counted = { ...attributes };
    else if (name === "testcase")
      cases.push({ suite: attributes.classname ?? "", name: attributes.name ?? "", result: null });
    else if (name === "failure" || name === "error" || name === "skipped") {
      const last = cases.at(-1);
      if (last === undefined) throw new Error(`<${name}> stands in no case`);
      last.result = { element: name, type: attributes.type ?? "", message: attributes.message ?? "", text: "" };
    }
  });
  parser.on("text", (text) => {
    const result = cases.at(-1)?.result;
    if (result) result.text += text.trim() === "" ? "" : text;
  });
  parser.write(xml).close();
  const having = (element: string): number => cases.filter((each) => each.result?.element === element).length;
  const found = {
    tests: cases.length,
    failures: having("failure"),
    errors: having("error"),
    skipped: having("skipped"),
  };
  for (const [name, many] of Object.entries(found)) {
    if (counted[name] !== String(many)) throw new Error(`${name}: ${many} and not ${counted[name]}`);
  }
  return cases;
}

/** The lines of a table, each by its titles. */
export function linesOf(csv: string): Record<string, string>[] {
  return parse(csv, { columns: true, bom: true });
}
