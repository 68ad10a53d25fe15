/** A SOC 2 criterion, in our own words: the criteria themselves are the AICPA's. */
export interface Criterion {
  id: string;
  /** `common` counts in every audit, the others where they are part of it. */
  category: "common" | "availability" | "confidentiality" | "processing integrity";
  /** What it is about. A policy supports it; none ever satisfies it. */
  gist: string;
  /** What an auditor would look at for it. */
  evidence: string;
}

type Written = readonly [id: string, gist: string, evidence: string];

const common: readonly Written[] = [
  ["CC1.1", "People are held to a code of conduct.", "the signed code, and how breaches were handled"],
  ["CC1.2", "A board that stands apart from management watches over the controls.", "minutes of the board"],
  ["CC1.3", "It is settled who reports to whom and who may decide what.", "organisation chart, role descriptions"],
  ["CC1.4", "Capable people are hired, trained and kept.", "hiring checks, training records"],
  ["CC1.5", "Everybody answers for the controls in their hands.", "goals, appraisals, what followed from them"],
  [
    "CC2.1",
    "Controls run on information that is relevant and of good quality.",
    "where the data of controls comes from",
  ],
  [
    "CC2.2",
    "Staff know what the controls ask of them and can raise concerns.",
    "announcements, a channel for concerns",
  ],
  [
    "CC2.3",
    "Customers and partners are told what concerns them, and can answer.",
    "contracts, status and support pages",
  ],
  ["CC3.1", "Goals are clear enough that what endangers them can be named.", "written goals of the service"],
  ["CC3.2", "What endangers the goals is looked for everywhere and weighed.", "risk register with its reviews"],
  ["CC3.3", "The ways in which somebody could cheat are thought through.", "a review of fraud risks"],
  ["CC3.4", "What changes in or around the business is looked at for new risks.", "reviews after such changes"],
  ["CC4.1", "Controls are looked at regularly to see whether they are there and work.", "plan and results of audits"],
  ["CC4.2", "Shortcomings of controls reach those who must mend them, in time.", "tickets from finding to mending"],
  ["CC5.1", "Controls are chosen that bring each risk down far enough.", "risks set against controls"],
  ["CC5.2", "Controls over the technology itself are chosen and built.", "list of IT controls with who runs them"],
  ["CC5.3", "Written rules say what is expected, and procedures put them to work.", "approved rules and procedures"],
  [
    "CC6.1",
    "Access to systems and data is restricted by design: identities, authentication, separation, keys.",
    "access design, inventory of systems, rules for keys",
  ],
  [
    "CC6.2",
    "Accounts and credentials are given out after approval and taken back when no longer needed.",
    "tickets of joiners and leavers with approvals",
  ],
  [
    "CC6.3",
    "Permissions follow the role, least privilege and separated duties, and change when these do.",
    "access reviews with their decisions",
  ],
  ["CC6.4", "Only those allowed come near the hardware.", "the data centre operator's own report, visitor records"],
  ["CC6.5", "Nothing can be read from a device that is given away.", "certificates of erasure, the operator's report"],
  ["CC6.6", "The boundary is defended against those outside it.", "network plan, firewall reviews, penetration tests"],
  [
    "CC6.7",
    "Data that moves or leaves is limited to those allowed, and protected on the way.",
    "rules for transfers, encryption settings",
  ],
  ["CC6.8", "Unauthorised or malicious software is kept out or found.", "reports of endpoint protection"],
  [
    "CC7.1",
    "Changes of configuration and new weaknesses are noticed against a baseline.",
    "scans, the baseline and its exceptions",
  ],
  ["CC7.2", "Systems are watched for what is out of the ordinary.", "rules for alerts, and alerts that were looked at"],
  ["CC7.3", "Security events are judged, and acted on where needed.", "records of how each was judged"],
  ["CC7.4", "Incidents are met by a known plan: contained, cleared, told of.", "the plan, exercises, incident reports"],
  ["CC7.5", "After an incident the service comes back, and lessons are drawn.", "restore tests, reviews of incidents"],
  ["CC8.1", "Changes are authorised, tested, approved and traceable.", "pull requests with tests and approvals"],
  ["CC9.1", "There are plans for when business is disrupted.", "continuity plan, exercises, insurance"],
  ["CC9.2", "Suppliers are chosen and watched for the risk that they bring.", "list of suppliers, their audit reports"],
];

const availability: readonly Written[] = [
  ["A1.1", "Load is watched, and room is added before it runs short.", "figures of use, plans for growth"],
  ["A1.2", "Backups, spare systems and their surroundings are built, run and watched.", "backup reports, site design"],
  ["A1.3", "Bringing systems back is rehearsed.", "records of restore tests"],
];

const confidentiality: readonly Written[] = [
  ["C1.1", "Confidential information is known and protected.", "classification of data, rules for keeping it"],
  ["C1.2", "Confidential information is destroyed when it is no longer needed.", "records of deletion"],
];

const processing: readonly Written[] = [
  ["PI1.1", "Processing is specified so that its results can be trusted.", "specifications of data and processing"],
  ["PI1.2", "What enters processing is complete and accurate.", "checks on input, and what was turned away"],
  ["PI1.3", "Processing is complete, accurate and traceable.", "run logs, reconciliations, how errors were mended"],
  ["PI1.4", "What leaves processing is complete and accurate.", "checks of deliveries, and who got them"],
  ["PI1.5", "What is stored stays complete and accurate.", "checks and restore tests of stored data"],
];

/**
 * The criteria of security, which are common to every audit, and those of availability, confidentiality and processing
 * integrity, in the order of their ids within each. Those of privacy are about people's rights and are not listed.
 */
export const criteria: readonly Criterion[] = [
  ...written("common", common),
  ...written("availability", availability),
  ...written("confidentiality", confidentiality),
  ...written("processing integrity", processing),
];

function written(category: Criterion["category"], all: readonly Written[]): Criterion[] {
  return all.map(([id, gist, evidence]) => ({ id, category, gist, evidence }));
}

const gists: ReadonlyMap<string, string> = new Map(criteria.map(({ id, gist }) => [id, gist]));

/** The gist of a criterion such as CC6.3, or null for one that is not listed. */
export function soc2Gist(criterion: string): string | null {
  return gists.get(criterion) ?? null;
}
