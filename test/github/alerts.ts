import type { Log } from "sarif";

/** What became of alerts by one upload, each by its identity. */
export interface Change {
  opened: string[];
  /** Those that had been closed as fixed, and are there again. */
  reopened: string[];
  closed: string[];
}

/**
 * GitHub code scanning of one branch, as far as it is documented (docs.github.com: SARIF support for code scanning, about
 * "Preventing duplicate alerts using fingerprints", "Understanding rules and results" and "Uploading more than one SARIF file
 * for a commit"): an alert is known by tool, rule, path and `primaryLocationLineHash`; an analysis takes the place of the
 * last one of the same tool and category (what stands before the last slash of `automationDetails.id`), and what it no longer
 * has is fixed. A run that is not uploaded changes nothing. Whether the same alert in another category counts as the same is
 * not documented, so here it does not: nothing may rest on it.
 */
export class CodeScanning {
  readonly #analyses = new Map<string, ReadonlySet<string>>();
  readonly #known = new Set<string>();

  /** Every open alert. */
  open(): Set<string> {
    return new Set([...this.#analyses.values()].flatMap((alerts) => [...alerts]));
  }

  /** @param sarif the file's text; null where there is none to upload */
  upload(sarif: string | null): Change {
    const before = this.open();
    const log = sarif === null ? null : (JSON.parse(sarif) as Log);
    for (const run of log?.runs ?? []) {
      const id = run.automationDetails?.id ?? "";
      const analysis = `${run.tool.driver.name} ${id.slice(0, id.lastIndexOf("/") + 1)}`;
      const alerts = (run.results ?? []).map(({ ruleId, locations, partialFingerprints }) => {
        const uri = locations?.[0]?.physicalLocation?.artifactLocation?.uri;
        return [analysis, ruleId, uri, partialFingerprints?.primaryLocationLineHash].join(" ");
      });
      this.#analyses.set(analysis, new Set(alerts));
    }
    const after = this.open();
    const come = [...after].filter((each) => !before.has(each)).sort();
    const change = {
      opened: come.filter((each) => !this.#known.has(each)),
      reopened: come.filter((each) => this.#known.has(each)),
      closed: [...before].filter((each) => !after.has(each)).sort(),
    };
    for (const each of after) this.#known.add(each);
    return change;
  }
}
