import { describe, expect, test } from "vitest";
import {
  ArmSyntaxError,
  type ArmValue,
  evaluateArm,
  isMarked,
  parseArmExpression,
} from "../../../src/resources/armExpression.ts";
import { unknown } from "../../../src/resources/unknown.ts";

const values: Readonly<Record<string, ArmValue>> = {
  open: unknown,
  list: ["a", "b", "c"],
  map: { one: 1, two: { three: "x" } },
  text: "Hello World",
};
const worked = (text: string): ArmValue =>
  evaluateArm(parseArmExpression(text), {
    parameter: (name) => values[name] ?? unknown,
    variable: () => unknown,
    call: () => undefined,
  });

// Each is an example of the documentation's pages of functions, or follows from one.
test.each<[string, ArmValue]>([
  ["plain", "plain"],
  ["[[not]", "[not]"],
  ["['it''s']", "it's"],
  ["[concat('a', 'b', string(1))]", "ab1"],
  ["[concat(createArray('a'), createArray('b'))]", ["a", "b"]],
  ["[format('{0}-{1}-{{x}}', 'a', 2)]", "a-2-{x}"],
  ["[parameters('map').two.three]", "x"],
  ["[parameters('map')['ONE']]", 1],
  ["[parameters('list')[1]]", "b"],
  ["[if(equals(1, 1), 'yes', parameters('open'))]", "yes"],
  ["[and(false(), parameters('open'))]", false],
  ["[or(parameters('open'), true())]", true],
  ["[coalesce(null(), 'b')]", "b"],
  ["[union(createObject('a', 1), createObject('b', 2))]", { a: 1, b: 2 }],
  ["[union(createArray('a','b'), createArray('b','c'))]", ["a", "b", "c"]],
  ["[intersection(parameters('list'), createArray('b'))]", ["b"]],
  ["[contains(parameters('map'), 'two')]", true],
  ["[contains('abc', 'B')]", true],
  ["[empty(createArray())]", true],
  ["[length(parameters('list'))]", 3],
  ["[first(parameters('list'))]", "a"],
  ["[last('abc')]", "c"],
  ["[skip(parameters('list'), 1)]", ["b", "c"]],
  ["[take('abc', 2)]", "ab"],
  ["[split('a,b', ',')]", ["a", "b"]],
  ["[join(parameters('list'), '-')]", "a-b-c"],
  ["[replace('a-b-c', '-', '')]", "abc"],
  ["[substring('abcdef', 2, 3)]", "cde"],
  ["[padLeft('7', 3, '0')]", "007"],
  ["[toLower('ABC')]", "abc"],
  ["[indexOf('Hello', 'L')]", 2],
  ["[base64('a')]", "YQ=="],
  ["[json('{\"a\":1}').a]", 1],
  ["[range(2, 3)]", [2, 3, 4]],
  ["[mod(7, 3)]", 1],
  ["[min(3, 1, 2)]", 1],
  ["[not(equals('a', 'A'))]", false],
  [
    "[items(createObject('b', 2, 'a', 1))]",
    [
      { key: "a", value: 1 },
      { key: "b", value: 2 },
    ],
  ],
  ["[map(parameters('list'), lambda('x', concat('n-', lambdaVariables('x'))))]", ["n-a", "n-b", "n-c"]],
  ["[filter(createArray(1, 5), lambda('x', greater(lambdaVariables('x'), 2)))]", [5]],
  ["[reduce(createArray(1, 2, 3), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))]", 6],
  ["[toObject(createArray('a'), lambda('x', lambdaVariables('x')))]", { a: "a" }],
  ["[tryGet(parameters('map'), 'none', 'deeper')]", null],
  ["[uri('http://a.example/x', 'b/c')]", "http://a.example/b/c"],
])("%s", (text, value) => {
  expect(worked(text)).toEqual(value);
});

describe("what is known only when it is deployed", () => {
  test.each([
    "[parameters('open')]",
    "[concat('a', parameters('open'))]",
    "[if(parameters('open'), 'a', 'b')]",
    "[equals(parameters('open'), 'a')]",
    "[newGuid()]",
    "[utcNow()]",
    "[listKeys('x', '2023-01-01').keys[0].value]",
    "[union(parameters('map'), parameters('open'))]",
    "[contains(createArray('a', parameters('open')), 'b')]",
  ])("stays unknown: %s", (text) => {
    expect(worked(text)).toBe(unknown);
  });

  test("is the same where both ways lead to it", () => {
    expect(worked("[if(parameters('open'), 'a', 'a')]")).toBe("a");
    expect(worked("[contains(createArray('a', parameters('open')), 'a')]")).toBe(true);
  });

  test("names that the service works out are the same each time, and unlike others", () => {
    const [one, again, other] = ["'x'", "'x'", "'y'"].map((each) => worked(`[concat('st', uniqueString(${each}))]`));
    expect(isMarked(String(one))).toBe(true);
    expect(one).toBe(again);
    expect(one).not.toBe(other);
    expect(worked("[equals(uniqueString('x'), uniqueString('y'))]")).toBe(unknown);
    expect(worked("[take(concat('st', uniqueString('x')), 24)]")).toBe(one);
    expect(worked("[guid('a', parameters('open'))]")).toBe(unknown);
  });
});

test.each<[string, number]>([
  ["[concat('a'", 11],
  ["[concat('a', ]", 13],
  ["[concat]", 7],
  ["[concat('a') x]", 13],
  ["[a('x').]", 8],
])("an expression that is written wrongly tells where: %s", (text, offset) => {
  const written = text.endsWith("]") ? text : `${text}]`;
  expect(() => parseArmExpression(written)).toThrow(ArmSyntaxError);
  try {
    parseArmExpression(written);
  } catch (error) {
    expect((error as ArmSyntaxError).offset).toBe(offset);
  }
});
